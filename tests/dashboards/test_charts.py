"""Issue 9, point 3: charts are readable without colour; numbers read as Vietnamese reads them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask, render_template_string

from backoffice.dashboards.charts import BAR_WIDTH, COLUMNS_HEIGHT, COLUMNS_WIDTH, bar, columns, spark
from backoffice.dashboards.numbers import change, minutes, share, short_day

MANY = 10**12
_DRAWN = """{% import "dashboards/_charts.html" as chart %}{{ chart.legend(['Duyệt', 'Không'], 'c') }}
{{ chart.columns(shown, 'c', 'Kết quả', 'Cao nhất là 9') }}{{ chart.spark(line, 'Khai mới: 1, 2') }}
{{ chart.bar(20) }}"""


def test_a_line_goes_from_the_foot_to_the_top():
    line = spark([0, 5, 10])
    assert line is not None
    assert (line.runs, line.x, line.y, line.base) == (("4,24 56,14 108,4",), 108, 4, 24)


def test_a_line_of_nothing_lies_at_the_foot_and_one_number_is_no_line():
    flat = spark([0, 0])
    assert flat is not None
    assert flat.runs == ("4,24 108,24",)
    assert spark([7]) is spark([]) is None


def test_a_line_is_broken_where_nothing_is_known():
    line = spark([1, 2, None, 2, None])
    assert line is not None
    assert (line.runs, line.x, line.y) == (("4,14 30,4", "82,4 82,4"), 82, 4)
    assert spark([None, 7, None]) is None


def test_a_bar_is_seen_unless_there_is_nothing():
    assert (bar(0, 5), bar(5, 0), bar(1, MANY), bar(5, 5), bar(9, 5)) == (0, 0, 2, BAR_WIDTH, BAR_WIDTH)


def test_columns_stack_from_the_foot_up_and_stay_within_the_chart():
    shown = columns(["a", "b"], [[3, 0], [1, MANY]])
    first, second = shown.columns
    assert [piece.series for piece in first.pieces] == [0, 1]
    assert [piece.series for piece in second.pieces] == [1]
    for piece in (*first.pieces, *second.pieces):
        assert 0 <= piece.x <= piece.x + piece.width <= COLUMNS_WIDTH
        assert 0 <= piece.y <= piece.y + piece.height <= COLUMNS_HEIGHT
    assert first.pieces[0].y == pytest.approx(first.pieces[1].y + first.pieces[1].height)


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (0, "0 1 2"),
        (3, "0 2 4"),
        (9, "0 5 10"),
        (40, "0 20 40"),
        (41, "0 30 60"),
        (1_900_000, "0 1.000.000 2.000.000"),
    ],
)
def test_the_axis_ends_with_an_even_round_number(most: int, ticks: str):
    assert " ".join(tick.label for tick in columns(["a"], [[most]]).ticks) == ticks


def test_what_is_drawn_keeps_the_policy_and_speaks_without_colour(app: Flask):
    shown = columns(["1", "2"], [[5, 9], [1, 0]])
    with app.test_request_context():
        drawn = render_template_string(_DRAWN, shown=shown, line=spark([1, 2]))
    assert not re.search(r"style=|onload|<script|javascript:", drawn)
    assert re.findall(r'class="piece" fill="url\(#c-(\d)\)"', drawn) == ["0", "1", "0"]
    assert {"c-0", "c-1"} <= set(re.findall(r'<pattern id="([^"]+)"', drawn))
    assert 'aria-labelledby="c-title c-desc"' in drawn
    assert "<title" in drawn
    assert "<title>Khai mới: 1, 2</title>" in drawn


@pytest.mark.parametrize(
    ("part", "whole", "read"),
    [
        (0, 0, "–"),
        (0, 7, "0 %"),
        (7, 7, "100 %"),
        (1, 3, "33 %"),
        (1, 40, "2,5 %"),
        (1, 20, "5 %"),
        (1, MANY, "0,1 %"),
        (MANY - 1, MANY, "99,9 %"),
        (992, 1000, "99,2 %"),
    ],
)
def test_a_share_is_none_or_all_only_when_it_is(part: int, whole: int, read: str):
    assert share(part, whole) == read


def test_changes_days_and_times_in_words():
    assert [change(5, 2), change(2, 1500), change(4, 4)] == ["tăng 3", "giảm 1.498", "bằng"]
    assert short_day(date(2026, 11, 30)) == "T2 30/11"
    assert [minutes(n) for n in (None, 0, 8, 60, 125, 3000)] == [
        "–",
        "dưới 1 phút",
        "8 phút",
        "1 giờ 00 phút",
        "2 giờ 05 phút",
        "2 ngày",
    ]
