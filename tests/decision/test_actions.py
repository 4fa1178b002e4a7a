"""Deciding one declaration: claim, presence, approval, rejection, supplement, escalation (K2, K3, K6, K7, K11, D6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backoffice.decision import actions as decide
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from backoffice.models import (
    Account,
    AccountHold,
    AccountStatus,
    Claim,
    CredentialIssue,
    Declaration,
    HoldKind,
    Notice,
    NoticeChannel,
    NoticeKind,
    Role,
    Status,
    TrailEvent,
    TrailRow,
)
from backoffice.rules.actors import Actor
from tests.factories import make_account, make_actor, make_declaration, make_office, verify_all

pytestmark = pytest.mark.usefixtures("database")


def kept(declaration: Declaration) -> Declaration:
    with transaction() as session:
        return session.get_one(Declaration, declaration.id)


def rows(model: type, **values: object) -> list:
    with transaction() as session:
        return session.query(model).filter_by(**values).all()


@pytest.fixture
def officer() -> Actor:
    with transaction() as session:
        return make_actor(session)


@pytest.fixture
def colleague() -> Actor:
    with transaction() as session:
        return make_actor(session, full_name="Trần Thị Lan")


@pytest.fixture
def supervisor() -> Actor:
    with transaction() as session:
        return make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))


@pytest.fixture
def declaration(officer: Actor) -> Declaration:
    """All verified, so that nothing but what a test is about stands against deciding."""
    with transaction() as session:
        made = make_declaration(session, email="mau@example.vn")
        verify_all(session, made, officer)
        return made


@pytest.fixture
def claimed(declaration: Declaration, officer: Actor) -> Declaration:
    decide.claim(declaration.receipt_code, officer)
    return declaration


def test_k2_approving_opens_the_account_and_orders_its_password(claimed: Declaration, officer: Actor):
    decide.approve(claimed.receipt_code, officer)

    assert kept(claimed).status is Status.APPROVED
    (account,) = rows(Account, declaration_id=claimed.id)
    assert (account.bhxh_code, account.status, account.password_hash) == (claimed.bhxh_code, AccountStatus.ISSUED, None)
    assert {(hold.kind, hold.value) for hold in rows(AccountHold, account_id=account.id)} == {
        (HoldKind.PHONE, claimed.phone),
        (HoldKind.CODE, claimed.bhxh_code),
        (HoldKind.CODE, claimed.id_number),
    }
    (issue,) = rows(CredentialIssue, account_id=account.id)
    notices = {notice.channel: notice for notice in rows(Notice, kind=NoticeKind.APPROVED)}
    assert notices[NoticeChannel.SMS].credential_issue_id == issue.id
    assert notices[NoticeChannel.EMAIL].credential_issue_id is None
    assert rows(Claim, declaration_id=claimed.id) == []
    assert {row.event for row in rows(TrailRow, declaration_id=claimed.id)} >= {
        TrailEvent.CLAIM,
        TrailEvent.PRESENT,
        TrailEvent.APPROVE,
        TrailEvent.ACCOUNT_OPEN,
    }


def test_the_trail_of_a_decision_names_no_person(claimed: Declaration, officer: Actor):
    decide.approve(claimed.receipt_code, officer)
    text = " ".join(str(row.facts) for row in rows(TrailRow))
    for personal in (claimed.bhxh_code, claimed.full_name, claimed.phone, claimed.id_number, claimed.email):
        assert personal not in text


def test_k3_rejecting_keeps_reasons_and_tells_them(claimed: Declaration, officer: Actor):
    decide.reject(claimed.receipt_code, officer, ["name_differs", "id_invalid"], "  Giấy tờ rách  ")

    after = kept(claimed)
    assert (after.status, after.reasons, after.rejected_note) == (
        Status.REJECTED,
        ["name_differs", "id_invalid"],
        "Giấy tờ rách",
    )
    told = {notice.channel: notice.body for notice in rows(Notice, kind=NoticeKind.REJECTED)}
    assert "Ho ten khong khop giay to" in told[NoticeChannel.SMS]
    assert "Họ tên khác giấy tờ xuất trình" in told[NoticeChannel.EMAIL]
    assert "Giấy tờ rách" in told[NoticeChannel.EMAIL]


@pytest.mark.parametrize(
    ("reasons", "note", "field"),
    [
        ([], "", "reasons"),
        (["no_such"], "", "reasons"),
        (["other"], "  ", "note"),
        (["name_differs"], "x" * 501, "note"),
    ],
)
def test_rejecting_without_a_sound_reason_is_refused_and_changes_nothing(
    claimed: Declaration, officer: Actor, reasons: list[str], note: str, field: str
):
    with pytest.raises(InvalidInput) as refusal:
        decide.reject(claimed.receipt_code, officer, reasons, note)
    assert [fault.field for fault in refusal.value.faults] == [field]
    assert kept(claimed).status is Status.SUBMITTED


ACTS = {
    "approve": lambda code, officer: decide.approve(code, officer),
    "reject": lambda code, officer: decide.reject(code, officer, ["id_invalid"], ""),
    "supplement": lambda code, officer: decide.supplement(code, officer, "Ký lại mẫu số 01"),
    "escalate": lambda code, officer: decide.escalate(code, officer, "Ảnh không giống"),
}


@pytest.mark.parametrize("act", ACTS)
def test_no_decision_without_my_live_claim(act: str, declaration: Declaration, officer: Actor):
    with pytest.raises(Conflict) as refusal:
        ACTS[act](declaration.receipt_code, officer)
    assert refusal.value.code == "claim_lost"


@pytest.mark.parametrize("act", ACTS)
def test_whoever_lost_the_claim_is_told_who_has_it(act: str, claimed: Declaration, officer: Actor, colleague: Actor):
    with clock.at(clock.now() + timedelta(minutes=11)):
        decide.claim(claimed.receipt_code, colleague)
        with pytest.raises(Conflict, match="Trần Thị Lan") as refusal:
            ACTS[act](claimed.receipt_code, officer)
    assert refusal.value.code == "claim_lost"


@pytest.mark.parametrize("act", ACTS)
def test_a_decided_declaration_names_who_decided_and_when(
    act: str, claimed: Declaration, officer: Actor, colleague: Actor
):
    decide.approve(claimed.receipt_code, officer)
    with pytest.raises(Conflict, match=rf"{officer.name} đã duyệt hồ sơ này lúc \d\d:\d\d") as refusal:
        ACTS[act](claimed.receipt_code, colleague)
    assert refusal.value.code == "already_decided"


@pytest.mark.parametrize("act", [*ACTS, "present", "claim"])
def test_k4_an_overdue_declaration_is_refused_before_the_sweep_comes(
    act: str, declaration: Declaration, officer: Actor
):
    acts = ACTS | {"present": decide.present, "claim": decide.claim}
    assert declaration.expires_at is not None
    with clock.at(declaration.expires_at - timedelta(minutes=1)):
        decide.claim(declaration.receipt_code, officer)
    with clock.at(declaration.expires_at + timedelta(seconds=1)), pytest.raises(Conflict) as refusal:
        acts[act](declaration.receipt_code, officer)
    assert refusal.value.code == "expired"


def test_a_colleague_cannot_claim_what_is_claimed(claimed: Declaration, colleague: Actor):
    with pytest.raises(Conflict, match="đang xử lý hồ sơ này"):
        decide.claim(claimed.receipt_code, colleague)


def test_a_claim_runs_out_after_ten_minutes_and_can_be_prolonged(
    claimed: Declaration, officer: Actor, colleague: Actor
):
    with clock.at(clock.now() + timedelta(minutes=9)):
        decide.prolong(claimed.receipt_code, officer)
    with clock.at(clock.now() + timedelta(minutes=18)), pytest.raises(Conflict):
        decide.claim(claimed.receipt_code, colleague)
    with clock.at(clock.now() + timedelta(minutes=20)):
        decide.claim(claimed.receipt_code, colleague)
    assert rows(Claim)[0].officer_id == colleague.id


def test_a_claim_says_since_when_the_present_holder_has_it(claimed: Declaration, colleague: Actor):
    later = clock.now() + timedelta(minutes=30)
    with clock.at(later):
        decide.claim(claimed.receipt_code, colleague)
    assert rows(Claim)[0].since == later


def test_leaving_the_page_frees_the_claim_after_fifteen_seconds(claimed: Declaration, officer: Actor, colleague: Actor):
    decide.leave(claimed.receipt_code, officer)
    with clock.at(clock.now() + timedelta(seconds=20)):
        decide.claim(claimed.receipt_code, colleague)
    assert rows(Claim)[0].officer_id == colleague.id


def test_only_the_owner_or_a_supervisor_releases_a_claim(
    claimed: Declaration, officer: Actor, colleague: Actor, supervisor: Actor
):
    with pytest.raises(Conflict) as refused:
        decide.release(claimed.receipt_code, colleague)
    assert refused.value.code == "claim_lost"
    decide.release(claimed.receipt_code, supervisor)
    assert rows(Claim) == []
    assert rows(TrailRow, event=TrailEvent.RELEASE)[0].facts == {"held_by": officer.id}


def test_k6_presence_stops_the_clock_and_is_said_once(declaration: Declaration, officer: Actor):
    decide.present(declaration.receipt_code, officer)
    first = kept(declaration)
    decide.present(declaration.receipt_code, officer)
    assert first.expires_at is None
    assert kept(declaration).presented_at == first.presented_at
    assert len(rows(TrailRow, event=TrailEvent.PRESENT)) == 1


def test_k7_a_supplement_starts_a_new_deadline_and_the_return_ends_it(claimed: Declaration, officer: Actor):
    decide.supplement(claimed.receipt_code, officer, "Chụp lại mặt sau")
    waiting = kept(claimed)
    assert waiting.status is Status.SUBMITTED
    assert waiting.supplement_note == "Chụp lại mặt sau"
    assert waiting.expires_at is not None
    assert waiting.expires_at > clock.now() + timedelta(days=9)
    assert {notice.channel for notice in rows(Notice, kind=NoticeKind.SUPPLEMENT)} == set(NoticeChannel)

    decide.present(claimed.receipt_code, officer)
    assert (kept(claimed).expires_at, kept(claimed).supplement_at) == (None, None)


def test_k7_a_supplement_says_what_is_missing(claimed: Declaration, officer: Actor):
    with pytest.raises(InvalidInput, match="chưa đúng"):
        decide.supplement(claimed.receipt_code, officer, "   ")


def test_k11_an_escalated_declaration_is_decided_by_a_supervisor_alone_and_nobody_is_told(
    claimed: Declaration, officer: Actor, supervisor: Actor
):
    decide.escalate(claimed.receipt_code, officer, "Nghi mạo danh")
    assert rows(Notice) == []
    with pytest.raises(Conflict) as refusal:
        decide.claim(claimed.receipt_code, officer)
    assert refusal.value.code == "escalated"
    decide.claim(claimed.receipt_code, supervisor)
    decide.reject(claimed.receipt_code, supervisor, ["not_the_person"], "")
    assert kept(claimed).status is Status.REJECTED


def test_d6_a_phone_of_another_open_account_stops_the_approval_whole(claimed: Declaration, officer: Actor):
    with transaction() as session:
        make_account(session, phone=claimed.phone)
    with pytest.raises(Conflict) as refusal:
        decide.approve(claimed.receipt_code, officer)
    assert refusal.value.code == "phone_taken"
    assert kept(claimed).status is Status.SUBMITTED
    assert kept(claimed).presented_at is None
    assert rows(Account, bhxh_code=claimed.bhxh_code) == []
    assert rows(Notice) == []


def test_k9_the_ten_and_the_twelve_digit_code_are_one_person(officer: Actor):
    with transaction() as session:
        make_account(session, id_number="001085999999")
        twin = make_declaration(session, bhxh_code="001085999999", id_number="001085999999")
        verify_all(session, twin, officer)
    decide.claim(twin.receipt_code, officer)
    with pytest.raises(Conflict) as refusal:
        decide.approve(twin.receipt_code, officer)
    assert refusal.value.code == "code_taken"


def test_d6_approving_one_withdraws_the_others_of_the_code(claimed: Declaration, officer: Actor):
    with transaction() as session:
        other = make_declaration(session, bhxh_code=claimed.bhxh_code, office=make_office(session, "00131"))
        strangers = make_declaration(session, phone=claimed.phone)
    decide.approve(claimed.receipt_code, officer)
    assert kept(other).status is Status.WITHDRAWN
    assert kept(strangers).status is Status.SUBMITTED


@pytest.mark.parametrize("role", [Role.HOTLINE, Role.ADMINISTRATOR, Role.AUDITOR])
def test_other_roles_never_decide(role: Role, declaration: Declaration):
    with transaction() as session:
        stranger = make_actor(session, role)
    with pytest.raises(Forbidden):
        decide.claim(declaration.receipt_code, stranger)


def test_another_offices_declaration_answers_like_one_that_does_not_exist(declaration: Declaration):
    with transaction() as session:
        stranger = make_actor(session, office=make_office(session, "00131"))
    with pytest.raises(NotFound) as out_of_scope:
        decide.claim(declaration.receipt_code, stranger)
    with pytest.raises(NotFound) as missing:
        decide.claim("00000000000", stranger)
    assert out_of_scope.value.message == missing.value.message


def test_a_supervisor_decides_in_the_offices_under_theirs_only(declaration: Declaration, supervisor: Actor):
    with transaction() as session:
        foreign = make_declaration(session, office=make_office(session, "07901"))
    decide.claim(declaration.receipt_code, supervisor)
    with pytest.raises(NotFound):
        decide.claim(foreign.receipt_code, supervisor)
