"""An owner signs in (A1, A3, A7): first password, second device, wrong tries; what a stranger can and cannot do."""

from __future__ import annotations

from datetime import timedelta

import argon2
import pytest

from backoffice.accounts import desk_actions, life, owner, passwords, sign_in, tries
from backoffice.accounts.coming_in import Due, SignedIn
from backoffice.accounts.proofs import Step
from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput, TooManyRequests, Unauthenticated
from backoffice.kernel.passwords import hash_password
from backoffice.models import (
    Account,
    AccountDevice,
    AccountSession,
    AccountStatus,
    Alarm,
    AlarmKind,
    LockReason,
    Notice,
    NoticeKind,
    OneTimeCode,
    SessionKind,
)
from backoffice.notices import one_time
from backoffice.notices.credentials import issue_credentials, make_attempt
from backoffice.rules.actors import SYSTEM
from tests.bench.recording import recording
from tests.factories import know_device, make_account, make_actor

pytestmark = pytest.mark.usefixtures("database")
MINE, NEW = "con thuyền trên sông Hồng", "chiếc nón lá ngày mưa"
HASH = hash_password(passwords.normal(MINE))
PHONE, OTHER = "dien-thoai-1", "dien-thoai-2"


@pytest.fixture
def account() -> Account:
    """In use on PHONE."""
    with transaction() as session:
        made = make_account(session, password_hash=HASH, password_set_at=clock.now(), email="nguoi.thu@example.vn")
        know_device(session, made, PHONE)
        return made


@pytest.fixture
def issued() -> tuple[Account, str]:
    with transaction() as session:
        account = make_account(session, status=AccountStatus.ISSUED)
        return account, make_attempt(session, issue_credentials(session, account, 7))


def sign_on(account: Account, password: str = MINE, device: str = PHONE) -> SignedIn | Due:
    return sign_in.sign_in(account.bhxh_code, password, device=device, kind=SessionKind.APP, address="203.0.113.9")


def signed_in(account: Account, device: str = PHONE) -> SignedIn:
    result = sign_on(account, device=device)
    assert isinstance(result, SignedIn)
    return result


def due(result: SignedIn | Due, step: Step) -> str:
    assert isinstance(result, Due)
    assert result.step is step
    return result.proof


def code_sent(account: Account) -> str:
    """The digits that the worker would have put into the newest SMS."""
    with transaction() as session:
        code = session.query(OneTimeCode).filter_by(account_id=account.id).order_by(OneTimeCode.id.desc()).first()
        assert code is not None
        return one_time.make_attempt(session, code)


def fresh(account: Account) -> Account:
    with transaction() as session:
        return session.get_one(Account, account.id)


def alarms() -> list[AlarmKind]:
    with transaction() as session:
        return [alarm.kind for alarm in session.query(Alarm).order_by(Alarm.id)]


class TestFirst:
    def test_a1_the_temporary_password_opens_nothing_but_the_choice_of_an_own_one(self, issued):
        account, temporary = issued
        proof = due(sign_on(account, temporary), Step.FIRST_PASSWORD)
        result = sign_in.choose_password(proof, NEW, NEW)
        assert isinstance(result, SignedIn)
        assert fresh(account).status is AccountStatus.ACTIVE
        assert owner.who(result.tokens.access, SessionKind.APP).account_id == account.id

    def test_a1_it_is_void_from_then_on(self, issued):
        account, temporary = issued
        sign_in.choose_password(due(sign_on(account, temporary), Step.FIRST_PASSWORD), NEW, NEW)
        with pytest.raises(InvalidInput):
            sign_on(account, temporary)
        assert isinstance(sign_on(account, NEW), SignedIn)

    def test_of_two_who_choose_at_once_one_wins(self, issued):
        account, temporary = issued
        first, second = (due(sign_on(account, temporary), Step.FIRST_PASSWORD) for _ in range(2))
        sign_in.choose_password(first, NEW, NEW)
        with pytest.raises(Unauthenticated) as refused:
            sign_in.choose_password(second, MINE, MINE)
        assert refused.value.code == "proof_over"

    def test_of_two_resets_only_the_last_leads_anywhere_whatever_was_proven_by_the_first(self, issued):
        account, first = issued
        proof = due(sign_on(account, first), Step.FIRST_PASSWORD)
        with transaction() as session:
            issue_credentials(session, session.get_one(Account, account.id), 7)
        with pytest.raises(Unauthenticated) as refused:
            sign_in.choose_password(proof, NEW, NEW)
        assert refused.value.code == "proof_over"

    def test_a_password_that_was_void_for_a_while_leads_nowhere(self, issued):
        """Locked and unlocked meanwhile: what it had proven is worth nothing."""
        account, temporary = issued
        proof = due(sign_on(account, temporary), Step.FIRST_PASSWORD)
        for act in (lambda *given: life.lock(*given, LockReason.SUSPICION), life.unlock):
            with transaction() as session:
                act(session, session.get_one(Account, account.id), SYSTEM)
        with pytest.raises(Unauthenticated):
            sign_in.choose_password(proof, NEW, NEW)

    def test_an_unfit_password_uses_nothing_up(self, issued):
        account, temporary = issued
        proof = due(sign_on(account, temporary), Step.FIRST_PASSWORD)
        with pytest.raises(InvalidInput):
            sign_in.choose_password(proof, "12345678", "12345678")
        assert isinstance(sign_in.choose_password(proof, NEW, NEW), SignedIn)

    def test_a_proof_is_good_for_ten_minutes(self, issued):
        account, temporary = issued
        proof = due(sign_on(account, temporary), Step.FIRST_PASSWORD)
        with clock.at(clock.now() + timedelta(minutes=11)), pytest.raises(Unauthenticated):
            sign_in.choose_password(proof, NEW, NEW)

    def test_a1_after_six_months_a_new_one_is_due_with_a_code(self, account):
        signed_in(account)
        with clock.at(clock.now() + timedelta(days=184)):
            proof = due(sign_on(account), Step.NEW_PASSWORD)
            sign_in.order_code(proof)
            with pytest.raises(InvalidInput):
                sign_in.choose_password(proof, NEW, NEW, "000000" if code_sent(account) != "000000" else "000001")
            assert isinstance(sign_in.choose_password(proof, NEW, NEW, code_sent(account)), SignedIn)


class TestDevice:
    def test_a3_a_second_device_needs_a_code_and_the_first_is_signed_out(self, account):
        first = signed_in(account)
        proof = due(sign_on(account, device=OTHER), Step.DEVICE)
        assert owner.who(first.tokens.access, SessionKind.APP)
        sign_in.order_code(proof)
        second = sign_in.confirm_device(proof, code_sent(account))
        assert owner.who(second.tokens.access, SessionKind.APP)
        with pytest.raises(Unauthenticated, match="thiết bị khác") as ended:
            owner.who(first.tokens.access, SessionKind.APP)
        assert ended.value.code == "session_other_device"

    def test_a3_the_first_device_of_all_needs_none(self, account):
        assert isinstance(sign_on(account), SignedIn)

    def test_a3_back_on_the_first_while_the_second_is_signed_in_needs_a_code_again(self, account):
        signed_in(account)
        proof = due(sign_on(account, device=OTHER), Step.DEVICE)
        sign_in.order_code(proof)
        second = sign_in.confirm_device(proof, code_sent(account))
        due(sign_on(account), Step.DEVICE)
        owner.sign_out(owner.who(second.tokens.access, SessionKind.APP))
        assert isinstance(sign_on(account), SignedIn)

    def test_the_same_device_again_replaces_its_own_session(self, account):
        first, second = signed_in(account), signed_in(account)
        with pytest.raises(Unauthenticated):
            owner.who(first.tokens.access, SessionKind.APP)
        assert owner.who(second.tokens.access, SessionKind.APP)

    def test_a_wrong_code_signs_nobody_in(self, account):
        signed_in(account)
        proof = due(sign_on(account, device=OTHER), Step.DEVICE)
        sign_in.order_code(proof)
        wrong = f"{(int(code_sent(account)) + 1) % 1_000_000:06d}"
        with pytest.raises(InvalidInput):
            sign_in.confirm_device(proof, wrong)

    def test_a_code_for_another_purpose_signs_nobody_in(self, account):
        here = owner.who(signed_in(account).tokens.access, SessionKind.APP)
        proof = due(sign_on(account, device=OTHER), Step.DEVICE)
        owner.order_password_code(here)
        with pytest.raises(Conflict):
            sign_in.confirm_device(proof, code_sent(account))

    def test_k10_with_a_new_phone_whoever_has_the_lost_one_is_signed_out_and_a_stranger(self, account):
        first = signed_in(account)
        with transaction() as session:
            officer = make_actor(session)
        desk_actions.correct_phone(account.id, officer, "0987000111", "yes")
        with pytest.raises(Unauthenticated, match="Số điện thoại"):
            owner.who(first.tokens.access, SessionKind.APP)
        with transaction() as session:
            assert session.query(AccountDevice).count() == 0
        due(sign_on(account), Step.DEVICE)

    def test_a_new_device_within_the_hour_after_a_reset_is_flagged(self, account):
        signed_in(account)
        with transaction() as session:
            issue_credentials(session, session.get_one(Account, account.id), 7)
            temporary = make_attempt(session, issue_credentials(session, session.get_one(Account, account.id), 7))
        proof = due(sign_on(account, temporary, OTHER), Step.DEVICE)
        sign_in.order_code(proof)
        choosing = due(sign_in.confirm_device(proof, code_sent(account)), Step.FIRST_PASSWORD)
        assert isinstance(sign_in.choose_password(choosing, NEW, NEW), SignedIn)
        assert alarms() == [AlarmKind.RESET_THEN_DEVICE]


class TestWrong:
    def wrong(self, account: Account, times: int, device: str = "la") -> None:
        for number in range(times):
            with pytest.raises(InvalidInput):
                sign_on(account, f"sai lần {number}", device)

    def test_a7_five_wrong_passwords_close_the_door_for_growing_times(self, account):
        now = clock.now()
        for closed in tries.CLOSED:
            with clock.at(now):
                self.wrong(account, tries.ROUND)
            with clock.at(now + closed - timedelta(seconds=1)), pytest.raises(TooManyRequests):
                sign_on(account, device="la")
            now += closed + timedelta(seconds=1)

    def test_a7_at_last_only_a_new_password_opens_it(self, account):
        now = clock.now()
        for closed in (*tries.CLOSED, timedelta()):
            with clock.at(now):
                self.wrong(account, tries.ROUND)
            now += closed + timedelta(seconds=1)
        with clock.at(now), pytest.raises(Conflict) as refused:
            sign_on(account, device="la")
        assert refused.value.code == "needs_reset"
        assert alarms() == [AlarmKind.GUESSED_AT]
        with clock.at(now):
            with transaction() as session:
                mine = session.get_one(Account, account.id)
                temporary = make_attempt(session, issue_credentials(session, mine, 7))
            due(sign_on(account, temporary, "la"), Step.DEVICE)

    @pytest.mark.parametrize("rounds", [1, len(tries.CLOSED) + 1])
    def test_a7_a_stranger_never_keeps_out_whoever_was_just_sent_a_password(self, issued, rounds):
        """Nobody guesses a temporary one: it passes a door that is closed for a while, or until a new password."""
        account, temporary = issued
        now = clock.now()
        for closed in (*tries.CLOSED, timedelta())[:rounds]:
            with clock.at(now):
                self.wrong(account, tries.ROUND)
            now += closed
        now -= timedelta(seconds=1)
        with clock.at(now), pytest.raises((TooManyRequests, Conflict)):
            sign_on(account, "sai", device="la")
        with clock.at(now):
            assert isinstance(sign_on(account, temporary, "la"), Due)

    def test_a7_a_stranger_never_shuts_out_a_device_the_owner_has_proven(self, account):
        signed_in(account)
        now = clock.now()
        for closed in (*tries.CLOSED, timedelta()):
            with clock.at(now):
                self.wrong(account, tries.ROUND)
            now += closed + timedelta(seconds=1)
        with clock.at(now):
            assert isinstance(sign_on(account), SignedIn)

    def test_a_right_password_forgets_the_wrong_ones(self, account):
        for _ in range(2):
            self.wrong(account, 4, PHONE)
            assert isinstance(sign_on(account), SignedIn)

    def test_a_code_without_an_account_closes_like_any_other(self, account):
        account.bhxh_code = "0999999999"
        self.wrong(account, tries.ROUND)
        with pytest.raises(TooManyRequests):
            sign_on(account)

    def test_a_locked_account_says_so_to_nobody_without_its_password(self, account):
        with transaction() as session:
            session.get_one(Account, account.id).status = AccountStatus.LOCKED
        with pytest.raises(InvalidInput, match="chưa đúng"):
            sign_on(account, "sai")
        with pytest.raises(Conflict) as refused:
            sign_on(account)
        assert refused.value.code == "account_locked"

    def test_the_same_words_for_an_unknown_code_and_a_wrong_password(self, account):
        said = []
        for code in (account.bhxh_code, "0999999999"):
            with pytest.raises(InvalidInput) as refused:
                sign_in.sign_in(code, "sai", device=PHONE, kind=SessionKind.APP, address="203.0.113.9")
            said.append((refused.value.message, refused.value.faults))
        assert said[0] == said[1]

    @pytest.mark.parametrize("issues", [0, 1])
    def test_an_unknown_code_costs_the_same_statements_and_hashes_as_a_wrong_password(
        self, account, monkeypatch, issues
    ):
        """Nobody learns by the clock which codes have an account: the work is counted, not timed."""
        with transaction() as session:
            for _ in range(issues):
                make_attempt(session, issue_credentials(session, session.get_one(Account, account.id), 7))
        hashes: list[str | None] = []
        verify = argon2.PasswordHasher.verify
        monkeypatch.setattr(argon2.PasswordHasher, "verify", lambda *given: hashes.append(given[1]) or verify(*given))
        work = []
        for code in (account.bhxh_code, "0999999999"):
            hashes.clear()
            with recording(db.engine()) as statements, pytest.raises(InvalidInput):
                sign_in.sign_in(code, "sai", device=PHONE, kind=SessionKind.APP, address="203.0.113.9")
            work.append((len(statements.statements()), len(hashes)))
        assert work[0] == work[1]
        assert min(work[0]) > 1


class TestOwner:
    @pytest.fixture
    def here(self, account) -> owner.Owner:
        return owner.who(signed_in(account).tokens.access, SessionKind.APP)

    def test_a2_changing_takes_old_new_repeat_and_a_code(self, account, here):
        owner.order_password_code(here)
        owner.change_password(here, MINE, NEW, NEW, code_sent(account))
        assert owner.information(here).bhxh_code == account.bhxh_code
        with pytest.raises(InvalidInput):
            sign_on(account, MINE)
        with transaction() as session:
            kinds = [(one.kind, one.channel) for one in session.query(Notice).filter(Notice.kind != NoticeKind.OTP)]
        assert {kind for kind, _ in kinds} == {NoticeKind.PASSWORD_CHANGED}
        assert len(kinds) == 2

    def test_a2_a_wrong_old_password_uses_up_no_code(self, account, here):
        owner.order_password_code(here)
        code = code_sent(account)
        with pytest.raises(InvalidInput) as refused:
            owner.change_password(here, "sai", NEW, NEW, code)
        assert [fault.field for fault in refused.value.faults] == ["old"]
        owner.change_password(here, MINE, NEW, NEW, code)

    def test_a1_none_of_the_last_five_is_taken_again(self, account, here):
        for number in range(passwords.KEPT + 1):
            with clock.at(clock.now() + timedelta(hours=number)), transaction() as session:
                mine = session.get_one(Account, account.id)
                passwords.keep(session, mine, hash_password(f"câu thứ {number} của tôi"))
        with transaction() as session:
            mine = session.get_one(Account, account.id)
            for number in range(1, passwords.KEPT + 1):
                with pytest.raises(InvalidInput, match="đã được dùng"):
                    passwords.read_new(session, mine, f"câu thứ {number} của tôi", f"câu thứ {number} của tôi")
            assert passwords.read_new(session, mine, "câu thứ 0 của tôi", "câu thứ 0 của tôi")

    def test_signing_out_ends_the_session_at_once(self, account, here):
        owner.sign_out(here)
        with pytest.raises(Unauthenticated):
            owner.information(here)

    def test_locking_the_account_ends_it_too(self, account, here):
        with transaction() as session:
            session.get_one(Account, account.id).status = AccountStatus.LOCKED
        with pytest.raises(Unauthenticated):
            owner.information(here)


class TestTokens:
    def test_refreshed_tokens_replace_the_old_ones(self, account):
        first = signed_in(account).tokens
        second = owner.refresh(first.refresh)
        with pytest.raises(Unauthenticated):
            owner.who(first.access, SessionKind.APP)
        assert owner.who(second.access, SessionKind.APP)

    def test_a_refresh_whose_answer_was_lost_may_be_repeated_for_a_minute(self, account):
        first = signed_in(account).tokens
        owner.refresh(first.refresh)
        assert owner.who(owner.refresh(first.refresh).access, SessionKind.APP)

    def test_one_that_was_used_up_long_ago_ends_the_session_for_both(self, account):
        first = signed_in(account).tokens
        second = owner.refresh(first.refresh)
        with clock.at(clock.now() + timedelta(minutes=2)):
            with pytest.raises(Unauthenticated) as stolen:
                owner.refresh(first.refresh)
            assert stolen.value.code == "session_stolen"
            with pytest.raises(Unauthenticated):
                owner.refresh(second.refresh)

    def test_an_access_token_is_good_for_fifteen_minutes(self, account):
        tokens = signed_in(account).tokens
        with clock.at(clock.now() + timedelta(minutes=16)), pytest.raises(Unauthenticated):
            owner.who(tokens.access, SessionKind.APP)

    def test_no_token_is_kept_in_clear(self, account):
        tokens = signed_in(account).tokens
        with transaction() as session:
            kept = repr([vars(one) for one in session.query(AccountSession)])
        assert tokens.access not in kept
        assert str(tokens.refresh) not in kept
        assert tokens.access not in repr(tokens)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("ngắn", passwords.TOO_SHORT),
        ("a" * 7, passwords.TOO_SHORT),
        ("x" * 129, passwords.TOO_LONG),
        ("12345678", passwords.COMMON),
        ("Matkhau123", passwords.COMMON),
        ("qwertyuiop", passwords.COMMON),
        ("abababab", passwords.COMMON),
        ("87654321", passwords.COMMON),
        ("Vietnam@2026", passwords.COMMON),
        ("0211223344", passwords.PERSONAL),
        ("xin 0211223344", passwords.PERSONAL),
        ("0356789012", passwords.PERSONAL),
        ("356789012a", passwords.PERSONAL),
        ("02011985", passwords.PERSONAL),
        ("sinh 020185", passwords.PERSONAL),
        ("ngày 2/1/1985", passwords.PERSONAL),
        ("tranthimau", passwords.PERSONAL),
        ("Trần Thị Mẫu 9", passwords.PERSONAL),
        ("12 chữ cái", None),
        ("trăng rằm tháng tám", None),
        ("kh0ngđ0áNra", None),
    ],
)
def test_a1_a_password_is_refused_for_being_short_common_or_personal_and_for_nothing_else(password, said):
    from datetime import date

    with transaction() as session:
        account = make_account(session, bhxh_code="0211223344", phone="0356789012", date_of_birth=date(1985, 1, 2))
        if said is None:
            assert passwords.read_new(session, account, password, password)
            return
        with pytest.raises(InvalidInput) as refused:
            passwords.read_new(session, account, password, password)
    assert refused.value.message == said
