"""Deciding on adjustments and stops: what becomes of the account (D2, D6, D11, K10)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from backoffice.accounts import life, sessions
from backoffice.decision import actions as decide
from backoffice.decision import aftercare, ledger
from backoffice.desk.slips import open_slip
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import (
    Account,
    AccountHold,
    AccountSession,
    AccountStatus,
    Channel,
    CredentialIssue,
    Declaration,
    HoldKind,
    IdType,
    Item,
    LockReason,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    OneTimeCode,
    Purpose,
    SessionKind,
    Status,
    TrailEvent,
    TrailRow,
)
from backoffice.notices import mailed_codes, one_time
from backoffice.notices.credentials import check_temporary, issue_credentials, make_attempt
from backoffice.rules.actors import Actor
from tests.decision.changing import declare_change, verified_change
from tests.decision.test_races import together
from tests.factories import make_account, make_actor, make_declaration, verify_all

pytestmark = pytest.mark.usefixtures("database")
OLD, NEW, BORN = "0356789012", "0981234567", date(1985, 1, 2)


@pytest.fixture
def officer() -> Actor:
    with transaction() as session:
        return make_actor(session)


@pytest.fixture
def account(officer: Actor) -> Account:
    with transaction() as session:
        return make_account(session, phone=OLD, email="cu@example.vn", date_of_birth=BORN)


def declared(account: Account, officer: Actor, *given: Purpose, **new: Any) -> Declaration:
    """Verified and in the officer's hands."""
    with transaction() as session:
        made = verified_change(session, session.merge(account), officer, *given, **new)
    decide.claim(made.receipt_code, officer)
    return made


def approve(account: Account, officer: Actor, *given: Purpose, **new: Any) -> Account:
    decide.approve(declared(account, officer, *given, **new).receipt_code, officer)
    return kept(Account, account.id)


def refused(declaration: Declaration, officer: Actor) -> str:
    with pytest.raises(Conflict) as refusal:
        decide.approve(declaration.receipt_code, officer)
    assert kept(Declaration, declaration.id).status is Status.SUBMITTED
    return refusal.value.code


def kept(model: type, number: int) -> Any:
    with transaction() as session:
        return session.get_one(model, number)


def rows(model: type, **values: Any) -> list[Any]:
    with transaction() as session:
        return session.query(model).filter_by(**values).order_by(model.id if hasattr(model, "id") else None).all()


def holds(account: Account) -> set[tuple[HoldKind, str]]:
    return {(hold.kind, hold.value) for hold in rows_of_holds(account)}


def rows_of_holds(account: Account) -> list[AccountHold]:
    with transaction() as session:
        return session.query(AccountHold).filter_by(account_id=account.id).all()


def told() -> list[tuple[NoticeKind, NoticeChannel, str]]:
    waiting = [one for one in rows(Notice) if one.status is NoticeStatus.QUEUED]
    return sorted((one.kind, one.channel, one.recipient) for one in waiting)


def signed_in(account: Account) -> None:
    with transaction() as session:
        found = session.merge(account)
        sessions.begin(session, found, SessionKind.APP, sessions.device_hash(found.id, "dien-thoai"))


def test_d2_an_adjustment_changes_what_it_says_and_leaves_the_rest(officer: Actor, account: Account) -> None:
    now = approve(account, officer, full_name="Trần Thị Mẫu Mới", address_line="Ngõ 5", ward_code="00008")
    assert (now.full_name, now.address_line, now.ward_code) == ("Trần Thị Mẫu Mới", "Ngõ 5", "00008")
    assert (now.phone, now.email, now.status) == (OLD, "cu@example.vn", AccountStatus.ACTIVE)
    (row,) = rows(TrailRow, event=TrailEvent.ACCOUNT_ADJUST)
    assert row.facts["parts"] == ["full_name", "address"]
    assert told() == [
        (NoticeKind.ADJUSTED, NoticeChannel.EMAIL, "cu@example.vn"),
        (NoticeKind.ADJUSTED, NoticeChannel.SMS, OLD),
    ]


def test_d2_what_was_changed_since_it_was_declared_stays_unless_the_declaration_says_so(
    officer: Actor, account: Account
) -> None:
    made = declared(account, officer, address_line="Ngõ 5")
    with transaction() as session:
        session.get_one(Account, account.id).email = "moi@example.vn"
    decide.approve(made.receipt_code, officer)
    now = kept(Account, account.id)
    assert (now.address_line, now.email) == ("Ngõ 5", "moi@example.vn")


def test_d6_a_new_phone_is_held_the_old_one_free_told_so_and_everybody_signed_out(
    officer: Actor, account: Account
) -> None:
    signed_in(account)
    now = approve(account, officer, phone=NEW)
    assert now.phone == NEW
    assert (HoldKind.PHONE, NEW) in holds(account)
    assert (HoldKind.PHONE, OLD) not in holds(account)
    (session,) = rows(AccountSession)
    assert session.ended_at is not None
    assert told() == [
        (NoticeKind.ADJUSTED, NoticeChannel.EMAIL, "cu@example.vn"),
        (NoticeKind.ADJUSTED, NoticeChannel.SMS, NEW),
        (NoticeKind.PHONE_CHANGED, NoticeChannel.SMS, OLD),
    ]
    assert rows(CredentialIssue) == []


def test_k10_asked_for_at_the_desk_a_new_phone_gets_a_new_password_too(officer: Actor, account: Account) -> None:
    approve(account, officer, phone=NEW, channel=Channel.DESK)
    (sms,) = rows(Notice, kind=NoticeKind.RESET)
    assert (sms.recipient, sms.credential_issue_id) == (NEW, rows(CredentialIssue)[0].id)


def test_d2_another_e_mail_is_told_at_both_addresses_and_yet_to_be_confirmed(officer: Actor, account: Account) -> None:
    with transaction() as session:
        session.get_one(Account, account.id).email_confirmed = "cu@example.vn"
    now = approve(account, officer, email="moi@example.vn")
    assert (now.email, now.email_confirmed) == ("moi@example.vn", None)
    letters = [(kind, to) for kind, way, to in told() if way is NoticeChannel.EMAIL]
    assert letters == [
        (NoticeKind.ADJUSTED, "moi@example.vn"),
        (NoticeKind.EMAIL_CHANGED, "cu@example.vn"),
        (NoticeKind.EMAIL_CHANGED, "moi@example.vn"),
    ]


def test_k9_a_new_paper_swaps_the_code_that_is_held(officer: Actor, account: Account) -> None:
    approve(account, officer, id_number="001185999999")
    assert {value for kind, value in holds(account) if kind is HoldKind.CODE} == {account.bhxh_code, "001185999999"}
    now = approve(kept(Account, account.id), officer, id_type=IdType.PASSPORT, id_number="C7654321")
    assert (now.id_type, {value for kind, value in holds(account) if kind is HoldKind.CODE}) == (
        IdType.PASSPORT,
        {account.bhxh_code},
    )


def test_k9_no_paper_that_another_account_is_known_by(officer: Actor, account: Account) -> None:
    with transaction() as session:
        make_account(session, id_number="001185999999")
    assert refused(declared(account, officer, id_number="001185999999"), officer) == "code_taken"
    assert (HoldKind.CODE, account.id_number) in holds(account)


def test_d6_no_phone_that_another_account_holds(officer: Actor, account: Account) -> None:
    made = declared(account, officer, phone=NEW)
    with transaction() as session:
        make_account(session, phone=NEW)
    assert refused(made, officer) == "phone_taken"
    assert kept(Account, account.id).phone == OLD


def test_d2_no_approval_makes_the_account_another_persons(officer: Actor, account: Account) -> None:
    """Whatever was corrected at the desk meanwhile, or changed in the account."""
    stranger = declared(account, officer, full_name="Lê Người Lạ", id_number="001190000009")
    assert refused(stranger, officer) == "another_person"
    late = declared(account, officer, full_name="Lê Người Lạ")
    approve(account, officer, id_number="001185777777")
    with transaction() as session:
        session.get_one(Declaration, late.id).id_number = "001190000009"
    assert refused(late, officer) == "another_person"


@pytest.mark.parametrize("purpose", [Purpose.ADJUST, Purpose.STOP])
def test_d2_nothing_is_approved_about_an_account_that_was_closed_meanwhile(
    officer: Actor, account: Account, purpose: Purpose
) -> None:
    made = declared(account, officer, purpose, **({"address_line": "Ngõ 5"} if purpose is Purpose.ADJUST else {}))
    with transaction() as session:
        life.close(session, session.get_one(Account, account.id, with_for_update=True), officer)
    assert refused(made, officer) == "account_gone"


def test_d2_a_locked_account_is_unlocked_before_it_is_adjusted_but_may_be_stopped(
    officer: Actor, account: Account
) -> None:
    made, stop = declared(account, officer, address_line="Ngõ 5"), declared(account, officer, Purpose.STOP)
    with transaction() as session:
        found = session.get_one(Account, account.id, with_for_update=True)
        life.lock(session, found, officer, LockReason.OWNER_ASKED)
    assert refused(made, officer) == "account_locked"
    decide.approve(stop.receipt_code, officer)
    assert kept(Account, account.id).status is AccountStatus.CLOSED


def test_d2_a_stop_closes_the_account_frees_what_it_held_and_tells_so(officer: Actor, account: Account) -> None:
    signed_in(account)
    waiting = declared(account, officer, phone=NEW)
    now = approve(account, officer, Purpose.STOP)
    assert (now.status, now.password_hash, holds(account)) == (AccountStatus.CLOSED, None, set())
    assert [one.ended_at is None for one in rows(AccountSession)] == [False]
    sms, mail = rows(Notice, kind=NoticeKind.CLOSED)
    assert {sms.recipient, mail.recipient} == {OLD, "cu@example.vn"}
    assert sms.declaration_id is not None
    assert kept(Declaration, waiting.id).status is Status.WITHDRAWN


def test_d2_after_a_stop_one_may_register_anew(officer: Actor, account: Account) -> None:
    """What was declared to register waits on: it is about no account."""
    with transaction() as session:
        again = make_declaration(session, bhxh_code=account.bhxh_code, id_number=account.id_number, phone=OLD)
        verify_all(session, again, officer)
    approve(account, officer, Purpose.STOP)
    decide.claim(again.receipt_code, officer)
    decide.approve(again.receipt_code, officer)
    assert [one.status for one in rows(Account)] == [AccountStatus.CLOSED, AccountStatus.ISSUED]


def test_d11_children_of_whoever_stops_stay_and_are_marked_to_update_their_number(
    officer: Actor, account: Account
) -> None:
    with transaction() as session:
        child = make_account(session, guardian_id=account.id)
        session.query(AccountHold).filter_by(account_id=child.id, kind=HoldKind.PHONE).delete()
        child.phone = OLD
    approve(account, officer, Purpose.STOP)
    now = kept(Account, child.id)
    assert (now.status, now.must_update_phone) == (AccountStatus.ACTIVE, True)


def test_d11_children_follow_to_the_guardians_new_phone(officer: Actor, account: Account) -> None:
    with transaction() as session:
        child = make_account(session, guardian_id=account.id)
        session.query(AccountHold).filter_by(account_id=child.id, kind=HoldKind.PHONE).delete()
        child.phone = OLD
        session.flush()
        password = make_attempt(session, issue_credentials(session, child, 7))
    approve(account, officer, phone=NEW)
    assert kept(Account, child.id).phone == NEW
    with transaction() as session:
        assert check_temporary(session, child, password) is None, "it went to the old phone"


def test_d6_who_had_but_a_temporary_password_is_sent_another_to_the_new_phone(officer: Actor, account: Account) -> None:
    with transaction() as session:
        mine = session.get_one(Account, account.id)
        mine.status, mine.password_hash = AccountStatus.ISSUED, None
        password = make_attempt(session, issue_credentials(session, mine, 7))
    approve(kept(Account, account.id), officer, phone=NEW)
    assert [one.number for one in rows(CredentialIssue)] == [1, 2]
    assert (NoticeKind.RESET, NoticeChannel.SMS, NEW) in told()
    with transaction() as session:
        assert check_temporary(session, account, password) is None


def test_d11_a_guardians_new_paper_is_the_childrens_too(officer: Actor, account: Account) -> None:
    """Else a child could be adjusted or stopped no more: its paper would be nobody's card."""
    with transaction() as session:
        child = make_account(session, guardian_id=account.id)
        session.query(AccountHold).filter_by(account_id=child.id).delete()
        child.phone, child.id_number = OLD, account.id_number
        own = make_account(session, guardian_id=account.id)
    approve(account, officer, id_type=IdType.PASSPORT, id_number="C7654321")
    now = kept(Account, child.id)
    assert (now.id_type, now.id_number) == (IdType.PASSPORT, "C7654321")
    assert (kept(Account, own.id).id_number, holds(child)) == (own.id_number, set())
    (row,) = rows(TrailRow, event=TrailEvent.ACCOUNT_ADJUST, account_id=child.id)
    assert row.facts == {"parts": ["id_number"], "guardian": account.id}


def test_a5_a_code_in_a_letter_to_the_former_address_is_void(officer: Actor, account: Account) -> None:
    with transaction() as session:
        mine = session.get_one(Account, account.id)
        mine.email_confirmed = mine.email
        session.flush()
        assert mailed_codes.order(session, mine)
        digits = one_time.make_attempt(session, session.query(OneTimeCode).one())
    approve(kept(Account, account.id), officer, email="moi@example.vn")
    with transaction() as session:
        mine = session.get_one(Account, account.id)
        mine.email_confirmed = mine.email
        session.flush()
        assert not mailed_codes.use(session, mine, digits)


def test_d11_with_a_paper_and_a_phone_of_its_own_a_childs_account_leaves_its_guardians(
    officer: Actor, account: Account
) -> None:
    with transaction() as session:
        child = make_account(session, guardian_id=account.id, date_of_birth=date(2010, 5, 6), bhxh_code="0201020399")
        session.query(AccountHold).filter_by(account_id=child.id).delete()
        code = {"kind": HoldKind.CODE, "value": child.bhxh_code}
        session.add(AccountHold(**code, account_id=child.id, taken_at=child.opened_at))
        child.phone, child.id_number = OLD, account.id_number
    assert refused(declared(child, officer, id_number="001210000009"), officer) == "own_phone"
    now = approve(child, officer, id_number="001210000009", phone=NEW)
    assert (now.guardian_id, now.phone) == (None, NEW)
    assert holds(child) == {
        (HoldKind.CODE, child.bhxh_code),
        (HoldKind.CODE, "001210000009"),
        (HoldKind.PHONE, NEW),
    }


@pytest.mark.parametrize(
    ("new", "asked"),
    [
        ({"address_line": "Ngõ 5"}, set()),
        ({"date_of_birth": date(1986, 1, 2)}, {Item.DATE_OF_BIRTH}),
        ({"phone": NEW}, {Item.PHONE}),
        ({"phone": NEW, "proven": NEW}, set()),
        ({"phone": NEW, "proven": "0989999999"}, {Item.PHONE}),
    ],
    ids=["address", "birth", "phone", "phone that read a code", "another number read it"],
)
def test_d2_k10_the_ledger_of_an_adjustment_asks_for_what_it_touches(
    account: Account, new: dict[str, Any], asked: set[Item]
) -> None:
    with transaction() as session:
        made = declare_change(session, session.merge(account), **new)
        left = set(ledger.missing(session, made))
    always = {Item.NAME, Item.ID_NUMBER, Item.BHXH_CODE, Item.ID_DOCUMENT, Item.FORM01_SIGNED}
    assert left == always | asked


def test_d2_nothing_is_adjusted_while_the_ledger_is_incomplete(officer: Actor, account: Account) -> None:
    with transaction() as session:
        made = declare_change(session, session.merge(account), phone=NEW)
    decide.claim(made.receipt_code, officer)
    assert refused(made, officer) == "ledger_incomplete"
    assert kept(Account, account.id).phone == OLD


def test_d6_two_accounts_that_would_swap_their_phones_at_once_both_keep_them(officer: Actor, account: Account) -> None:
    with transaction() as session:
        other, colleague = make_account(session, phone=NEW), make_actor(session)
    mine, theirs = declared(account, officer, phone=NEW), declared(other, colleague, phone=OLD)
    results = together(
        lambda: decide.approve(mine.receipt_code, officer), lambda: decide.approve(theirs.receipt_code, colleague)
    )
    assert [result.code for result in results if isinstance(result, Conflict)] == ["phone_taken"] * 2
    assert (kept(Account, account.id).phone, kept(Account, other.id).phone) == (OLD, NEW)


def test_d2_an_adjustment_and_a_stop_decided_at_once_leave_the_account_closed(officer: Actor, account: Account) -> None:
    with transaction() as session:
        colleague = make_actor(session)
    change, stop = declared(account, officer, phone=NEW), declared(account, colleague, Purpose.STOP)
    together(lambda: decide.approve(change.receipt_code, officer), lambda: decide.approve(stop.receipt_code, colleague))
    assert kept(Account, account.id).status is AccountStatus.CLOSED
    assert holds(account) == set()
    assert kept(Declaration, stop.id).status is Status.APPROVED


def test_d11_of_two_guardians_who_declare_one_child_the_first_approved_has_it(officer: Actor, account: Account) -> None:
    made = []
    with transaction() as session:
        for guardian in (session.merge(account), make_account(session, phone=NEW)):
            one = make_declaration(
                session, bhxh_code="0201020399", guardian_bhxh_code=guardian.bhxh_code, phone=guardian.phone,
                id_number=guardian.id_number, date_of_birth=date(2019, 5, 4),
            )  # fmt: skip
            verify_all(session, one, officer)
            made.append(one)
    for one in made:
        decide.claim(one.receipt_code, officer)
    decide.approve(made[0].receipt_code, officer)
    assert [kept(Declaration, one.id).status for one in made] == [Status.APPROVED, Status.WITHDRAWN]


def test_d11_no_child_is_approved_whose_guardian_has_stopped_meanwhile(officer: Actor, account: Account) -> None:
    with transaction() as session:
        child = make_declaration(
            session, guardian_bhxh_code=account.bhxh_code, phone=OLD, id_number=account.id_number,
            date_of_birth=date(2019, 5, 4),
        )  # fmt: skip
        verify_all(session, child, officer)
    approve(account, officer, Purpose.STOP)
    decide.claim(child.receipt_code, officer)
    assert refused(child, officer) == "guardian_missing"


@pytest.mark.parametrize(
    "corrected",
    [
        {"bhxh_code": "0209999999"},
        {"id_number": "001190000009", "full_name": "Lê Người Lạ"},
    ],
    ids=["another code", "another person"],
)
def test_d2_corrections_at_the_desk_close_no_strangers_account(
    officer: Actor, account: Account, corrected: dict[str, str]
) -> None:
    made = declared(account, officer, Purpose.STOP)
    with transaction() as session:
        found = session.get_one(Declaration, made.id)
        for name, value in corrected.items():
            setattr(found, name, value)
    assert refused(made, officer) == "another_person"
    assert kept(Account, account.id).status is AccountStatus.ACTIVE


def test_d2_a_stop_by_who_has_a_new_paper_is_corrected_and_approved(officer: Actor, account: Account) -> None:
    made = declared(account, officer, Purpose.STOP)
    with transaction() as session:
        session.get_one(Declaration, made.id).id_number = "001185111111"
    decide.approve(made.receipt_code, officer)
    assert kept(Account, account.id).status is AccountStatus.CLOSED


def test_the_message_of_an_adjustment_is_sent_again_in_the_same_words(officer: Actor, account: Account) -> None:
    made = declared(account, officer, address_line="Ngõ 5")
    decide.approve(made.receipt_code, officer)
    with clock.at(clock.now() + timedelta(minutes=2)):
        aftercare.resend(made.receipt_code, officer)
    first, second = rows(Notice, kind=NoticeKind.ADJUSTED, channel=NoticeChannel.SMS)
    assert (first.status, second.status, first.body) == (NoticeStatus.CANCELLED, NoticeStatus.QUEUED, second.body)
    with pytest.raises(Conflict):
        aftercare.correct_phone(made.receipt_code, officer, NEW, "yes")


@pytest.mark.parametrize(
    ("purpose", "new", "says"),
    [
        (Purpose.ADJUST, {"address_line": "Ngõ 5"}, ("adjusted", ["Địa chỉ liên hệ"])),
        (Purpose.STOP, {}, ("stopped", None)),
    ],
)
def test_the_slip_says_what_was_done(
    officer: Actor, account: Account, purpose: Purpose, new: dict[str, str], says: tuple[str, list[str] | None]
) -> None:
    made = declared(account, officer, purpose, **new)
    decide.approve(made.receipt_code, officer)
    slip = open_slip(made.receipt_code, officer)
    assert (slip["kind"], slip.get("parts")) == says
