"""Issue 8, point 3: the sweep deletes what has had its time, to the instant, and leaves what must stay."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from backoffice.config import RETENTION_DAYS
from backoffice.dossier.house import house
from backoffice.dossier.photos import attach, store_photos
from backoffice.expiry import retention, retention_jobs
from backoffice.expiry.retention_shelves import SHELVES
from backoffice.gateways.photos import PreparedPhoto
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import (
    Account,
    AccountNote,
    AccountSession,
    AccountStatus,
    Alarm,
    AlarmKind,
    Base,
    CallBack,
    Correction,
    CredentialAttempt,
    CredentialIssue,
    Declaration,
    DeskScan,
    HotlineCall,
    How,
    IdempotencyKey,
    Item,
    KeptData,
    Notice,
    NoticeChannel,
    NoticeKind,
    OfficerSession,
    OneTimeCode,
    OpenedFile,
    OpenReason,
    PastApproval,
    Photo,
    PhotoKind,
    RetentionRun,
    SessionKind,
    Status,
    Tombstone,
    TrailAlarm,
    TrailAlarmKind,
    TrailEvent,
    TrailRow,
    Verification,
)
from backoffice.notices import outbox
from backoffice.rules.journal import subject_of
from backoffice.rules.retention import term
from tests.expiry.helpers import MICROSECOND, a_jpeg
from tests.factories import make_account, make_actor, make_client, make_declaration, make_office, make_officer

pytestmark = pytest.mark.usefixtures("database")

NOON = datetime(2020, 11, 9, 12, 0, tzinfo=clock.VIETNAM)
"""Years ago: what goes as the owner must be old by the clock of the database too."""
_ONE = [100]


def a_number() -> int:
    _ONE[0] += 1
    return _ONE[0]


def a_hash() -> bytes:
    return a_number().to_bytes(32)


def a_notice(session: Session, **values: Any) -> Notice:
    outbox.post(session, NoticeKind.RECEIVED, NoticeChannel.SMS, "0981234567", lane=queue.BULK, body="BHXH: thu")
    session.flush()
    found = session.scalars(select(Notice).order_by(Notice.id.desc()).limit(1)).one()
    for name, value in values.items():
        setattr(found, name, value)
    session.flush()
    return found


def a_declaration(session: Session, at: datetime, status: Status, **values: Any) -> Declaration:
    return make_declaration(session, status=status, declared_at=at, decided_at=at, **values)


def approved(session: Session, at: datetime, **values: Any) -> Declaration:
    return a_declaration(session, at, Status.APPROVED, **values)


def opened(session: Session, at: datetime) -> OpenedFile:
    declaration = approved(session, clock.now(), cleared_at=clock.now())
    officer = make_officer(session)
    return OpenedFile(officer_id=officer.id, declaration_id=declaration.id, reason=OpenReason.OTHER, note="vì", at=at)


def corrected(session: Session, at: datetime) -> Correction:
    declaration = approved(session, clock.now(), cleared_at=clock.now())
    officer = make_officer(session)
    return Correction(
        declaration_id=declaration.id, field="phone", old_value="0981", new_value="0982", note="gõ nhầm",
        officer_id=officer.id, at=at,
    )  # fmt: skip


def password_tried(session: Session, at: datetime) -> CredentialAttempt:
    account = make_account(session)
    issue = CredentialIssue(account_id=account.id, number=1, issued_at=at, expires_at=at + timedelta(days=7))
    session.add(issue)
    session.flush()
    return CredentialAttempt(issue_id=issue.id, password_hash="hash", made_at=at)


def owner_signed_in(session: Session, at: datetime) -> AccountSession:
    return AccountSession(
        account_id=make_account(session).id, kind=SessionKind.APP, device_hash=b"device", access_hash=a_hash(),
        access_until=at, began_at=at, seen_at=at, until=at, ended_at=at,
    )  # fmt: skip


def officer_signed_in(session: Session, at: datetime) -> OfficerSession:
    officer = make_officer(session)
    return OfficerSession(token_hash=a_hash(), officer_id=officer.id, created_at=at, active_at=at, ended_at=at)


def code(session: Session, at: datetime) -> OneTimeCode:
    account = make_account(session)
    return OneTimeCode(account_id=account.id, purpose="sign_in", hashes=[b"x"], ordered_at=at, expires_at=at, wrong=0)


def seen_alarm(session: Session, at: datetime) -> TrailAlarm:
    officer = make_officer(session)
    return TrailAlarm(
        kind=TrailAlarmKind.MASS_LOOKUP, officer_id=officer.id, office_id=officer.office_id, day=date(2026, 1, 1),
        first_at=at, last_at=at, number=200, handled_at=at, handled_note="đã hỏi",
    )  # fmt: skip


def key_of_a_client(session: Session, at: datetime) -> IdempotencyKey:
    client, _ = make_client(session)
    return IdempotencyKey(client_id=client.id, key=str(a_number()), request_hash=b"h", answer={}, created_at=at)


def tombstone(session: Session, at: datetime) -> Tombstone:
    declaration = approved(session, clock.now(), cleared_at=clock.now())
    hashes = dict.fromkeys(("bhxh_code_hash", "id_number_hash", "receipt_code_hash"), b"h")
    return Tombstone(
        declaration_id=a_number(), office_id=1, purpose=declaration.purpose, channel=declaration.channel,
        declared_at=at, expired_at=at, deleted_at=at, **hashes,
    )  # fmt: skip


def closed(session: Session, at: datetime) -> Account:
    return make_account(session, status=AccountStatus.CLOSED, closed_at=at)


MADE: dict[KeptData, Callable[[Session, datetime], Base]] = {
    KeptData.REJECTED: lambda session, at: a_declaration(session, at, Status.REJECTED),
    KeptData.APPROVED: lambda session, at: approved(session, at, cleared_at=at),
    KeptData.CLOSED_ACCOUNTS: closed,
    KeptData.TOMBSTONES: tombstone,
    KeptData.NOTICES: lambda session, at: a_notice(session, created_at=at),
    KeptData.ONE_TIME_CODES: code,
    KeptData.TEMPORARY_PASSWORDS: password_tried,
    KeptData.ACCOUNT_SESSIONS: owner_signed_in,
    KeptData.ACCOUNT_NOTES: lambda session, at: AccountNote(
        account_id=make_account(session).id, officer_id=make_officer(session).id, at=at, note="mất máy"
    ),
    KeptData.HOTLINE_CALLS: lambda session, at: HotlineCall(officer_id=make_officer(session).id, at=at, matched=False),
    KeptData.ALARMS: lambda _session, at: Alarm(kind=AlarmKind.GUESSED_AT, at=at, handled_at=at),
    KeptData.TRAIL_ALARMS: seen_alarm,
    KeptData.OPENED_FILES: opened,
    KeptData.OFFICER_SESSIONS: officer_signed_in,
    KeptData.IDEMPOTENCY_KEYS: key_of_a_client,
}
"""One row of each kind that is deleted whole, its term counted from the instant given."""


def put(data: KeptData, at: datetime) -> Any:
    """Return the key of a new row of this kind."""
    with transaction() as session:
        row = MADE[data](session, at)
        session.add(row)
        session.flush()
        return tuple(getattr(row, column.key) for column in SHELVES[data].key)


def is_there(data: KeptData, key: Any) -> bool:
    with transaction() as session:
        return session.get(SHELVES[data].model, key) is not None


def runs() -> list[RetentionRun]:
    with transaction() as session:
        return list(session.scalars(select(RetentionRun).order_by(RetentionRun.id)))


def count(model: type[Base]) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("data", MADE)
def test_everything_goes_once_its_term_is_over_and_not_an_instant_before(data: KeptData):
    key = put(data, NOON)
    with clock.at(NOON + term(data)):
        assert retention.sweep() == {}
    assert is_there(data, key)
    with clock.at(NOON + term(data) + MICROSECOND):
        assert retention.sweep() == {data: 1}
    assert not is_there(data, key)


@pytest.mark.parametrize("data", MADE)
def test_what_is_younger_stays_beside_what_goes(data: KeptData):
    with clock.at(NOON):
        gone, stays = put(data, NOON - term(data) - timedelta(days=1)), put(data, NOON)
        assert retention.sweep() == {data: 1}
    assert (is_there(data, gone), is_there(data, stays)) == (False, True)


def test_no_kind_that_is_swept_is_untested():
    assert set(MADE) | {KeptData.APPROVED_PHOTOS, KeptData.CORRECTIONS} == set(SHELVES)


def test_a_longer_term_of_the_settings_is_obeyed(settings, monkeypatch: pytest.MonkeyPatch):
    key = put(KeptData.REJECTED, NOON)
    longer = dict(settings.retention_days) | {"RETENTION_REJECTED_DAYS": 200}
    monkeypatch.setitem(settings.__dict__, "retention_days", longer)
    with clock.at(NOON + timedelta(days=121)):
        assert retention.sweep() == {}
    with clock.at(NOON + timedelta(days=201)):
        assert retention.sweep() == {KeptData.REJECTED: 1}
    assert not is_there(KeptData.REJECTED, key)
    assert RETENTION_DAYS["RETENTION_REJECTED_DAYS"][0] == 120


@pytest.mark.parametrize("status", [Status.REJECTED, Status.WITHDRAWN])
def test_refused_declarations_go_with_their_photos_and_messages(started, status: Status):
    photo_ids = stored_photos()
    with transaction() as session:
        declaration = a_declaration(session, NOON, status)
        attach_all(session, declaration, photo_ids)
        a_notice(session, declaration_id=declaration.id, created_at=clock.now())
    assert files_of(photo_ids)
    with clock.at(NOON + term(KeptData.REJECTED) + MICROSECOND):
        assert retention.sweep() == {KeptData.REJECTED: 1}
    assert (count(Declaration), count(Photo), count(Notice), count(Tombstone)) == (0, 0, 0, 0)
    assert not files_of(photo_ids)


@pytest.mark.parametrize("values", [{"presented_at": NOON}, {"supplement_at": NOON, "supplement_note": "ảnh mờ"}, {}])
def test_what_is_not_decided_is_nobodys_business_here(values: dict[str, Any]):
    with transaction() as session:
        make_declaration(session, declared_at=NOON, **values)
    with clock.at(NOON + timedelta(days=4000)):
        assert retention.sweep() == {}


class TestApproved:
    """ID images have served once the account is open; what proves the approval stays longer."""

    @pytest.fixture
    def declaration(self, started) -> int:
        self.photo_ids = stored_photos()
        with transaction() as session:
            lan = make_actor(session)
            made = approved(session, NOON, escalated_note="nghi ngờ", supplement_note="ảnh mờ", decided_by_id=lan.id)
            attach_all(session, made, self.photo_ids)
            make_account(session, declaration_id=made.id)
            for item, how, note in ((Item.NAME, How.SCANNED, None), (Item.PORTRAIT, How.OVERRIDDEN, "râu dài")):
                session.add(
                    Verification(
                        declaration_id=made.id,
                        item=item,
                        how=how,
                        note=note,
                        officer_id=lan.id,
                        at=NOON,
                        lapsed_at=None,
                    )
                )
            session.add(DeskScan(declaration_id=made.id, officer_id=lan.id, at=NOON, read={"name": "Nguyễn Thử Mẫu"}))
            return made.id

    def test_photos_scans_and_notes_go_first_and_the_rest_stays(self, declaration: int):
        at = NOON + term(KeptData.APPROVED_PHOTOS) + MICROSECOND
        with clock.at(at):
            assert retention.sweep() == {KeptData.APPROVED_PHOTOS: 1}
            assert retention.sweep() == {}
        assert not files_of(self.photo_ids)
        assert (count(Photo), count(DeskScan), count(Verification)) == (0, 0, 2)
        with transaction() as session:
            left = session.get_one(Declaration, declaration)
            assert (left.cleared_at, left.supplement_note, left.escalated_note) == (
                at.astimezone(clock.UTC),
                None,
                None,
            )
            assert left.full_name == "Nguyễn Thử Mẫu"
            assert set(session.scalars(select(Verification.note))) == {None}

    def test_at_the_end_who_approved_what_by_which_proof_is_all_that_stays(self, declaration: int):
        for days in (31, 1826):
            with clock.at(NOON + timedelta(days=days)):
                retention.sweep()
        assert count(Declaration) == 0
        with transaction() as session:
            left = session.scalars(select(PastApproval)).one()
            account = session.scalars(select(Account)).one()
            assert (left.declaration_id, left.account_id, left.decided_at) == (declaration, account.id, NOON)
            assert left.decided_by_id is not None
            assert [(one["item"], one["how"]) for one in left.ledger] == [
                ("name", "scanned"),
                ("portrait", "overridden"),
            ]
            assert account.declaration_id is None

    def test_missed_for_years_both_steps_are_done_at_once(self, declaration: int):
        with clock.at(NOON + timedelta(days=4000)):
            assert retention.sweep() == {KeptData.APPROVED_PHOTOS: 1, KeptData.APPROVED: 1}
        assert (count(Declaration), count(Photo), count(PastApproval)) == (0, 0, 1)

    def test_the_trail_of_the_person_says_so(self, declaration: int):
        with transaction() as session:
            subject = subject_of(session.get_one(Declaration, declaration))
        with clock.at(NOON + timedelta(days=31)):
            retention.sweep()
        with transaction() as session:
            of_person = select(TrailRow).where(TrailRow.subject_hash == subject, TrailRow.event == TrailEvent.RETENTION)
            row = session.scalars(of_person).one()
            assert (row.declaration_id, row.actor_id, row.facts) == (declaration, None, {"data": "approved_photos"})


def test_of_a_correction_stays_that_there_was_one():
    with transaction() as session:
        session.add(corrected(session, NOON))
    with clock.at(NOON + term(KeptData.CORRECTIONS)):
        assert KeptData.CORRECTIONS not in retention.sweep()
    with clock.at(NOON + term(KeptData.CORRECTIONS) + MICROSECOND):
        assert retention.sweep()[KeptData.CORRECTIONS] == 1
        assert KeptData.CORRECTIONS not in retention.sweep()
    with transaction() as session:
        left = session.scalars(select(Correction)).one()
        assert (left.field, left.at, left.old_value, left.new_value, left.note) == ("phone", NOON, None, None, "")


def test_d11_a_closed_guardian_goes_only_after_the_children():
    with transaction() as session:
        guardian = closed(session, NOON)
        child = make_account(session, guardian_id=guardian.id)
        child_id = child.id
    with clock.at(NOON + timedelta(days=1900)):
        assert retention.sweep() == {}
    with transaction() as session:
        child = session.get_one(Account, child_id)
        child.status, child.closed_at = AccountStatus.CLOSED, NOON
    with clock.at(NOON + timedelta(days=1900)):
        assert retention.sweep() == {KeptData.CLOSED_ACCOUNTS: 2}
    assert count(Account) == 0


@pytest.mark.parametrize("data", [KeptData.CLOSED_ACCOUNTS, KeptData.TOMBSTONES])
def test_the_database_itself_keeps_for_thirty_days_what_the_application_may_not_delete(data: KeptData):
    """Also when the desk's clock runs ahead: the functions of the owner look at their own."""
    key = put(data, clock.now() - timedelta(days=29))
    with clock.at(clock.now() + timedelta(days=4000)):
        assert data not in retention.sweep()
    assert is_there(data, key)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction() as session:
        session.execute(SHELVES[data].model.__table__.delete())


def test_the_database_lets_no_account_go_that_is_not_closed():
    with transaction() as session:
        account = make_account(session, closed_at=NOON)
        session.execute(select(func.retention_forget_accounts([account.id])))
    assert count(Account) == 1


def test_with_a_message_goes_what_was_noted_about_it():
    with transaction() as session:
        notice = a_notice(session, created_at=NOON)
        session.add(CallBack(notice_id=notice.id, officer_id=make_officer(session).id, at=NOON, note="không bắt máy"))
    with clock.at(NOON + timedelta(days=121)):
        retention.sweep()
    assert (count(Notice), count(CallBack)) == (0, 0)


def test_with_a_code_goes_its_message_also_before_others():
    with transaction() as session:
        one = code(session, NOON)
        session.add(one)
        session.flush()
        a_notice(session, created_at=NOON, one_time_code_id=one.id)
    with clock.at(NOON + timedelta(days=31)):
        assert retention.sweep() == {KeptData.ONE_TIME_CODES: 1}
    assert count(Notice) == 0


class TestRuns:
    """What was deleted when is written down: how many, how old, by which run."""

    @pytest.fixture
    def small_chunks(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(retention, "CHUNK", 2)

    @pytest.fixture
    def five(self) -> None:
        for days in range(5):
            put(KeptData.NOTICES, NOON - timedelta(days=200 + days))

    def test_a_run_over_several_chunks_is_one_row(self, small_chunks, five):
        with clock.at(NOON):
            assert retention.sweep() == {KeptData.NOTICES: 5}
        [run] = runs()
        assert (run.data, run.count, run.at, run.oldest) == (
            KeptData.NOTICES, 5, NOON, NOON - timedelta(days=204)
        )  # fmt: skip
        assert run.seconds > 0
        with transaction() as session:
            rows = session.scalars(
                select(TrailRow.facts).where(TrailRow.event == TrailEvent.RETENTION).order_by(TrailRow.id)
            ).all()
        assert rows == [{"data": "notices", "count": n, "run": run.id} for n in (2, 2, 1)]

    def test_a_run_that_deletes_nothing_leaves_nothing(self):
        with clock.at(NOON):
            retention.sweep()
        assert (runs(), count(TrailRow)) == ([], 0)

    def test_no_more_than_asked_for_and_the_next_goes_on(self, small_chunks, five):
        with clock.at(NOON):
            assert retention.sweep(3) == {KeptData.NOTICES: 3}
            assert retention.sweep(3) == {KeptData.NOTICES: 2}
        assert [run.count for run in runs()] == [3, 2]

    def test_the_job_asks_for_the_next_while_there_may_be_more(self, small_chunks, five, monkeypatch):
        monkeypatch.setattr(retention, "MOST", 4)
        monkeypatch.setattr(retention, "sweep", lambda: dict.fromkeys([KeptData.NOTICES], 4))
        queue.connection().flushdb()
        retention_jobs.sweep()
        assert queue.connection().keys("*")

    def test_killed_midway_what_was_committed_is_counted_and_the_rest_goes_next_time(
        self, small_chunks, five, monkeypatch
    ):
        done, chunk = [], retention._chunk

        def dies(*given: Any) -> Any:
            if len(done) == 2:
                raise KeyboardInterrupt
            done.append(1)
            return chunk(*given)

        monkeypatch.setattr(retention, "_chunk", dies)
        monkeypatch.setattr(retention, "SHELVES", {KeptData.NOTICES: SHELVES[KeptData.NOTICES]})
        with clock.at(NOON), pytest.raises(KeyboardInterrupt):
            retention.sweep()
        assert (count(Notice), [run.count for run in runs()]) == (1, [4])
        monkeypatch.undo()
        with clock.at(NOON):
            assert retention.sweep() == {KeptData.NOTICES: 1}

    def test_what_somebody_holds_is_passed_over_and_gone_next_time(self, five):
        with transaction() as held:
            held.scalars(select(Notice).order_by(Notice.id).limit(1).with_for_update()).one()
            assert in_another_thread(lambda: retention.sweep()) == {KeptData.NOTICES: 4}
        with clock.at(NOON):
            assert retention.sweep() == {KeptData.NOTICES: 1}


def in_another_thread(act: Callable[[], Any]) -> Any:
    def there() -> Any:
        with clock.at(NOON):
            return act()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(there).result(60)


def test_several_at_once_delete_each_row_once():
    with transaction() as session:
        office = make_office(session)
        for _ in range(60):
            a_declaration(session, NOON, Status.REJECTED, office=office)

    def sweep(_: int) -> int:
        with clock.at(NOON + timedelta(days=121)):
            return retention.sweep(20).get(KeptData.REJECTED, 0)

    with ThreadPoolExecutor(4) as pool:
        swept = sum(pool.map(sweep, range(4)))
    with clock.at(NOON + timedelta(days=121)):
        swept += retention.sweep().get(KeptData.REJECTED, 0)
    assert (swept, count(Declaration), sum(run.count for run in runs())) == (60, 0, 60)


def stored_photos() -> list[Any]:
    photo = PreparedPhoto(
        full=a_jpeg(), thumb=a_jpeg(), width=64, height=48, notes=(), qr_text=None, citizen_card={"number": "001"}
    )
    return store_photos(dict.fromkeys([PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK], photo))


def attach_all(session: Session, declaration: Declaration, stored: list[Any]) -> None:
    attach(session, declaration, stored)


def files_of(stored: list[Any]) -> set[UUID]:
    there = {UUID(blob.key[:32]) for blob in house().store.listed("")}
    return there & {photo.id for photo in stored}
