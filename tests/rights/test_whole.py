"""Everything held on a person is told, and nothing that opens a door: by column, in the data and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from itertools import groupby
from typing import Any
from uuid import uuid4

import jsonschema_rs
import pytest
from pydantic import BaseModel
from pypdf import PdfReader
from sqlalchemy import Text, select
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Session

from backoffice.gateways.pdf.person import render_person
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Base, BatchPhoto, Officer, PersonRequest, PhotoKind, Role
from backoffice.rights.coverage import NOT_A_CITIZENS, PERSONAL, TOLD, UNTOLD
from backoffice.rights.document import PersonData, schema
from backoffice.rights.paper import paper_of
from backoffice.rights.telling import told_to
from tests.batches.files import make_batch
from tests.factories import make_office, make_officer
from tests.rights.whole import CODE, WHOM, make_whole_person

OFFICER = "Phạm Cán Bộ Riêng"
IN_WORDS = {
    "province_code", "district_code", "ward_code", "receipt_code", "consent_wording", "purpose", "acts", "end_reason",
    "field",
}  # fmt: skip
"""Texts of a closed list, told in words."""
NEVER_BOTH = {("person_requests", "withdrawn_at"), ("person_requests", "withdrawn_reason")}
"""What is not told where something else is: this request was answered."""


@pytest.fixture
def told(database: None) -> PersonData:
    with transaction() as session:
        office = make_office(session, "00114", name="BHXH huyện Thử")
        officer: Officer = make_officer(session, role=Role.SUPERVISOR, office=office, full_name=OFFICER)
        request = make_whole_person(session, officer)
    with transaction() as session:
        return told_to(session, session.merge(request), WHOM)[0]


def listed(lists: dict[str, str]) -> set[tuple[str, str]]:
    return {(table, column) for table, columns in lists.items() for column in columns.split()}


def test_every_table_is_either_told_of_or_nobodys():
    assert not PERSONAL & NOT_A_CITIZENS.keys()
    assert PERSONAL | NOT_A_CITIZENS.keys() == Base.metadata.tables.keys()


def test_every_column_of_a_person_is_told_or_there_is_a_reason_why_not():
    parts = [listed(TOLD), *(listed(columns) for columns in UNTOLD.values())]
    named = sorted(one for part in parts for one in part)
    there = sorted((name, c.name) for name in PERSONAL for c in Base.metadata.tables[name].c)
    assert [one for one, those in groupby(named) if len(list(those)) > 1] == []
    assert named == there


def test_what_is_said_to_be_told_is_told(told: PersonData):
    """Of each column that is told the value stands in the answer; and there was one to look for."""
    texts, moments = set[str](), set[Any]()
    for value in leaves(told):
        (moments if isinstance(value, date) else texts).add(value)
    every = "\n".join(map(str, texts))
    with transaction() as session:
        missing = []
        for table, column, values in stored(session):
            known = [value for value in values if value is not None]
            if not known:
                missing.append(f"{table}.{column}: nothing to look for")
            elif (table, column) not in NEVER_BOTH and isinstance(known[0], date):
                missing += [f"{table}.{column}" for value in known if not is_said(value, moments, every)]
            elif isinstance(known[0], str) and column not in IN_WORDS:
                missing += [f"{table}.{column}" for value in known if value not in every]
    assert missing == []


def is_said(value: date, moments: set[Any], every: str) -> bool:
    """An instant is told as such, or in a sentence of its own."""
    if isinstance(value, datetime):
        said = (f"{clock.local(value):%d/%m/%Y}", f"{clock.local(value):%H:%M %d/%m/%Y}")
        return value in moments or any(one in every for one in said)
    return value in moments


def stored(session: Session) -> Iterator[tuple[str, str, list[Any]]]:
    """Each column that is told, with the values of all rows of the person: there is nobody else."""
    for table, column in sorted(listed(TOLD)):
        if (table, column) == ("declarations", "replaces_id") or column.endswith(("_id", "guardian_bhxh_code")):
            continue
        if column in ("district_code", "old_value"):
            continue
        found = Base.metadata.tables[table].c[column]
        if isinstance(found.type, Text | TSVECTOR) or found.type.python_type in (str, datetime, date):
            yield table, column, list(session.scalars(select(found)))


def read(pdf: bytes) -> str:
    """The document's text without line ends, and without the places where a long word may end one."""
    pages = "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return "".join(pages.replace("\u200b", "").split())


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from leaves(getattr(value, name))
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    else:
        yield value


def test_secrets_are_not_told(told: PersonData):
    data = told.model_dump_json()
    with transaction() as session:
        for table, column in sorted(listed(next(of for why, of in UNTOLD.items() if "secret" in why))):
            found = Base.metadata.tables[table].c[column]
            for value in session.scalars(select(found).where(found.is_not(None))):
                assert str(value) not in data, (table, column)
                assert not (isinstance(value, bytes) and value.hex() in data), (table, column)


def test_the_data_is_as_it_describes_itself(told: PersonData):
    description = schema()
    jsonschema_rs.Draft202012Validator(description).validate(told.model_dump(mode="json"))
    parts = [description, *description["$defs"].values()]
    untitled = [name for part in parts for name, field in part["properties"].items() if "title" not in field]
    assert untitled == []


def test_officers_are_told_by_role_and_office(told: PersonData):
    data = told.model_dump_json()
    assert OFFICER not in data
    assert "Lãnh đạo, 00114 BHXH huyện Thử" in data


def test_the_paper_says_the_same(told: PersonData):
    with transaction() as session:
        request = session.query(PersonRequest).one()
        whole, held = told_to(session, request, WHOM)
        pdf = render_person(paper_of(whole, held, WHOM.asker))
    text = read(pdf)
    assert CODE in text
    for value in leaves(told):
        if isinstance(value, str) and value not in (whole.shape,):
            assert "".join(value.split())[:24] in text, value
    assert "".join(OFFICER.split()) not in text
    assert "Tờkhaiđãxóa" in text
    assert "Vìsaophảigiữ" in text


def test_how_long_and_why_comes_from_the_retention(told: PersonData):
    assert {"Tờ khai không nộp", "Ảnh của tờ khai đã duyệt", "Nhật ký truy cập", "Tin nhắn, thư đã gửi"} <= {
        one.what for one in told.kept
    }
    assert all(one.why and one.how_long for one in told.kept)


def test_a_photo_under_a_code_of_theirs_is_told_of_also_where_no_row_bears_it(database: None):
    with transaction() as session:
        officer = make_officer(session, role=Role.SUPERVISOR)
        request = make_whole_person(session, officer)
        for batch in (make_batch(session, officer=officer), make_batch(session, officer=officer)):
            session.add(
                BatchPhoto(
                    id=uuid4(),
                    batch_id=batch.id,
                    bhxh_code=CODE,
                    kind=PhotoKind.PORTRAIT,
                    refused="broken",
                    created_at=clock.now(),
                )
            )
    with transaction() as session:
        lists = told_to(session, session.merge(request), WHOM)[0].lists
    assert [(one.row, one.outcome) for one in lists[1:]] == [(None, "Không có dòng nào mang mã số này")] * 2
    assert all("ảnh chân dung" in (one.photos or "") for one in lists[1:])
