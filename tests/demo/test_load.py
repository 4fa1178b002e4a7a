"""The demo as it stands after loading: every state, fact and flag, nothing left to be sent (issue 2 item 10)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from backoffice.accounts.actions import person_codes
from backoffice.batches.queries import file_of
from backoffice.config import Settings
from backoffice.decision import ledger
from backoffice.demo.load import load_demo
from backoffice.desk.compare import Field, card_of, three_way
from backoffice.desk.flags import flags_for
from backoffice.desk.queries import counts
from backoffice.desk.review import review_of
from backoffice.desk.tabs import Tab
from backoffice.dossier.photos import read_photo
from backoffice.expiry import actions as expiry
from backoffice.kernel import clock
from backoffice.kernel.clock import VIETNAM
from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import lookup_hash, token_hash
from backoffice.kernel.passwords import verify_password
from backoffice.models import (
    Account,
    AccountChange,
    AccountHold,
    AccountStatus,
    Base,
    Batch,
    Channel,
    ClientKey,
    CredentialIssue,
    Declaration,
    DeskEntry,
    FigureMorning,
    HoldKind,
    IdType,
    MachineClient,
    Notice,
    NoticeKind,
    NoticeStatus,
    Office,
    Officer,
    Photo,
    PhotoKind,
    Purpose,
    Status,
    Stood,
    Tombstone,
    TrailEvent,
    TrailRow,
)
from backoffice.notices import jobs as notices
from backoffice.rules.actors import Actor, officer_actor
from tests.conftest import _empty

CHILDS = {PhotoKind.PORTRAIT, PhotoKind.BIRTH_CERTIFICATE}
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=VIETNAM)
"""A Friday afternoon."""
KEYS = {
    "logins": {name: f"{name}-khau-2026" for name in ("tieptan", "giamsat", "tongdai", "quantri")},
    "clients": {name: f"key of {name}" for name in ("intake", "hotline", "app")},
}
_NUMBERS = {IdType.CITIZEN_ID: Field.NUMBER, IdType.OLD_ID: Field.OLD_NUMBER, IdType.PASSPORT: Field.PASSPORT}


@pytest.fixture(scope="module")
def loaded(started: Settings, addresses: dict[str, str]) -> Iterator[Settings]:
    """A demo of few declarations, loaded once for all tests here, which change nothing in it."""
    (started.var / "demo.json").write_text(json.dumps(KEYS))
    with clock.at(NOW):
        load_demo(started, declarations=60)
    yield started
    _empty(addresses["super"])
    (started.var / "demo.json").unlink()


@pytest.fixture
def session(loaded: Settings) -> Iterator[Session]:
    with clock.at(NOW), transaction() as opened:
        yield opened


@pytest.fixture
def tieptan(session: Session) -> Actor:
    return officer_actor(session.scalars(select(Officer).where(Officer.username == "tieptan")).one())


def undecided(session: Session, office: str = "00114") -> list[Declaration]:
    return [d for d in all_of(session) if d.status is Status.SUBMITTED and d.office.code == office]


def all_of(session: Session) -> list[Declaration]:
    query = select(Declaration).options(selectinload(Declaration.office), selectinload(Declaration.photos))
    return list(session.scalars(query.order_by(Declaration.id)))


def size_of_everything(settings: Settings) -> dict[str, int]:
    with transaction() as session:
        sizes = {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }
    return sizes | {"files": sum(path.is_file() for path in (settings.var / "photos").rglob("*"))}


def test_loading_again_changes_nothing(loaded: Settings):
    before = size_of_everything(loaded)
    with clock.at(NOW):
        load_demo(loaded, declarations=60)
    assert size_of_everything(loaded) == before
    assert before["declarations"] > 50
    assert before["offices"] == 760


def test_every_status_and_every_fact_is_there(session: Session):
    found = Counter(d.status for d in all_of(session))
    assert set(found) == set(Status) - {Status.EXPIRED}
    assert session.query(Tombstone).count() > 0
    waiting = undecided(session)
    assert any(d.presented_at is None for d in waiting)
    assert any(d.presented_at and not d.supplement_at and not d.escalated_at for d in waiting)
    assert any(d.supplement_at and d.supplement_note and d.expires_at for d in waiting)
    assert any(d.escalated_at and d.escalated_note for d in waiting)
    assert any(d.reminded_at for d in waiting)
    assert any(d.population_db_verified for d in waiting)
    assert any(d.replaces_id for d in waiting)
    assert {d.id_type for d in waiting} == set(IdType)
    assert any(d.email for d in waiting)


def test_every_purpose_a_child_and_help_at_the_desk_are_there_undecided(session: Session):
    """So that a newcomer sees each at the desk."""
    waiting = undecided(session)
    assert {one.purpose for one in waiting} == set(Purpose)
    assert [one for one in waiting if one.guardian_bhxh_code and {photo.kind for photo in one.photos} == CHILDS]
    assert session.query(AccountChange).count() == 3
    entered = session.query(DeskEntry).one()
    assert session.get_one(Declaration, entered.declaration_id).channel is Channel.DESK


def test_every_flag_is_there(session: Session):
    flags = flags_for(session, undecided(session)).values()
    assert {flag.code for found in flags for flag in found} == {
        "has_account",
        "phone_taken",
        "same_code",
        "same_phone",
        "same_id_number",
        "rejected_before",
        "qr_differs",
        "photo_blurred",
        "photo_dark",
        "photo_glare",
        "photo_too_small",
    }
    assert any(not found for found in flags)


def test_name_and_birth_on_the_card_differ_a_little_where_they_should(session: Session):
    verdicts = Counter()
    for declaration in undecided(session):
        lines = {line.field: line.verdict.kind for line in three_way(declaration, card_of(declaration.photos))}
        number = lines.get(_NUMBERS[declaration.id_type], "none")
        verdicts.update([("number", number), ("name", lines[Field.NAME]), ("birth", lines[Field.DATE_OF_BIRTH])])
        if declaration.id_type is IdType.OLD_ID:
            assert number == "good"
    assert (verdicts["name", "near"], verdicts["name", "bad"]) == (1, 0)
    assert verdicts["birth", "bad"] == 1
    assert verdicts["number", "bad"] == 1
    assert verdicts["number", "good"] > 10


def test_every_approved_declaration_has_its_ledger_complete(session: Session):
    approved = session.scalars(select(Declaration).where(Declaration.status == Status.APPROVED)).all()
    assert len(approved) > 15
    assert [one.receipt_code for one in approved if ledger.missing(session, one)] == []


def test_every_list_of_the_queue_has_something(session: Session, tieptan: Actor):
    found = counts(session, tieptan)
    assert {tab for tab, count in found.items() if not count} == {Tab.MINE}


def test_every_undecided_one_can_be_reviewed(session: Session, tieptan: Actor):
    for declaration in undecided(session):
        assert review_of(session, declaration, tieptan)["photos"] or declaration.purpose is not Purpose.REGISTER


def test_a_card_is_there_unless_the_population_database_verified_the_person(session: Session):
    for declaration in all_of(session):
        kinds = {photo.kind for photo in declaration.photos}
        if declaration.purpose is not Purpose.REGISTER or declaration.guardian_bhxh_code:
            continue
        if declaration.population_db_verified:
            assert kinds == {PhotoKind.PORTRAIT}
        else:
            assert kinds == {PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK}


def test_photos_open_and_most_qr_codes_were_read(session: Session):
    photos = list(session.scalars(select(Photo)))
    assert all(read_photo(photo, "thumb").startswith(b"\xff\xd8") for photo in photos[:5])
    fronts = [photo for photo in photos if photo.kind is PhotoKind.ID_FRONT]
    assert sum(photo.citizen_card is not None for photo in fronts) > len(fronts) * 3 // 4


def test_d6_every_approval_has_its_account_holds_issue_and_messages(session: Session):
    approved = [d for d in all_of(session) if d.status is Status.APPROVED]
    assert {account.declaration_id for account in session.query(Account)} == {d.id for d in approved}
    assert {account.status for account in session.query(Account)} == {AccountStatus.ISSUED, AccountStatus.ACTIVE}
    for account in session.query(Account):
        held = {(h.kind, h.value) for h in session.query(AccountHold).filter_by(account_id=account.id)}
        codes = {(HoldKind.CODE, code) for code in person_codes(account)}
        assert held == codes | {(HoldKind.PHONE, account.phone)}
        issue = session.query(CredentialIssue).filter_by(account_id=account.id).one()
        assert (issue.used_at is not None) == (account.status is AccountStatus.ACTIVE)
        kinds = {n.kind for n in session.query(Notice).filter_by(declaration_id=account.declaration_id)}
        assert kinds >= {NoticeKind.RECEIVED, NoticeKind.APPROVED}


def test_k3_every_refusal_has_reasons_and_a_message(session: Session):
    for declaration in all_of(session):
        if declaration.status is Status.REJECTED:
            assert declaration.reasons
            told = session.query(Notice).filter_by(declaration_id=declaration.id, kind=NoticeKind.REJECTED)
            assert told.count() >= 1


def test_the_trail_tells_each_life_in_order(session: Session):
    decisions = {
        Status.APPROVED: TrailEvent.APPROVE,
        Status.REJECTED: TrailEvent.REJECT,
        Status.WITHDRAWN: TrailEvent.WITHDRAW,
    }
    for declaration in all_of(session):
        rows = session.query(TrailRow).filter_by(declaration_id=declaration.id).order_by(TrailRow.at, TrailRow.id).all()
        at = {row.event: row.at for row in rows}
        assert rows[0].event is TrailEvent.DECLARE
        assert at[TrailEvent.DECLARE] == declaration.declared_at
        if declaration.presented_at:
            assert at[TrailEvent.PRESENT] == declaration.presented_at
        if declaration.status in decisions:
            assert at[decisions[declaration.status]] == declaration.decided_at
        assert [row.id for row in rows] == sorted(row.id for row in rows) or TrailEvent.REVIEW in at


def test_k4_what_expired_left_a_tombstone_and_nothing_else(session: Session):
    stones = list(session.query(Tombstone))
    kept = {d.id for d in all_of(session)}
    assert kept.isdisjoint(stone.declaration_id for stone in stones)
    expired = session.query(TrailRow).filter_by(event=TrailEvent.EXPIRE).all()
    assert {row.declaration_id for row in expired} == {stone.declaration_id for stone in stones}
    assert {row.subject_hash for row in expired} == {stone.bhxh_code_hash for stone in stones}
    assert lookup_hash("bhxh_code", all_of(session)[0].bhxh_code) not in {stone.bhxh_code_hash for stone in stones}


def test_messages_have_fared_in_every_way_and_none_waits(session: Session):
    found = Counter(notice.status for notice in session.query(Notice))
    assert set(found) == {NoticeStatus.DELIVERED, NoticeStatus.FAILED, NoticeStatus.SENT}
    assert all(n.recipient.endswith("0001") for n in session.query(Notice).filter_by(status=NoticeStatus.FAILED))


def test_nothing_is_sent_reminded_or_deleted_at_the_start(loaded: Settings):
    with clock.at(NOW):
        notices.sweep()
        notices.drain_default()
        notices.drain_counter()
        assert (expiry.remind(), expiry.sweep()) == (0, 0)
    assert not (loaded.sandbox / "sms.jsonl").exists()


def test_the_four_logins_of_the_contract_are_there(session: Session):
    officers = {officer.username: officer for officer in session.query(Officer)}
    assert {name: (officers[name].role.value, officers[name].office.code) for name in KEYS["logins"]} == {
        "tieptan": ("reception", "00114"),
        "giamsat": ("supervisor", "001"),
        "tongdai": ("hotline", "000"),
        "quantri": ("administrator", "000"),
    }
    for name, password in KEYS["logins"].items():
        assert verify_password(officers[name].password_hash, password)


def test_the_three_machines_of_the_contract_are_there(session: Session):
    machines = session.query(MachineClient, ClientKey).join(ClientKey).filter(ClientKey.ends_at.is_(None))
    assert {machine.name: (machine.scopes, key.key_hash) for machine, key in machines} == {
        name: ([name], token_hash(key)) for name, key in KEYS["clients"].items()
    }


def test_new_passwords_and_keys_in_the_file_fit_after_the_next_start(loaded: Settings):
    changed = {
        "logins": KEYS["logins"] | {"giamsat": "another-one-2027"},
        "clients": KEYS["clients"] | {"hotline": "another key"},
    }
    for keys in (changed, KEYS):
        (loaded.var / "demo.json").write_text(json.dumps(keys))
        load_demo(loaded)
        with transaction() as session:
            giamsat = session.scalars(select(Officer).where(Officer.username == "giamsat")).one()
            open_keys = select(ClientKey.key_hash).join(MachineClient).where(ClientKey.ends_at.is_(None))
            hotline = session.scalars(open_keys.where(MachineClient.name == "hotline")).all()
        assert verify_password(giamsat.password_hash, keys["logins"]["giamsat"])
        assert hotline == [token_hash(keys["clients"]["hotline"])]


def test_production_never_loads_it(loaded: Settings):
    with pytest.raises(RuntimeError, match="never loaded in production"):
        load_demo(replace(loaded, app_env="production"))


def test_without_its_logins_it_is_not_loaded(loaded: Settings, tmp_path):
    with pytest.raises(RuntimeError, match="demo.json is missing"):
        load_demo(replace(loaded, var=tmp_path))


def test_the_mornings_before_can_be_compared_with(session: Session):
    for code in ("000", "001", "00114"):
        office = session.scalars(select(Office).where(Office.code == code)).one()
        noted = session.query(FigureMorning).filter_by(office_id=office.id).all()
        stood = {(one.day, one.figure): one.number for one in noted}
        days = {day for day, _ in stood}
        assert len(days) == 14
        for day in days:
            due, soon = stood[day, Stood.DUE_TODAY], stood[day, Stood.DUE_SOON]
            assert 0 <= due <= soon <= stood[day, Stood.WAITING] + stood[day, Stood.SUPPLEMENT]
        assert sum(stood.values()) > 100


def test_a_schools_list_has_been_sent_and_names_people_who_wait(session: Session):
    batch = session.scalars(select(Batch)).one()
    assert (batch.unit and batch.unit.code, batch.office.code, bool(batch.letter_number)) == ("TA0101A", "00114", True)
    sheet = load_workbook(BytesIO(file_of(session, batch))).worksheets[0]
    codes = [row[0] for row in sheet.iter_rows(min_row=5, max_col=1, values_only=True) if row[0]]
    waiting = {d.bhxh_code for d in undecided(session) if d.presented_at is None}
    assert len(codes) > len(set(codes)) == len(waiting & set(codes)) + 1 > 3
