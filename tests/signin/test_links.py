"""One-time links: who chooses a password by one, how often, and what it leads to (issue 7, point 2)."""

from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput
from backoffice.models import Officer, Role, TrailEvent
from backoffice.signin import actions, entry, links, passwords, redeeming, sessions
from tests.factories import PASSWORD
from tests.signin.browser import come_in, form_token, post
from tests.signin.helpers import a_link, after, an_officer, digits, ends, enter, trail, with_authenticator

NEW = "năm con trâu đọc sách"


def use(token: str, password: str = NEW, repeat: str | None = None) -> entry.Outcome:
    return redeeming.redeem(token, password, password if repeat is None else repeat)


def is_over(token: str) -> bool:
    try:
        redeeming.whose(token)
    except redeeming.LinkOver:
        return True
    return False


def test_a_link_sets_the_password_and_lets_its_officer_in():
    lan = an_officer("lan")
    result = use(a_link(lan))
    assert isinstance(result, entry.SignInResult)
    assert sessions.resume(result.token, is_input=False) is not None
    assert enter("lan", NEW)
    with pytest.raises(InvalidInput):
        actions.sign_in("lan", PASSWORD)
    assert [row.facts for row in trail(TrailEvent.OFFICER_LINK_USED)] == [{"officer_id": lan.id}]


def test_looking_at_a_link_uses_nothing_up():
    token = a_link(an_officer("lan"))
    assert [redeeming.whose(token) for _ in range(3)] == ["lan"] * 3
    assert use(token)


def test_a_link_is_used_once():
    token = a_link(an_officer("lan"))
    use(token)
    assert is_over(token)
    with pytest.raises(redeeming.LinkOver):
        use(token, "một mật khẩu khác nữa")
    assert enter("lan", NEW)


def test_of_two_who_use_a_link_at_once_one_wins():
    token = a_link(an_officer("lan"))

    def tried(number: int) -> str | None:
        password = f"năm con trâu số {number}"
        try:
            use(token, password)
        except redeeming.LinkOver:
            return None
        return password

    with ThreadPoolExecutor(4) as pool:
        won = list(filter(None, pool.map(tried, range(4))))
    assert len(won) == 1
    assert enter("lan", won[0])


def test_a_link_lasts_for_24_hours():
    lan = an_officer("lan")
    with after():
        token = a_link(lan)
    with after(hours=23, minutes=59):
        assert not is_over(token)
    with after(hours=24):
        assert is_over(token)


def test_a_newer_link_ends_the_earlier_one_and_no_other_officers():
    lan, minh = an_officer("lan"), an_officer("minh")
    first, other = a_link(lan), a_link(minh)
    second = a_link(lan)
    assert (is_over(first), is_over(second), is_over(other)) == (True, False, False)


def test_a_disabled_officers_link_leads_nowhere():
    lan = an_officer("lan")
    token = a_link(lan)
    with transaction() as session:
        session.get_one(Officer, lan.id).disabled_at = lan.created_at
    assert is_over(token)
    with pytest.raises(redeeming.LinkOver):
        use(token)


def test_only_the_hash_of_a_link_is_kept():
    token = a_link(an_officer("lan"))
    use(token)
    with transaction() as session:
        kept = [
            str(row)
            for name in ("officer_links", "officers", "trail")
            for row in session.execute(text(f"SELECT to_jsonb(t)::text FROM {name} t"))
        ]
    assert kept
    assert not [row for row in kept if token in row or NEW in row]


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("ngắn quá", passwords.LENGTH),
        ("x" * 201, passwords.LENGTH),
        ("\u1ead\u0323" * 5000, passwords.LENGTH),
        ("lan rất yêu việc", passwords.GUESSED),
        ("LAN-rat-yeu-viec", passwords.GUESSED),
        ("abababababab", passwords.GUESSED),
        ("Password123456", passwords.GUESSED),
        ("qwertyuiopqwerty", passwords.GUESSED),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused_and_the_link_lives(password: str, fault: str):
    token = a_link(an_officer("lan"))
    with pytest.raises(InvalidInput) as refused:
        use(token, password)
    assert [(one.field, one.message) for one in refused.value.faults] == [("new", fault)]
    assert not is_over(token)


def test_both_times_the_same_password_however_the_keyboard_composes_it():
    token = a_link(an_officer("lan"))
    with pytest.raises(InvalidInput) as refused:
        use(token, NEW, NEW + ".")
    assert [one.field for one in refused.value.faults] == ["repeat"]
    assert use(token, unicodedata.normalize("NFC", NEW), unicodedata.normalize("NFD", NEW))


def test_what_was_open_with_the_former_password_ends():
    lan = an_officer("lan")
    enter("lan")
    use(a_link(lan))
    assert ends() == ["password_set", None]


def test_a_link_does_not_stand_for_the_six_digits():
    authenticator = with_authenticator("minh")
    with transaction() as session:
        minh = session.scalars(select(Officer)).one()
    due = use(a_link(minh))
    assert isinstance(due, entry.TotpDue)
    assert ends() == []
    with after():
        assert actions.confirm_totp(due.proof, digits(authenticator))


def test_in_production_a_link_leads_a_supervisor_to_take_an_authenticator(in_production: None):
    due = use(a_link(an_officer("minh", role=Role.SUPERVISOR)))
    assert isinstance(due, entry.EnrolmentDue)
    assert ends() == []


class TestPage:
    """GET and POST /link/<token>, as a browser meets them."""

    def test_it_names_the_user_and_lets_in(self, client: FlaskClient):
        where = links.path_of(a_link(an_officer("lan")))
        page = client.get(where)
        assert (page.status_code, ">lan<" in page.text) == (200, True)
        assert post(client, where, {"new": NEW, "repeat": NEW}).location == "/"
        assert client.get("/desk").status_code == 200

    def test_no_other_page_learns_its_address_and_nothing_keeps_it(self, client: FlaskClient):
        where = links.path_of(a_link(an_officer("lan")))
        for answer in (client.get(where), post(client, where, {"new": "a", "repeat": "a"})):
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"

    def test_a_fault_is_told_beside_its_field_and_no_password_comes_back(self, client: FlaskClient):
        where = links.path_of(a_link(an_officer("lan")))
        answer = post(client, where, {"new": NEW, "repeat": "khác hẳn"})
        assert answer.status_code == 422
        assert passwords.REPEAT in answer.text
        assert NEW not in answer.text

    @pytest.mark.parametrize("token", ["x", "a" * 3000, "%00", "%ff", "đ", "' OR 1=1"])
    def test_an_invented_link_says_whom_to_ask(self, client: FlaskClient, token: str):
        answer = client.get(links.path_of(token))
        assert answer.status_code == 410
        assert "Xin liên hệ người quản trị của đơn vị để nhận liên kết mới." in answer.text
        assert post(client, links.path_of(token), {"new": NEW, "repeat": NEW}).status_code == 410

    def test_a_form_without_its_token_is_refused_and_uses_nothing_up(self, client: FlaskClient):
        token = a_link(an_officer("lan"))
        assert client.post(links.path_of(token), data={"new": NEW, "repeat": NEW}).status_code == 400
        assert not is_over(token)

    def test_a_form_of_nothing_and_one_without_end_are_refused(self, client: FlaskClient):
        where = links.path_of(a_link(an_officer("lan")))
        assert post(client, where).status_code == 422
        assert post(client, where, {"new": "a\u0301" * 50_000, "repeat": "\x00"}).status_code == 422

    def test_it_ends_the_session_of_whoever_was_signed_in_here(self, client: FlaskClient):
        an_officer("lan")
        come_in(client)
        where = links.path_of(a_link(an_officer("minh")))
        token = form_token(client)
        post(client, where, {"new": NEW, "repeat": NEW}, token=token)
        assert ends() == ["switch", None]
        assert "minh" in client.get("/me").text

    def test_asked_without_end_it_pauses_for_that_address(self, client: FlaskClient):
        answers = {client.get(links.path_of("x")).status_code for _ in range(61)}
        assert answers == {410, 429}
