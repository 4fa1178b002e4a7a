"""Issue 9, point 1: a plain sentence where something is out of line, and none where numbers are small or as usual."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backoffice.dashboards.out_of_line import OfOffice, Situation, Topic, Week, crowded_office, sentences

USUAL = Week(approved=80, rejected=20, failed=4, median_minutes=8, calls=100, misses=10)
QUIET = Situation(due_today=9, presented=12, per_day=20, expired=3, expired_before=3, week=USUAL, before=USUAL)


def topics(now: Situation) -> list[Topic]:
    return [one.topic for one in sentences(now)]


def this_week(**values: int | None) -> Situation:
    return replace(QUIET, week=replace(USUAL, **values))


def test_a_usual_day_has_nothing_to_say():
    assert sentences(QUIET) == sentences(Situation()) == []


@pytest.mark.parametrize(
    ("usual", "unusual", "topic"),
    [
        (replace(QUIET, escalated=0), replace(QUIET, escalated=1), Topic.ESCALATED),
        (replace(QUIET, due_today=20), replace(QUIET, due_today=21), Topic.DUE_TODAY),
        (replace(QUIET, presented=40), replace(QUIET, presented=41), Topic.BACKLOG),
        (replace(QUIET, expired=5), replace(QUIET, expired=6), Topic.EXPIRED),
        (this_week(rejected=53, approved=80), this_week(rejected=54, approved=80), Topic.REJECTED),
        (this_week(failed=7), this_week(failed=8), Topic.FAILED),
        (this_week(median_minutes=11), this_week(median_minutes=12), Topic.SLOWER),
        (this_week(misses=19), this_week(misses=20), Topic.MISSES),
    ],
)
def test_each_rule_speaks_from_its_edge_on(usual: Situation, unusual: Situation, topic: Topic):
    assert topics(usual) == []
    assert topics(unusual) == [topic]


@pytest.mark.parametrize(
    "small",
    [
        Situation(due_today=4, per_day=1),
        Situation(due_today=40, per_day=0),
        Situation(presented=9, per_day=1),
        Situation(expired=4),
        Situation(week=Week(rejected=9), before=Week(approved=90)),
        Situation(week=Week(rejected=4, approved=6), before=Week(approved=90)),
        Situation(week=Week(failed=4)),
        Situation(week=Week(approved=9, median_minutes=90), before=Week(approved=90, median_minutes=5)),
        Situation(week=Week(approved=90, median_minutes=90), before=Week(approved=90, median_minutes=None)),
        Situation(week=Week(calls=9, misses=9), before=Week(calls=90)),
    ],
)
def test_small_numbers_alarm_nobody(small: Situation):
    assert sentences(small) == []


def test_from_none_to_many_is_more_than_double():
    now = Situation(week=Week(approved=90, rejected=10, failed=5), before=Week(approved=100), expired=5)
    assert topics(now) == [Topic.REJECTED, Topic.EXPIRED, Topic.FAILED]


def test_what_needs_an_act_now_comes_first():
    now = replace(this_week(failed=80), due_today=100, escalated=2)
    assert topics(now) == [Topic.ESCALATED, Topic.DUE_TODAY, Topic.FAILED]
    assert [one.is_urgent for one in sentences(now)] == [True, True, False]


def test_sentences_read_as_sentences():
    due, rejected = sentences(replace(this_week(rejected=160), due_today=1234, per_day=21.6))
    assert due.text == (
        "Hôm nay 1.234 hồ sơ hết hạn nộp, nhiều hơn số giải quyết được trung bình mỗi ngày làm việc (22). "
        "Nếu người dân đến cả, cần thêm người ở quầy."
    )
    assert rejected.text == ("Tỷ lệ không chấp nhận 7 ngày qua là 67 %, 7 ngày trước đó là 20 %. Xem các lý do ở dưới.")


def test_one_office_with_over_half_of_what_is_due_is_named():
    others = [OfOffice("00101", "BHXH Ba Đình", 5), OfOffice("00102", "BHXH Hoàn Kiếm", 5)]
    assert crowded_office([*others, OfOffice("00114", "BHXH Thanh Trì", 10)]) is None
    found = crowded_office([*others, OfOffice("00114", "BHXH Thanh Trì", 11)])
    assert found is not None
    assert (found.office_code, found.topic, found.is_urgent) == ("00114", Topic.OFFICE, True)
    assert found.text.startswith("Trong 21 hồ sơ có hạn nộp hôm nay, riêng BHXH Thanh Trì (00114) có 11 (52 %).")


def test_of_two_offices_or_few_cases_none_is_named():
    assert crowded_office([OfOffice("1", "A", 90), OfOffice("2", "B", 1)]) is None
    assert crowded_office([OfOffice("1", "A", 9), OfOffice("2", "B", 0), OfOffice("3", "C", 0)]) is None
    assert crowded_office([]) is None
