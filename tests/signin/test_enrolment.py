"""Taking an authenticator, and the recovery codes that stand for it once each (issue 7, point 2; RFC 6238)."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from backoffice.kernel.db import transaction
from backoffice.kernel.errors import DomainError, InvalidInput, TooManyRequests
from backoffice.models import Officer, RecoveryCode, Role, TrailEvent
from backoffice.signin import actions, enrolment, entry, recovery, totp
from tests.factories import PASSWORD
from tests.signin.browser import form_token, post
from tests.signin.helpers import a_link, after, an_officer, digits, ends, enter, taken, trail, with_authenticator

CODE = re.compile(r"<li>[2-9a-z]{5}-[2-9a-z]{5}</li>")
pytestmark = pytest.mark.usefixtures("in_production")


@pytest.fixture
def minh() -> Officer:
    return an_officer("minh", role=Role.SUPERVISOR)


def proposal_for(username: str = "minh") -> str:
    due = actions.sign_in(username, PASSWORD)
    assert isinstance(due, entry.EnrolmentDue)
    return due.proposal


def enrolled(username: str = "minh") -> tuple[str, ...]:
    """Take an authenticator as the sign-in demands; the recovery codes."""
    proposal = proposal_for(username)
    return actions.enrol(proposal, digits(taken(proposal))).codes


def refusal_of(proposal: str, code: str) -> DomainError:
    with pytest.raises(DomainError) as refused:
        actions.enrol(proposal, code)
    return refused.value


def wrong_for(code: str) -> str:
    return "000000" if code != "000000" else "000001"


def test_the_digits_of_the_proposed_secret_begin_the_session(minh: Officer):
    with after():
        proposal = proposal_for()
        result = actions.enrol(proposal, digits(taken(proposal)))
    assert result.actor.id == minh.id
    assert ends() == [None]
    assert [row.event for row in trail(TrailEvent.TOTP_ENROLLED, TrailEvent.RECOVERY_CODES)] == [
        TrailEvent.TOTP_ENROLLED,
        TrailEvent.RECOVERY_CODES,
    ]


def test_nothing_counts_before_the_digits_were_given(minh: Officer):
    proposal_for()
    with transaction() as session:
        assert session.scalars(select(Officer.totp_secret)).one() is None
    assert ends() == []


def test_wrong_digits_change_nothing_and_the_same_secret_goes_on(minh: Officer):
    with after():
        proposal = proposal_for()
        right = digits(taken(proposal))
        assert refusal_of(proposal, wrong_for(right)).message == enrolment.WRONG
        assert actions.enrol(proposal, right)


@pytest.mark.parametrize("code", ["", "x" * 10_000, "\x00", "１２３４５６", "đđđđđđ", "12345"])
def test_what_cannot_be_digits_is_refused_alike(minh: Officer, code: str):
    assert refusal_of(proposal_for(), code).message == enrolment.WRONG


def test_the_digits_that_took_it_do_not_let_in_once_more(minh: Officer):
    with after():
        proposal = proposal_for()
        code = digits(taken(proposal))
        actions.enrol(proposal, code)
        with pytest.raises(InvalidInput, match="Mã xác thực chưa đúng"):
            actions.sign_in("minh", PASSWORD, code)


def test_a_proposal_lasts_for_ten_minutes(minh: Officer):
    with after():
        proposal = proposal_for()
    with after(minutes=10, seconds=1):
        assert refusal_of(proposal, digits(taken_at_start(proposal))).message == enrolment.OVER


def taken_at_start(proposal: str):
    with after():
        return taken(proposal)


def test_a_stolen_proposal_is_void_once_the_officer_has_an_authenticator(minh: Officer):
    with after():
        stolen, own = proposal_for(), proposal_for()
        actions.enrol(own, digits(taken(own)))
        assert refusal_of(stolen, digits(taken(stolen))).message == enrolment.OVER
        assert refusal_of(own, digits(taken(own))).message == enrolment.OVER
    assert ends() == [None]


def test_of_two_who_take_one_at_once_one_wins(minh: Officer):
    proposals = [proposal_for() for _ in range(4)]

    def tried(proposal: str) -> bool:
        try:
            return bool(actions.enrol(proposal, digits(taken(proposal))))
        except InvalidInput:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(tried, proposals)).count(True) == 1
    with transaction() as session:
        assert len(session.scalars(select(RecoveryCode)).all()) == recovery.NUMBER


def test_a_new_password_or_a_disabled_officer_voids_the_proposal(minh: Officer):
    with after():
        proposal = proposal_for()
        with transaction() as session:
            session.get_one(Officer, minh.id).password_hash = "another"
        assert refusal_of(proposal, digits(taken(proposal))).message == enrolment.OVER
    with after():
        with transaction() as session:
            officer = session.get_one(Officer, minh.id)
            officer.password_hash, officer.disabled_at = minh.password_hash, minh.created_at
        assert refusal_of(proposal, digits(taken(proposal))).message == enrolment.OVER


def test_the_proof_of_a_password_is_no_proposal_and_the_other_way_round(minh: Officer):
    with_authenticator("lan")
    due = actions.sign_in("lan", PASSWORD)
    assert isinstance(due, entry.TotpDue)
    assert refusal_of(due.proof, "123456").message == enrolment.OVER
    with pytest.raises(InvalidInput):
        actions.confirm_totp(proposal_for(), "123456")
    assert ends() == []


@pytest.mark.parametrize("proposal", ["", "AAAA", "đ", "A" * 400])
def test_an_invented_proposal_opens_nothing(proposal: str):
    assert refusal_of(proposal, "123456").message == enrolment.OVER


def test_wrong_digits_count_as_failures(minh: Officer):
    with after():
        proposal = proposal_for()
        right = digits(taken(proposal))
        for _ in range(10):
            assert isinstance(refusal_of(proposal, wrong_for(right)), InvalidInput)
        assert isinstance(refusal_of(proposal, right), TooManyRequests)


def test_an_authenticator_that_was_forgotten_is_asked_for_anew_and_its_codes_are_dead(minh: Officer):
    codes = enrolled()
    with transaction() as session:
        totp.forget(session, session.get_one(Officer, minh.id))
    assert isinstance(actions.sign_in("minh", PASSWORD, codes[0]), entry.EnrolmentDue)


def test_neither_secret_nor_codes_rest_in_clear(minh: Officer):
    with after():
        proposal = proposal_for()
        codes = actions.enrol(proposal, digits(taken(proposal))).codes
        secret = taken(proposal).secret
    with transaction() as session:
        kept = [
            str(row)
            for name in ("officers", "recovery_codes", "trail", "officer_sessions")
            for row in session.execute(text(f"SELECT to_jsonb(t)::text FROM {name} t"))
        ]
    assert len(kept) > recovery.NUMBER
    clear = [secret, *codes, *(code.replace("-", "") for code in codes)]
    assert not [row for row in kept if any(one in row for one in clear)]


class TestRecoveryCodes:
    """Each of ten stands once for the six digits."""

    def test_ten_different_ones_are_told(self, minh: Officer):
        assert len(set(enrolled())) == 10

    def test_each_lets_in_once(self, minh: Officer):
        code = enrolled()[3]
        assert enter("minh", code=code)
        with pytest.raises(InvalidInput, match="Mã xác thực chưa đúng"):
            actions.sign_in("minh", PASSWORD, code)
        assert [row.facts["left"] for row in trail(TrailEvent.RECOVERY_CODE_USED)] == [9]

    def test_it_may_be_typed_in_capitals_and_with_blanks(self, minh: Officer):
        assert enter("minh", code=f"  {enrolled()[0].upper().replace('-', ' - ')} ")

    def test_it_answers_the_second_step(self, minh: Officer):
        code = enrolled()[0]
        due = actions.sign_in("minh", PASSWORD)
        assert isinstance(due, entry.TotpDue)
        assert actions.confirm_totp(due.proof, code).actor.username == "minh"

    def test_one_code_sent_twice_at_once_opens_one_session(self, minh: Officer):
        code = enrolled()[0]

        def tried(_: int) -> bool:
            try:
                return bool(enter("minh", code=code))
            except InvalidInput:
                return False

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(tried, range(4))).count(True) == 1

    def test_it_is_its_officers_alone(self, minh: Officer):
        an_officer("hoa", role=Role.SUPERVISOR)
        codes = enrolled("minh")
        enrolled("hoa")
        with pytest.raises(InvalidInput):
            actions.sign_in("hoa", PASSWORD, codes[0])

    def test_without_the_password_it_opens_nothing(self, minh: Officer):
        code = enrolled()[0]
        with pytest.raises(InvalidInput, match="Tên đăng nhập hoặc mật khẩu"):
            actions.sign_in("minh", "sai", code)
        assert enter("minh", code=code)

    def test_guessing_them_counts_as_failures(self, minh: Officer):
        code = enrolled()[0]
        for _ in range(10):
            with pytest.raises(InvalidInput):
                actions.sign_in("minh", PASSWORD, "aaaaa-aaaaa")
        with pytest.raises(TooManyRequests):
            actions.sign_in("minh", PASSWORD, code)

    def test_who_has_few_left_is_told(self, minh: Officer):
        codes = enrolled()
        assert [enter("minh", code=code).codes_left for code in codes] == [*[None] * 6, 3, 2, 1, 0]


class TestPages:
    """/login/authenticator, as a browser meets it."""

    def fill(self, client: FlaskClient) -> None:
        assert post(client, "/login", {"username": "minh", "password": PASSWORD, "next": "/desk"}).location == (
            "/login/authenticator"
        )

    def proposal_of(self, client: FlaskClient) -> str:
        with client.session_transaction() as kept:
            return str(kept["totp_proposal"])

    def test_it_shows_a_qr_and_the_secret_and_lets_in_with_the_codes(self, client: FlaskClient, minh: Officer):
        token = form_token(client)
        post(client, "/login", {"username": "minh", "password": PASSWORD, "next": "/desk"}, token=token)
        page = client.get("/login/authenticator").text
        authenticator = taken(self.proposal_of(client))
        assert 'src="data:image/svg+xml;base64,' in page
        assert enrolment.read(self.proposal_of(client)).groups in page
        done = post(client, "/login/authenticator", {"totp": authenticator.now()}, token=token)
        assert done.status_code == 200
        with transaction() as session:
            assert len(session.scalars(select(RecoveryCode)).all()) == len(CODE.findall(done.text))
        assert 'href="/desk"' in done.text
        assert client.get("/desk").status_code == 200

    def test_opened_again_it_shows_the_same_secret(self, client: FlaskClient, minh: Officer):
        self.fill(client)
        groups = enrolment.read(self.proposal_of(client)).groups
        assert all(groups in client.get("/login/authenticator").text for _ in range(2))

    @pytest.mark.parametrize("path", ["/desk", "/", "/me", "/me/authenticator", "/offices"])
    def test_there_is_no_way_round_it(self, client: FlaskClient, minh: Officer, path: str):
        self.fill(client)
        assert (client.get(path).location or "").startswith("/login")
        assert ends() == []

    def test_without_the_password_it_leads_to_the_sign_in_form(self, client: FlaskClient):
        for answer in (client.get("/login/authenticator"), post(client, "/login/authenticator", {"totp": "123456"})):
            assert answer.status_code == 422
            assert 'name="password"' in answer.text

    def test_wrong_digits_show_the_same_secret_again(self, client: FlaskClient, minh: Officer):
        token = form_token(client)
        post(client, "/login", {"username": "minh", "password": PASSWORD}, token=token)
        groups = enrolment.read(self.proposal_of(client)).groups
        answer = post(client, "/login/authenticator", {"totp": "abc"}, token=token)
        assert (answer.status_code, groups in answer.text, enrolment.WRONG in answer.text) == (422, True, True)

    def test_too_many_wrong_digits_are_told_with_the_time_to_wait(self, client: FlaskClient, minh: Officer):
        token = form_token(client)
        post(client, "/login", {"username": "minh", "password": PASSWORD}, token=token)
        statuses = [post(client, "/login/authenticator", {"totp": "abc"}, token=token).status_code for _ in range(11)]
        assert statuses == [422] * 10 + [429]
        again = post(client, "/login/authenticator", {"totp": "abc"}, token=token)
        assert 0 < int(again.headers["Retry-After"]) <= 300

    def test_too_many_wrong_recovery_codes_are_told_too(self, client: FlaskClient, minh: Officer):
        code = enrolled()[0]
        token = form_token(client)
        statuses = [
            post(client, "/login", {"username": "minh", "password": PASSWORD, "totp": "aaaaa-aaaaa"}, token=token)
            for _ in range(10)
        ]
        assert {answer.status_code for answer in statuses} == {422}
        last = post(client, "/login", {"username": "minh", "password": PASSWORD, "totp": code}, token=token)
        assert last.status_code == 429

    def test_the_dialog_over_a_page_begins_no_session_by_the_password_alone(self, client: FlaskClient):
        officer = an_officer("lan", role=Role.RECEPTION)
        with after():
            post(client, "/login", {"username": "lan", "password": PASSWORD})
        with transaction() as session:
            session.get_one(Officer, officer.id).role = Role.SUPERVISOR
        with after(hours=12):
            answer = post(client, "/unlock", {"username": "lan", "password": PASSWORD}, htmx=True)
        assert answer.status_code == 401

    def test_a_link_leads_there_too_and_begins_nothing_before(self, client: FlaskClient, minh: Officer):
        new = "năm con trâu đọc sách"
        where = f"/link/{a_link(minh)}"
        assert post(client, where, {"new": new, "repeat": new}).location == "/login/authenticator"
        assert client.get("/login/authenticator").status_code == 200
        assert ends() == []
