"""A person's or an officer's trail as a spreadsheet of text cells, written down as taken out."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from backoffice.desk.actions import open_review
from backoffice.gateways.sheets import Column
from backoffice.gateways.sheets.long import write_long_table
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Officer, Role, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.trail import export
from tests.desk.browser import Desk, trail
from tests.factories import make_actor, make_declaration, make_office, make_officer
from tests.trail.readers import found, token_of


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        make_officer(session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001"))
        return make_actor(session, username="lan.tt", full_name="=Trần Thị Lan")


@pytest.fixture
def declaration(officer: Actor) -> Declaration:
    with transaction() as session:
        made = make_declaration(session)
    open_review(made.receipt_code, officer)
    return made


@pytest.fixture
def supervisor(client: FlaskClient, officer: Actor) -> Desk:
    return Desk(client, "giamsat")


def test_a_persons_trail_is_a_sheet_of_text_cells(supervisor: Desk, declaration: Declaration):
    page = found(supervisor, "/trail/person", q=declaration.bhxh_code)
    answer = supervisor.post("/trail/export", token=token_of(page))
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="nhat-ky-')
    sheet = load_workbook(BytesIO(answer.data)).active
    assert [cell.value for cell in sheet[1]][:3] == ["Ngày", "Giờ", "Ai"]
    opened = next(row for row in sheet.iter_rows(min_row=2) if row[5].value == "Mở xem hồ sơ")
    assert opened[2].value == "=Trần Thị Lan"
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}  # "n": an empty one
    assert {cell.number_format for row in sheet.iter_rows() for cell in row} == {"@"}
    assert opened[6].value.replace("-", "") == declaration.receipt_code


def test_what_was_taken_out_is_in_the_trail_with_how_much(supervisor: Desk, officer: Actor):
    with transaction() as session:
        for _ in range(2500):
            record(session, TrailEvent.QUEUE, officer, listed=[])
    page = found(supervisor, "/trail/officer", officer="lan.tt")
    sheet = load_workbook(BytesIO(supervisor.post("/trail/export", token=token_of(page)).data)).active
    assert sheet.max_row == 2501
    (row,) = trail(TrailEvent.TRAIL_EXPORT)
    assert (row.facts["count"], row.facts["officer"]) == (2500, officer.id)


def test_too_many_lines_are_refused_with_what_to_do(supervisor: Desk, officer: Actor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(export, "MOST", 3)
    with transaction() as session:
        for _ in range(4):
            record(session, TrailEvent.QUEUE, officer, listed=[])
    answer = supervisor.post("/trail/export", token=token_of(found(supervisor, "/trail/officer", officer="lan.tt")))
    assert answer.status_code == 409
    assert "chọn khoảng thời gian ngắn hơn" in answer.text
    assert 'action="/trail/narrow"' in answer.text


def test_another_officers_token_or_an_old_or_broken_one_opens_nothing(
    supervisor: Desk, app: Flask, declaration: Declaration
):
    with transaction() as session:
        make_officer(session, "lanhdao", role=Role.SUPERVISOR, office=make_office(session, "001"))
    token = token_of(found(supervisor, "/trail/person", q=declaration.bhxh_code))
    other = Desk(app.test_client(), "lanhdao")
    for text in (token, "", "x", token[:-4], "é" * 50, "A" * 10_000):
        assert other.post("/trail/export", token=text).status_code == 404
        assert other.get(f"/trail/found?t={text}").status_code == 404


def test_what_was_found_at_one_office_is_not_shown_at_the_next(supervisor: Desk, app: Flask, declaration: Declaration):
    token = token_of(found(supervisor, "/trail/person", q=declaration.bhxh_code))
    with transaction() as session:
        mover = session.scalars(select(Officer).where(Officer.username == "giamsat")).one()
        mover.office = make_office(session, "079")
    there = Desk(app.test_client(), "giamsat")
    assert there.get(f"/trail/found?t={token}").status_code == 404
    assert there.post("/trail/export", token=token).status_code == 404


def test_a_whole_offices_trail_is_not_taken_out(supervisor: Desk, declaration: Declaration):
    page = found(supervisor, "/trail/acts", office="00114")
    assert "/trail/export" not in page.text
    assert supervisor.post("/trail/export", token=token_of(page)).status_code == 409


def test_a_long_table_keeps_any_text_as_it_is():
    texts = ["=1+1", "<a & b>", "0012", " hai\ndòng ", "Nguyễn", "\x00\x1f\ufffe!", "", "x" * 40_000]
    data = write_long_table('Tờ "một" & hai', [Column("a", "A & B")], ([text] for text in texts))
    sheet = load_workbook(BytesIO(data)).active
    assert sheet.title == 'Tờ "một" & hai'
    kept = [row[0] or "" for row in sheet.iter_rows(values_only=True)]
    assert kept == ["A & B", "=1+1", "<a & b>", "0012", " hai\ndòng ", "Nguyễn", "!", "", "x" * 32_767]
    assert sheet.freeze_panes == "A2"
