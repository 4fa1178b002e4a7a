"""A password reset by e-mail (A5): only to a confirmed address, the same work for everybody, one use, half an hour."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func

from backoffice.accounts import email_reset, life, owner, resets, sign_in, tries
from backoffice.accounts.coming_in import Due, SignedIn
from backoffice.accounts.owner import Owner
from backoffice.kernel import clock, db, queue
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, DomainError, InvalidInput, NotFound, TooManyRequests, Unauthenticated
from backoffice.models import (
    Account,
    AccountStatus,
    Alarm,
    AlarmKind,
    LockReason,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    OneTimeCode,
    SessionKind,
    TrailEvent,
    TrailRow,
)
from backoffice.notices import doors, jobs, mailed_codes, one_time
from backoffice.rules.actors import SYSTEM
from tests.bench.recording import recording
from tests.notices.gateways import Mail, Sms
from tests.portal.owners import FIRST_PHONE, MINE, NEW, account_in_use, code_sent

pytestmark = pytest.mark.usefixtures("database")
ADDRESS = "nguoi.thu@example.vn"
PHONE = FIRST_PHONE


@pytest.fixture
def account(database: None) -> Account:
    return account_in_use(email=ADDRESS, email_confirmed=ADDRESS)


def ask(code: str) -> None:
    email_reset.request_reset(code, "203.0.113.9")


def confirm(code: str, given: str, new: str = NEW, repeat: str = NEW) -> None:
    email_reset.confirm_reset(code, given, new, repeat, PHONE, "203.0.113.9")


def asked(account: Account) -> str:
    """Ask for a code, and give the digits that the worker would have put into the letter."""
    ask(account.bhxh_code)
    return code_sent(account)


def letters() -> list[Notice]:
    with transaction() as session:
        return session.query(Notice).filter_by(kind=NoticeKind.EMAIL_RESET).order_by(Notice.id).all()


def change(account: Account, **values: object) -> None:
    with transaction() as session:
        mine = session.get_one(Account, account.id)
        for name, value in values.items():
            setattr(mine, name, value)


def sign_on(account: Account, password: str = MINE, device: str = PHONE) -> SignedIn | Due:
    return sign_in.sign_in(account.bhxh_code, password, device=device, kind=SessionKind.APP, address="203.0.113.9")


def signed_in(account: Account, device: str = PHONE) -> Owner:
    begun = sign_on(account, device=device)
    assert isinstance(begun, SignedIn)
    return owner.who(begun.tokens.access, SessionKind.APP)


def other_than(digits: str) -> str:
    return f"{(int(digits) + 1) % 10 ** len(digits):0{len(digits)}}"


class TestAsking:
    def test_a5_a_letter_with_a_masked_code_goes_to_the_confirmed_address(self, account: Account) -> None:
        ask(account.bhxh_code)
        (letter,) = letters()
        assert (letter.recipient, letter.channel, letter.lane) == (ADDRESS, NoticeChannel.EMAIL, queue.COUNTER)
        assert (letter.status, letter.account_id) == (NoticeStatus.QUEUED, account.id)
        for half in (letter.body, letter.html or ""):
            assert re.findall(r"\*+", half) == ["*" * 8]
        assert account.bhxh_code not in letter.body

    def test_a5_the_12_digit_code_is_the_same_person(self, account: Account) -> None:
        ask(account.id_number)
        assert len(letters()) == 1

    @pytest.mark.parametrize(
        "values",
        [
            {"email": None, "email_confirmed": None},
            {"email_confirmed": None},
            {"email": "khac@example.vn"},
            {"email": None},
            {"email": "", "email_confirmed": ""},
            {"status": AccountStatus.LOCKED},
            {"status": AccountStatus.ISSUED},
        ],
    )
    def test_a5_nothing_goes_to_an_address_that_is_not_confirmed(self, account: Account, values: dict) -> None:
        change(account, **values)
        ask(account.bhxh_code)
        assert letters() == []

    def test_a5_the_work_is_the_same_whether_there_is_an_account_an_address_or_neither(self, account: Account) -> None:
        bare = account_in_use()
        asked(account)
        ask("0999999998")  # statements are prepared, pools filled
        done = []
        for code in (account.bhxh_code, bare.bhxh_code, "0999999999"):
            with recording(db.engine()) as kept:
                ask(code)
            done.append([step.sql or step.mark for step in kept.steps])
        assert done[0] == done[1] == done[2]
        assert len(done[0]) > 5

    def test_a5_the_queue_is_asked_alike_too(self, account: Account) -> None:
        seen = []
        for code in ("0999999999", account.bhxh_code):
            queue.connection().flushdb()
            ask(code)
            seen.append(sorted(key.split(b":")[0] for key in queue.connection().scan_iter()))
        assert seen[0] == seen[1]
        assert b"asked" in seen[0]

    def test_a5_every_asking_is_in_the_trail(self, account: Account) -> None:
        ask(account.bhxh_code)
        ask("0999999999")
        with transaction() as session:
            rows = session.query(TrailRow).filter_by(event=TrailEvent.EMAIL_RESET).order_by(TrailRow.id).all()
        assert [(row.account_id, row.facts) for row in rows] == [
            (account.id, {"what": "letter"}),
            (None, {"what": "none"}),
        ]
        assert rows[0].subject_hash != rows[1].subject_hash

    def test_an_account_gets_three_letters_an_hour(self, account: Account) -> None:
        for _ in range(mailed_codes.MOST_ORDERED + 1):
            ask(account.bhxh_code)
        assert len(letters()) == mailed_codes.MOST_ORDERED
        with clock.at(clock.now() + timedelta(hours=1, seconds=1)):
            ask(account.bhxh_code)
        assert len(letters()) == mailed_codes.MOST_ORDERED + 1

    @pytest.mark.parametrize("known", [True, False])
    def test_a_code_may_be_asked_for_so_often_whether_it_has_an_account_or_not(
        self, account: Account, known: bool
    ) -> None:
        code = account.bhxh_code if known else "0999999999"
        for _ in range(email_reset.ASKED.most):
            ask(code)
        with pytest.raises(TooManyRequests, match="Mã số BHXH này"):
            ask(code)

    def test_one_address_may_ask_so_often(self) -> None:
        for number in range(email_reset.FROM_ADDRESS):
            ask(f"09999{number:05d}")
        with pytest.raises(TooManyRequests, match="mạng này"):
            ask("0888888888")

    def test_a_stranger_who_asks_costs_the_owner_no_code_by_sms(self, account: Account) -> None:
        for _ in range(3):
            ask(account.bhxh_code)
        here = signed_in(account)
        for _ in range(one_time.MOST_ORDERED):
            owner.order_password_code(here)
        with transaction() as session:
            assert session.query(Notice).filter_by(kind=NoticeKind.OTP).count() == one_time.MOST_ORDERED

    def test_after_three_resets_in_a_week_there_is_no_letter_any_more(self, account: Account) -> None:
        for number in range(resets.MOST):
            with clock.at(clock.now() + timedelta(hours=2 * number)):
                confirm(account.bhxh_code, asked(account), new := f"{NEW} {number}", new)
        with clock.at(clock.now() + timedelta(days=1)):
            ask(account.bhxh_code)
            assert len(letters()) == resets.MOST

    def test_what_is_no_code_at_all_is_said(self) -> None:
        with pytest.raises(InvalidInput) as refused:
            ask("123")
        assert [fault.field for fault in refused.value.faults] == ["bhxh_code"]


class TestSending:
    @pytest.fixture
    def mail(self) -> Mail:
        return Mail()

    @pytest.fixture
    def drain(self, mail: Mail) -> Callable[[], None]:
        def run() -> None:
            doors.use(doors.Doors((Sms(),), mail))
            try:
                jobs.drain_counter()
            finally:
                doors.use(None)

        return run

    def test_a5_the_worker_puts_the_code_into_text_and_html(
        self, account: Account, mail: Mail, drain: Callable[[], None]
    ) -> None:
        ask(account.bhxh_code)
        drain()
        ((_, letter),) = mail.sent
        (code,) = re.findall(r"\b\d{8}\b", letter.text)
        assert code in (letter.html or "")
        assert letter.to == ADDRESS
        confirm(account.bhxh_code, code)
        assert isinstance(sign_on(account, NEW), SignedIn)

    def test_a5_a_letter_whose_code_has_a_newer_one_is_not_sent(
        self, account: Account, mail: Mail, drain: Callable[[], None]
    ) -> None:
        ask(account.bhxh_code)
        ask(account.bhxh_code)
        drain()
        assert len(mail.sent) == 1
        assert [letter.status for letter in letters()].count(NoticeStatus.CANCELLED) == 1

    def test_a5_one_that_is_late_by_half_an_hour_is_not_sent(
        self, account: Account, mail: Mail, drain: Callable[[], None]
    ) -> None:
        ask(account.bhxh_code)
        with clock.at(clock.now() + mailed_codes.VALID):
            drain()
        assert mail.sent == []


class TestConfirming:
    def test_a5_the_code_sets_the_password_ends_every_session_and_tells_the_owner(self, account: Account) -> None:
        here = signed_in(account)
        confirm(account.bhxh_code, asked(account))
        with pytest.raises(Unauthenticated):
            owner.information(here)
        with pytest.raises(InvalidInput):
            sign_on(account, MINE)
        assert isinstance(sign_on(account, NEW), SignedIn)
        with transaction() as session:
            told = session.query(Notice.channel).filter_by(kind=NoticeKind.PASSWORD_CHANGED)
            assert {channel for (channel,) in told} == {NoticeChannel.SMS, NoticeChannel.EMAIL}

    def test_a5_it_is_a_reset_of_the_trail_and_says_whether_the_device_is_known(self, account: Account) -> None:
        signed_in(account)
        confirm(account.bhxh_code, asked(account))
        with transaction() as session:
            row = session.query(TrailRow).filter_by(event=TrailEvent.RESET).one()
        assert row.facts == {"what": "done", "place": "email", "known_device": True}

    def test_a5_a_new_device_within_the_hour_after_it_is_flagged(self, account: Account) -> None:
        signed_in(account)
        confirm(account.bhxh_code, asked(account))
        due = sign_on(account, NEW, "thiet-bi-la")
        assert isinstance(due, Due), "it takes the phone as well (A3)"
        sign_in.order_code(due.proof)
        sign_in.confirm_device(due.proof, code_sent(account))
        with transaction() as session:
            assert [one.kind for one in session.query(Alarm)] == [AlarmKind.RESET_THEN_DEVICE]

    def test_a5_every_failure_is_said_in_the_same_words(self, account: Account) -> None:
        used = asked(account)
        confirm(account.bhxh_code, used)
        late, elsewhere, moved = (account_in_use(email=ADDRESS, email_confirmed=ADDRESS) for _ in range(3))
        late_code, moved_code = asked(late), asked(moved)
        change(moved, email="khac@example.vn")
        wrong = other_than(asked(elsewhere))
        now = clock.now()
        tries: list[tuple[str, str, timedelta]] = [
            (account.bhxh_code, used, timedelta()),
            (late.bhxh_code, late_code, mailed_codes.VALID),
            (elsewhere.bhxh_code, wrong, timedelta()),
            (elsewhere.bhxh_code, late_code, timedelta()),
            (elsewhere.bhxh_code, "", timedelta()),
            (elsewhere.bhxh_code, "chữ", timedelta()),
            (moved.bhxh_code, moved_code, timedelta()),
            ("0999999999", used, timedelta()),
        ]
        said = set()
        for code, given, later in tries:
            with clock.at(now + later), pytest.raises(DomainError) as refused:
                confirm(code, given, "yếu", "không giống")
            assert isinstance(refused.value, InvalidInput)
            said.add((refused.value.message, refused.value.faults))
        assert len(said) == 1

    def test_a5_five_wrong_tries_void_it(self, account: Account) -> None:
        code = asked(account)
        for _ in range(one_time.MOST_WRONG):
            with pytest.raises(InvalidInput):
                confirm(account.bhxh_code, other_than(code))
        with pytest.raises(InvalidInput):
            confirm(account.bhxh_code, code)

    def test_a5_an_older_code_does_not_fit_any_more(self, account: Account) -> None:
        older, newer = asked(account), asked(account)
        with pytest.raises(InvalidInput):
            confirm(account.bhxh_code, older)
        confirm(account.bhxh_code, newer)

    def test_a5_an_unfit_password_is_told_to_who_has_the_code_and_uses_it_not_up(self, account: Account) -> None:
        code = asked(account)
        for new in ("ngắn", account.phone, MINE):
            with pytest.raises(InvalidInput) as refused:
                confirm(account.bhxh_code, code, new, new)
            assert [fault.field for fault in refused.value.faults] == ["new"]
        confirm(account.bhxh_code, f" {code[:4]} {code[4:]} ")

    def test_a5_the_work_of_a_failure_is_the_same_for_everybody(self, account: Account) -> None:
        asked(account)
        bare = account_in_use()
        done = []
        for code in ("0999999998", account.bhxh_code, bare.bhxh_code, "0999999999"):
            with recording(db.engine()) as kept, pytest.raises(InvalidInput):
                confirm(code, "12345678")
            done.append([step.sql or step.mark for step in kept.steps])
        assert done[1] == done[2] == done[3]

    def test_a5_locking_the_account_voids_the_code(self, account: Account) -> None:
        code = asked(account)
        with transaction() as session:
            mine = session.get_one(Account, account.id)
            life.lock(session, mine, SYSTEM, LockReason.SUSPICION)
            life.unlock(session, mine, SYSTEM)
        with pytest.raises(InvalidInput):
            confirm(account.bhxh_code, code)

    def test_a7_it_opens_the_door_that_wrong_passwords_have_shut(self, account: Account) -> None:
        now = clock.now()
        for closed in (*tries.CLOSED, timedelta()):
            with clock.at(now):
                for number in range(tries.ROUND):
                    with pytest.raises(InvalidInput):
                        sign_on(account, f"sai lần {number}", "thiet-bi-la")
            now += closed + timedelta(seconds=1)
        with clock.at(now):
            with pytest.raises(Conflict):
                sign_on(account, MINE, "thiet-bi-la")
            confirm(account.bhxh_code, asked(account))
            assert isinstance(sign_on(account, NEW, "thiet-bi-la"), Due)

    def test_a5_a_code_of_a_phone_resets_nothing(self, account: Account) -> None:
        here = signed_in(account)
        owner.order_password_code(here)
        with pytest.raises(InvalidInput):
            confirm(account.bhxh_code, code_sent(account))

    def test_10000_guesses_from_10000_addresses_look_at_few(self, account: Account) -> None:
        asked(account)
        refused = {InvalidInput: 0, TooManyRequests: 0}
        for number in range(10_000):
            address = f"10.0.{number // 250}.{number % 250}"
            try:
                email_reset.confirm_reset(account.bhxh_code, f"{number:08}", NEW, NEW, PHONE, address)
            except (InvalidInput, TooManyRequests) as error:
                refused[type(error)] += 1
        assert refused == {InvalidInput: email_reset.TRIED.most, TooManyRequests: 10_000 - email_reset.TRIED.most}
        with transaction() as session:
            assert session.query(func.sum(OneTimeCode.wrong)).scalar() == one_time.MOST_WRONG


class TestConfirmingAnAddress:
    @pytest.fixture
    def account(self, database: None) -> Account:
        return account_in_use(email=ADDRESS)

    def confirmed(self, account: Account) -> str | None:
        with transaction() as session:
            return session.get_one(Account, account.id).email_confirmed

    def link(self, account: Account) -> str:
        """The token in the newest letter."""
        with transaction() as session:
            letter = session.query(Notice).filter_by(kind=NoticeKind.EMAIL_CONFIRM).order_by(Notice.id.desc()).first()
            assert letter is not None
            (token,) = re.findall(r"http://localhost/account/email/([\w-]+)\s", letter.body)
            assert f'href="http://localhost/account/email/{token}"' in (letter.html or "")
            return str(token)

    def test_a5_the_link_confirms_the_address_and_nothing_else_does(self, account: Account) -> None:
        email_reset.send_link(signed_in(account))
        assert self.confirmed(account) is None
        ask(account.bhxh_code)
        assert letters() == []
        email_reset.confirm(self.link(account))
        assert self.confirmed(account) == ADDRESS
        ask(account.bhxh_code)
        assert len(letters()) == 1

    def test_a5_the_token_says_nothing_of_the_person(self, account: Account) -> None:
        email_reset.send_link(signed_in(account))
        raw = base64.urlsafe_b64decode(self.link(account) + "=")
        for personal in (ADDRESS, account.bhxh_code, account.phone, account.id_number):
            assert personal.encode() not in raw

    def test_a5_it_is_good_to_the_end_of_the_seventh_day(self, account: Account) -> None:
        email_reset.send_link(signed_in(account))
        token = self.link(account)
        last = clock.end_of_day(clock.today() + timedelta(days=7))
        with clock.at(last + timedelta(seconds=1)), pytest.raises(NotFound):
            email_reset.confirm(token)
        assert self.confirmed(account) is None
        with clock.at(last):
            email_reset.confirm(token)
            email_reset.confirm(token)
        assert self.confirmed(account) == ADDRESS

    @pytest.mark.parametrize(
        "values", [{"email": "khac@example.vn"}, {"email": None}, {"status": AccountStatus.LOCKED}]
    )
    def test_a5_of_another_address_or_a_locked_account_it_confirms_nothing(
        self, account: Account, values: dict
    ) -> None:
        email_reset.send_link(signed_in(account))
        change(account, **values)
        with pytest.raises(NotFound):
            email_reset.confirm(self.link(account))
        assert self.confirmed(account) is None

    def test_a5_a_forged_one_confirms_nothing(self, account: Account) -> None:
        token = email_reset.token_for(account, clock.today())
        forged = [token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :] for place in range(58)]
        for bad in ("", "x", "é", "\x00", token[:-1], token + "AAAA", token * 100, *forged):
            with pytest.raises(NotFound):
                email_reset.confirm(bad)
        assert self.confirmed(account) is None

    def test_a5_a_token_of_one_account_serves_no_other(self, account: Account) -> None:
        twin = account_in_use(email=ADDRESS)
        email_reset.confirm(email_reset.token_for(twin, clock.today()))
        assert self.confirmed(account) is None

    def test_three_letters_a_day(self, account: Account) -> None:
        here = signed_in(account)
        for _ in range(email_reset.MOST_LINKS):
            email_reset.send_link(here)
        with pytest.raises(TooManyRequests):
            email_reset.send_link(here)

    def test_without_an_address_or_with_one_that_is_confirmed_there_is_nothing_to_do(self, account: Account) -> None:
        here = signed_in(account)
        change(account, email_confirmed=ADDRESS)
        with pytest.raises(Conflict) as refused:
            email_reset.send_link(here)
        assert refused.value.code == "email_confirmed"
        change(account, email=None)
        with pytest.raises(Conflict) as refused:
            email_reset.send_link(here)
        assert refused.value.code == "no_email"
