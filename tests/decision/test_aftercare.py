"""The moment after: a message sent again, a wrong number corrected, a message seen on the citizen's phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from backoffice.accounts.sign_in import set_password
from backoffice.config import Settings
from backoffice.decision import actions as decide
from backoffice.decision import aftercare
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.passwords import hash_password
from backoffice.models import (
    Account,
    AccountHold,
    AccountStatus,
    Correction,
    CredentialIssue,
    Declaration,
    HoldKind,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    Role,
    Status,
    TrailEvent,
    TrailRow,
)
from backoffice.notices.credentials import check_temporary
from backoffice.rules.actors import Actor
from tests.decision.decided import account_of, age, approved, arrived, messages, passwords, rejected, send, sent_back
from tests.decision.test_races import together
from tests.factories import make_account, make_actor, make_declaration, make_office

OLD, NEW = "0981234567", "0912345678"
MAIL = "nguoi.thu@example.vn"


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session, full_name="Nguyễn Thị Tiếp")


def refusal(act: Callable[[], object]) -> str:
    """The code of the refusal that `act` meets; "" when it meets none."""
    try:
        act()
    except DomainError as error:
        return error.code
    return ""


def correct(declaration: Declaration, officer: Actor, value: str = NEW, consent: str = "1") -> None:
    aftercare.correct_phone(declaration.receipt_code, officer, value, consent)


def resend(declaration: Declaration, officer: Actor) -> None:
    aftercare.resend(declaration.receipt_code, officer)


def phones_held() -> dict[str, int]:
    with transaction() as session:
        return {one.value: one.account_id for one in session.query(AccountHold).filter_by(kind=HoldKind.PHONE)}


def trail(event: TrailEvent) -> list[TrailRow]:
    with transaction() as session:
        return session.query(TrailRow).filter_by(event=event).all()


def fits(declaration: Declaration, password: str) -> bool:
    with transaction() as session:
        account = session.query(Account).filter_by(declaration_id=declaration.id).one()
        return check_temporary(session, account, password) is not None


def sign_in_first_time(declaration: Declaration) -> None:
    with transaction() as session:
        set_password(
            session, session.query(Account).filter_by(declaration_id=declaration.id).one(), hash_password("của tôi")
        )


# ---- A wrong number ----


def test_d6_a_corrected_number_is_held_and_the_old_one_is_free_for_others(officer: Actor):
    declaration = approved(officer, phone=OLD)
    correct(declaration, officer, "+84 912.345.678")
    account = account_of(declaration)
    assert account.phone == NEW
    assert phones_held() == {NEW: account.id}
    assert account_of(approved(officer, phone=OLD)).phone == OLD


def test_k2_the_password_goes_to_the_new_number_and_the_one_sent_to_a_stranger_is_void(
    settings: Settings, officer: Actor
):
    declaration = approved(officer, phone=OLD)
    send()
    correct(declaration, officer)
    send()
    [stranger], [mine] = passwords(settings, OLD), passwords(settings, NEW)
    assert not fits(declaration, stranger)
    assert fits(declaration, mine)


def test_what_still_waits_for_the_wrong_number_never_goes_there(settings: Settings, officer: Actor):
    declaration = approved(officer, phone=OLD)
    correct(declaration, officer)
    send()
    assert passwords(settings, OLD) == []
    assert [(one.recipient, one.status) for one in messages(declaration)] == [
        (OLD, NoticeStatus.CANCELLED),
        (NEW, NoticeStatus.DELIVERED),
    ]


def test_k10_the_wrong_number_is_told_that_it_is_not_used_and_of_whom_is_not_said(settings: Settings, officer: Actor):
    """The new one needs no telling: its password comes."""
    declaration = approved(officer, phone=OLD)
    correct(declaration, officer)
    send()
    (told,) = arrived(settings, OLD)
    assert "so nay khong con nhan tin" in told
    assert account_of(declaration).bhxh_code[-4:] not in told
    assert len(arrived(settings, NEW)) == 1


def test_the_acceptance_is_mailed_anew_with_the_new_number_and_once(settings: Settings, officer: Actor):
    declaration = approved(officer, phone=OLD, email=MAIL)
    correct(declaration, officer)
    send()
    first, second = messages(declaration, NoticeChannel.EMAIL)
    assert (first.status, second.status) == (NoticeStatus.CANCELLED, NoticeStatus.DELIVERED)
    assert "091…678" in second.body


def test_old_and_new_are_kept_with_the_declaration_and_in_the_trail_as_hashes_alone(officer: Actor):
    declaration = approved(officer, phone=OLD)
    correct(declaration, officer)
    with transaction() as session:
        kept = session.query(Correction).one()
        declared = session.get_one(Declaration, declaration.id).phone
    assert (kept.declaration_id, kept.field, kept.old_value, kept.new_value) == (declaration.id, "phone", OLD, NEW)
    assert (kept.officer_id, "đồng ý" in kept.note) == (officer.id, True)
    assert declared == OLD, "what was declared and decided on never changes"
    [row] = trail(TrailEvent.PHONE_CHANGE)
    assert row.facts == {"old": lookup_hash("phone", OLD).hex(), "new": lookup_hash("phone", NEW).hex()}
    assert (row.actor_id, row.declaration_id, row.account_id) == (
        officer.id,
        declaration.id,
        account_of(declaration).id,
    )


def test_d6_a_number_of_another_code_is_refused_and_nothing_has_changed(officer: Actor):
    declaration = approved(officer, phone=OLD)
    with transaction() as session:
        other = make_account(session, phone=NEW)
    with pytest.raises(Conflict, match="Mỗi số điện thoại chỉ được đăng ký") as refused:
        correct(declaration, officer)
    assert refused.value.code == "phone_taken"
    account = account_of(declaration)
    assert phones_held() == {OLD: account.id, NEW: other.id}
    assert account.phone == OLD
    assert [one.status for one in messages(declaration)] == [NoticeStatus.QUEUED]
    assert trail(TrailEvent.PHONE_CHANGE) == []
    with transaction() as session:
        assert session.query(Correction).count() == 0
        assert session.query(CredentialIssue).count() == 1


@pytest.mark.parametrize(
    ("value", "consent", "fields"),
    [
        ("", "", ["value", "consent"]),
        ("024 3456 7890", "1", ["value"]),
        ("09123", "1", ["value"]),
        ("+84981234567", "1", ["value"]),
        ("098\u200b1234567", "1", ["value"]),
        (NEW, "", ["consent"]),
        (NEW, "   ", ["consent"]),
    ],
    ids=["nothing", "landline", "short", "the same otherwise spelled", "the same unseen sign", "unasked", "blank"],
)
def test_every_fault_is_named_at_once_and_nothing_has_changed(
    officer: Actor, value: str, consent: str, fields: list[str]
):
    declaration = approved(officer, phone=OLD)
    with pytest.raises(InvalidInput) as refused:
        correct(declaration, officer, value, consent)
    assert [fault.field for fault in refused.value.faults] == fields
    assert account_of(declaration).phone == OLD
    assert len(messages(declaration)) == 1


@pytest.mark.parametrize("made", [rejected, sent_back])
def test_only_an_approval_has_an_account_whose_number_is_corrected(officer: Actor, made: Callable[..., Declaration]):
    declaration = made(officer, phone=OLD)
    assert refusal(lambda: correct(declaration, officer)) == "not_approved"


def test_who_has_signed_in_is_helped_by_a_reset_and_not_here(officer: Actor):
    declaration = approved(officer, phone=OLD)
    send()
    sign_in_first_time(declaration)
    age(declaration, minutes=5)
    assert refusal(lambda: correct(declaration, officer)) == "signed_in"
    assert refusal(lambda: resend(declaration, officer)) == "signed_in"
    assert account_of(declaration).phone == OLD


def test_a_locked_account_gets_no_password_and_no_number(officer: Actor):
    declaration = approved(officer, phone=OLD)
    with transaction() as session:
        session.query(Account).one().status = AccountStatus.LOCKED
    age(declaration, minutes=5)
    assert refusal(lambda: correct(declaration, officer)) == "account_closed"
    assert refusal(lambda: resend(declaration, officer)) == "account_closed"


# ---- Sent again ----


def test_an_approval_sent_again_is_a_new_issue_and_the_older_password_is_void(settings: Settings, officer: Actor):
    declaration = approved(officer, phone=OLD, email=MAIL)
    send()
    age(declaration, seconds=31)
    resend(declaration, officer)
    send()
    older, newer = passwords(settings, OLD)
    assert (fits(declaration, older), fits(declaration, newer)) == (False, True)
    assert len(messages(declaration, NoticeChannel.EMAIL)) == 1, "the letter had gone and still says what is true"
    [row] = trail(TrailEvent.RESEND)
    assert (row.actor_id, row.facts) == (officer.id, {"kind": "approved"})


@pytest.mark.parametrize(("made", "kind"), [(rejected, NoticeKind.REJECTED), (sent_back, NoticeKind.SUPPLEMENT)])
def test_k3_k7_a_refusal_and_a_supplement_go_again_in_the_very_same_words(
    settings: Settings, officer: Actor, made: Callable[..., Declaration], kind: NoticeKind
):
    declaration = made(officer, phone=OLD, email=MAIL)
    send()
    age(declaration, seconds=31)
    resend(declaration, officer)
    send()
    first, second = arrived(settings, OLD)
    assert first == second
    assert [one.kind for one in messages(declaration)] == [kind, kind]
    assert len(messages(declaration, NoticeChannel.EMAIL)) == 1


def test_a_letter_that_failed_goes_again_with_the_sms(officer: Actor):
    declaration = rejected(officer, phone=OLD, email=MAIL)
    with transaction() as session:
        for notice in session.query(Notice):
            notice.status = NoticeStatus.FAILED
    resend(declaration, officer)
    first, second = messages(declaration, NoticeChannel.EMAIL)
    assert (second.status, second.subject, second.body, second.html) == (
        NoticeStatus.QUEUED,
        first.subject,
        first.body,
        first.html,
    )


def test_the_next_sms_waits_thirty_seconds_for_the_one_before(officer: Actor):
    now = clock.now()
    with clock.at(now):
        declaration = approved(officer)
    with clock.at(now + timedelta(seconds=29)), pytest.raises(Conflict, match="đợi 1 giây") as refused:
        resend(declaration, officer)
    assert refused.value.code == "sent_just_now"
    assert len(messages(declaration)) == 1
    with clock.at(now + timedelta(seconds=30)):
        resend(declaration, officer)
    assert len(messages(declaration)) == 2


def test_an_sms_that_failed_is_not_waited_for(officer: Actor):
    declaration = approved(officer, phone="0981230001")
    send()
    assert [one.status for one in messages(declaration)] == [NoticeStatus.FAILED]
    resend(declaration, officer)
    assert len(messages(declaration)) == 2


def test_five_sms_an_hour_a_declaration_and_the_sentence_says_when_the_next_may_go(officer: Actor):
    start = clock.now().replace(hour=2, minute=0, second=0, microsecond=0)  # 09:00 in Vietnam
    with clock.at(start):
        declaration = approved(officer, phone=OLD)
    for minute in (1, 2, 3):
        with clock.at(start + timedelta(minutes=minute)):
            resend(declaration, officer)
    with clock.at(start + timedelta(minutes=4)):
        correct(declaration, officer)
    with clock.at(start + timedelta(minutes=59)):
        for act in (resend, lambda d, o: correct(d, o, OLD)):
            with pytest.raises(Conflict, match="có thể gửi từ 10:01") as refused:
                act(declaration, officer)
            assert refused.value.code == "sent_too_often"
    with clock.at(start + timedelta(minutes=61)):
        resend(declaration, officer)
    assert len(messages(declaration)) == 6


def test_what_is_undecided_or_withdrawn_has_nothing_to_send_again(officer: Actor):
    with transaction() as session:
        undecided = make_declaration(session)
        withdrawn = make_declaration(session, status=Status.WITHDRAWN)
    for declaration in (undecided, withdrawn):
        assert refusal(lambda d=declaration: resend(d, officer)) == "nothing_to_send"


def test_k7_what_was_brought_is_asked_for_no_more(officer: Actor):
    declaration = sent_back(officer)
    decide.present(declaration.receipt_code, officer)
    assert refusal(lambda: resend(declaration, officer)) == "nothing_to_send"


def test_k4_a_supplement_past_its_last_day_is_not_asked_for_again(officer: Actor):
    declaration = sent_back(officer)
    with clock.at(clock.now() + timedelta(days=30)):
        assert refusal(lambda: resend(declaration, officer)) == "expired"


# ---- Seen on the phone ----


def test_seen_is_noted_once_with_who_and_when(officer: Actor):
    declaration = approved(officer, phone="0981230003")
    send()
    for _ in range(2):
        aftercare.note_seen(declaration.receipt_code, officer)
    [sms] = messages(declaration)
    assert (sms.status, sms.seen_by_id) == (NoticeStatus.SENT, officer.id)
    assert sms.seen_at is not None
    [row] = trail(TrailEvent.NOTICE_SEEN)
    assert (row.declaration_id, row.facts) == (declaration.id, {"notice_id": sms.id})


@pytest.mark.parametrize("phone", ["0981230001", "0981230002"], ids=["failed", "not gone yet"])
def test_what_never_went_out_cannot_have_been_seen(officer: Actor, phone: str):
    declaration = approved(officer, phone=phone)
    if phone.endswith("1"):
        send()
    assert refusal(lambda: aftercare.note_seen(declaration.receipt_code, officer)) == "not_sent"
    assert trail(TrailEvent.NOTICE_SEEN) == []


def test_the_latest_sms_is_meant_and_not_the_one_it_replaced(officer: Actor):
    declaration = approved(officer, phone="0981230003")
    send()
    age(declaration, seconds=31)
    resend(declaration, officer)
    send()
    aftercare.note_seen(declaration.receipt_code, officer)
    assert [one.seen_at is not None for one in messages(declaration)] == [False, True]


# ---- Who may, and two at once ----

ACTS: dict[str, Callable[[str, Actor], None]] = {
    "resend": aftercare.resend,
    "correct_phone": lambda code, officer: aftercare.correct_phone(code, officer, NEW, "1"),
    "note_seen": aftercare.note_seen,
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize(("role", "office"), [(Role.RECEPTION, "00114"), (Role.SUPERVISOR, "001")])
def test_the_office_and_its_supervisors_may(officer: Actor, role: Role, office: str, act: Callable[[str, Actor], None]):
    with transaction() as session:
        one = make_actor(session, role, office=make_office(session, office))
    declaration = approved(officer)
    send()
    age(declaration, minutes=2)
    assert refusal(lambda: act(declaration.receipt_code, one)) == ""


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_another_office_and_the_hotline_may_not(officer: Actor, act: Callable[[str, Actor], None]):
    with transaction() as session:
        elsewhere = make_actor(session, office=make_office(session, "00131"))
        hotline = make_actor(session, Role.HOTLINE)
    declaration = approved(officer, phone=OLD)
    send()
    age(declaration, minutes=2)
    with pytest.raises(NotFound):
        act(declaration.receipt_code, elsewhere)
    with pytest.raises(Forbidden):
        act(declaration.receipt_code, hotline)
    assert [one.seen_at for one in messages(declaration)] == [None]
    assert account_of(declaration).phone == OLD


def test_two_officers_sending_again_at_once_send_one_message(officer: Actor):
    with transaction() as session:
        colleague = make_actor(session)
    declaration = approved(officer)
    age(declaration, minutes=2)
    results = together(*[lambda o=o: resend(declaration, o) for o in (officer, colleague)])
    assert [one.code for one in results if isinstance(one, Conflict)] == ["sent_just_now"]
    assert len(messages(declaration)) == 2
