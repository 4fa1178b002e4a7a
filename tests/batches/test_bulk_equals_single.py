"""Approved by a list or one by one at the desk: the same people stand in every table alike (D12, K2, D6, D11)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import RowMapping, Select, Table, select
from sqlalchemy.orm import Session

from backoffice.decision import bulk, claims, holding, ledger, steps
from backoffice.decision.bulk import Listed
from backoffice.decision.entered import note_entry
from backoffice.decision.scanned import known_birth
from backoffice.identity.scan import CitizenScan
from backoffice.identity.scan_kinds import scan_to_dict
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import (
    Account,
    Base,
    Channel,
    CredentialIssue,
    Declaration,
    DeskScan,
    How,
    Item,
    NoticeChannel,
    NoticeKind,
    Office,
    Officer,
)
from backoffice.notices import outbox
from backoffice.rules.actors import Actor
from tests.conftest import _empty
from tests.factories import make_account, make_actor, make_declaration, make_office

pytestmark = pytest.mark.usefixtures("database")
NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)
NOTE = "Danh sách số 7"
LEFT_OUT = {
    "notices": ("id", "lane"),
    "desk_entries": ("draw",),
    "declarations": ("id", "name_words"),
    "officers": ("id", "password_hash"),
}
"""What differs by its nature: ids, what hangs on them, the lane."""
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


def declared(session: Session, number: int, **values: Any) -> Declaration:
    """Somebody with the same numbers whichever side it is made for."""
    known: dict[str, Any] = {
        "bhxh_code": f"010000000{number}",
        "id_number": f"00108500000{number}",
        "phone": f"098000000{number}",
        "receipt_code": f"0000000000{number}",
        "form01_token": f"token {number}",
    }
    return make_declaration(session, **known | values)


def people() -> tuple[Actor, list[int]]:
    """An officer, and people of every sort that a list may speak of."""
    with transaction() as session:
        officer = make_actor(session, username="nguoi", full_name="Người Duyệt")
        colleague = make_actor(session, username="dong-nghiep", full_name="Đồng Nghiệp")
        guardian = make_account(session, bhxh_code="0200000001", id_number="001190000001", phone="0300000001")
        child = {"guardian_bhxh_code": "0200000001", "phone": guardian.phone, "id_number": guardian.id_number}
        those = [declared(session, 1), declared(session, 2, email="mau@example.vn", full_name="Trần Thị Mẫu")]
        minutes = timedelta(minutes=7)
        those.append(declared(session, 3, presented_at=NOON - minutes, presented_to_id=colleague.id))
        ledger.enter(session, those[2], officer, [Item.NAME, Item.PHONE], How.SEEN)
        those += [declared(session, 4, date_of_birth=None), declared(session, 5, **child)]
        scan(session, those[3], officer)
        those.append(declared(session, 6, channel=Channel.DESK, office=make_office(session, "00115")))
        note_entry(session, those[5], colleague)
        those.append(declared(session, 7))
        claims.take(session, those[6], officer)
        with_others(session, those[6])
        return officer, [one.id for one in those]


def scan(session: Session, declaration: Declaration, officer: Actor) -> None:
    born = date(1985, 1, 2)
    card = CitizenScan(declaration.id_number, None, declaration.full_name, born, None, None, None, None)
    read = scan_to_dict(card)
    session.add(DeskScan(declaration_id=declaration.id, officer_id=officer.id, at=NOON, read=read))


def with_others(session: Session, declaration: Declaration) -> None:
    """Two other undecided declarations of the person: under the code, and under the 12-digit number."""
    other = declared(session, 8, bhxh_code=declaration.bhxh_code)
    declared(session, 9, bhxh_code=declaration.id_number)
    where = {"lane": "default", "body": "Moi den", "declaration_id": other.id}
    outbox.post(session, NoticeKind.RECEIVED, NoticeChannel.SMS, other.phone, **where)


def by_list(officer: Actor, ids: Sequence[int]) -> None:
    with transaction() as session:
        held = holding.hold(session, ids)
        assert holding.hindrances(session, held.values(), officer) == {}
        assert bulk.approve(session, list(held.values()), officer, Listed(7, NOTE)) == {}


def one_by_one(officer: Actor, ids: Sequence[int]) -> None:
    """As the desk does to each; "by list" is a word that no officer can say."""
    for number in ids:
        with transaction() as session:
            one = session.get_one(Declaration, number, with_for_update=True)
            ledger.enter(session, one, officer, ledger.missing(session, one), How.LIST, NOTE)
            steps.approve(session, one, officer, born=known_birth(session, one))


def after(act: Callable[[Actor, Sequence[int]], None]) -> Rows:
    """All rows of all tables, with names in the place of ids."""
    act(*people())
    with transaction() as session:
        names = names_in(session)
        found = {table: session.execute(_all_of(table)).mappings().all() for table in Base.metadata.sorted_tables}
    return {table.name: [_named(table, row, names) for row in rows] for table, rows in found.items() if rows}


def _all_of(table: Table) -> Select[Any]:
    """Ask for all rows, as they were written where they are numbered."""
    return select(table).order_by(table.c.id) if "id" in table.c else select(table)


def names_in(session: Session) -> dict[tuple[str, Any], str]:
    named: dict[tuple[str, Any], str] = {}
    for one in session.scalars(select(Declaration)):
        named["declarations", one.id] = f"declaration {one.receipt_code}"
    for account in session.scalars(select(Account)):
        named["accounts", account.id] = f"account {account.bhxh_code}"
    for issue in session.scalars(select(CredentialIssue)):
        named["credential_issues", issue.id] = f"issue {named['accounts', issue.account_id]}"
    for officer in session.scalars(select(Officer)):
        named["officers", officer.id] = officer.username
    for office in session.scalars(select(Office)):
        named["offices", office.id] = office.code
    return named


def _about(table: Table, column: str) -> str:
    """The table that a column points to, whether the database knows it or not."""
    known = {"declaration_id": "declarations", "account_id": "accounts", "actor_id": "officers", "office_id": "offices"}
    keys = [key.column.table.name for key in table.c[column].foreign_keys]
    return (keys or [known.get(column) or ("officers" if column == "officer_id" else "")])[0]


def _named(table: Table, row: RowMapping, names: dict[tuple[str, Any], str]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in LEFT_OUT.get(table.name, ("id",))}
    for name, value in kept.items():
        if isinstance(value, int):
            kept[name] = names.get((_about(table, name), value), value)
    if table.name == "trail":
        kept["facts"] = {key: value for key, value in row["facts"].items() if key != "batch"}
        if "approved" in kept["facts"]:
            kept["facts"]["approved"] = names["declarations", kept["facts"]["approved"]]
    return kept


def counted(rows: Rows) -> dict[str, Counter[str]]:
    """Rows as they stand, in whichever order; the steps of figures summed, for they are written once a transaction."""
    sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    for step in rows.pop("figure_deltas"):
        kept = sums[tuple(step[name] for name in ("day", "office_id", "officer_id", "figure", "key"))]
        kept[0], kept[1] = kept[0] + step["number"], kept[1] + step["seconds"]
    found = {name: Counter(repr(sorted(row.items())) for row in those) for name, those in rows.items()}
    return found | {"figures": Counter(repr((what, sums[what])) for what in sums if any(sums[what]))}


def test_whoever_is_approved_by_a_list_stands_in_every_table_as_whoever_is_approved_at_the_desk(
    addresses: dict[str, str],
):
    single = after(one_by_one)
    events = [row["event"].value for row in single["trail"] if row["declaration_id"] == "declaration 00000000001"]
    _empty(addresses["super"])
    listed = after(by_list)
    assert [
        row["event"].value for row in listed["trail"] if row["declaration_id"] == "declaration 00000000001"
    ] == events
    ours, theirs = counted(listed), counted(single)
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert (name, ours[name] - theirs[name], theirs[name] - ours[name]) == (name, Counter(), Counter())
