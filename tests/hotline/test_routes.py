"""The agent's screen as a browser gets it; what is nowhere on it (A4, A7)."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from backoffice.accounts.resets import MOST, TOO_MANY
from backoffice.config import ROOT
from backoffice.hotline.gate import NO_MATCH
from backoffice.kernel.db import transaction
from backoffice.models import Alarm, AlarmKind, Role
from tests.factories import make_office, make_officer
from tests.hotline.conftest import NAME, STRANGERS_PHONE, Caller, alarms, messages
from tests.signin.browser import let_in, post

BOXES = re.compile(r"<(?:input|textarea|select)\b[^>]*>|ui\.(?:field|area|tick)\((?:[^()]|\([^()]*\))*\)", re.I | re.S)
OF_A_CODE = re.compile(r"otp|one-time|mã xác (?:thực|nhận)|mật khẩu|password", re.I)
HINT = re.compile(r"""hint=(?:'[^']*'|"[^"]*")""")
"""A hint may speak of what the box is not for."""
TEMPLATES = sorted(path for room in ("desk", "hotline") for path in (ROOT / "templates" / room).glob("*.html"))


def boxes_of_secrets(source: str) -> list[str]:
    return [box for box in BOXES.findall(source) if OF_A_CODE.search(HINT.sub("", box))]


def signed_in(client: FlaskClient, role: Role, office: str = "000") -> FlaskClient:
    with transaction() as session:
        make_officer(session, "lan", role=role, office=make_office(session, office))
    return let_in(client, "lan")


@pytest.fixture
def browser(client: FlaskClient) -> FlaskClient:
    return signed_in(client, Role.HOTLINE)


def sealed(page: str) -> str:
    found = re.search(r'name="pass" value="([^"]+)"', page)
    assert found
    return found[1]


def look(browser: FlaskClient, caller: Caller) -> str:
    return post(browser, "/hotline/look", {"phone": caller.phone, "code": caller.code}, htmx=True).text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a7_no_template_of_desk_and_hotline_has_a_box_for_a_code_or_password_of_a_citizen(path):
    assert boxes_of_secrets(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        '<input name="otp">',
        '<input\n  autocomplete="one-time-code">',
        "{{ ui.field('Mã OTP công dân đọc', 'code') }}",
        "{{ ui.field('Mã', 'code', attrs=dict(x='otp')) }}",
        '<textarea name="password"></textarea>',
    ],
)
def test_such_a_box_would_be_found(source: str):
    assert boxes_of_secrets(source)
    assert len(TEMPLATES) > 25


def test_an_agent_begins_at_the_hotline(browser: FlaskClient):
    answer = browser.get("/")
    assert (answer.status_code, answer.location) == (303, "/hotline")
    page = browser.get("/hotline").text
    assert 'aria-current="page">Tổng đài' in page or "Tổng đài</h1>" in page


def test_a4_a_match_shows_what_can_be_done_and_never_the_number(browser: FlaskClient, caller: Caller):
    page = look(browser, caller)
    assert "Ng… Th… M…" in page
    assert "Cấp mật khẩu mới bằng tin nhắn" in page
    for secret in (NAME, caller.phone, caller.phone[-4:]):
        assert secret not in page


def test_a4_no_match_says_the_sentence_and_which_office_and_papers(browser: FlaskClient, caller: Caller):
    page = post(browser, "/hotline/look", {"phone": STRANGERS_PHONE, "code": caller.code}, htmx=True).text
    assert NO_MATCH in page
    assert "căn cước hoặc hộ chiếu bản gốc" in page
    assert "cơ quan BHXH gần nhất" in page
    for act in ("/hotline/reset", "/hotline/resend", "/hotline/open"):
        assert act not in page


def test_a_new_password_by_the_button(browser: FlaskClient, caller: Caller):
    answer = post(browser, "/hotline/reset", {"pass": sealed(look(browser, caller))}, htmx=True)
    assert "tin nhắn đang đi đến số đã đăng ký" in answer.text
    assert [(kind, way) for kind, way, _ in messages()] == [("reset", "sms"), ("reset_told", "email")]


def test_at_the_weeks_limit_the_button_tells_supervisors_and_gives_nothing_out(browser: FlaskClient, caller: Caller):
    for _ in range(MOST):
        post(browser, "/hotline/reset", {"pass": sealed(look(browser, caller))}, htmx=True)
    page = look(browser, caller)
    assert "Cấp mật khẩu mới bằng tin nhắn" not in page
    assert "Báo lãnh đạo" in page
    answer = post(browser, "/hotline/reset", {"pass": sealed(page)}, htmx=True)
    assert answer.status_code == 409
    assert answer.text.strip().startswith('<div id="banner">')
    assert TOO_MANY in answer.text
    assert len(alarms(AlarmKind.MANY_RESETS)) == 1


@pytest.mark.parametrize("act", ["reset", "resend", "open", "declaration", "reason"])
def test_without_a_pass_nothing_is_done(browser: FlaskClient, caller: Caller, act: str):
    answer = post(browser, f"/hotline/{act}", {"pass": "", "reason": "other"}, htmx=True)
    assert answer.status_code == 409
    assert "không còn hiệu lực" in answer.text
    assert messages() == []


def test_the_reason_comes_back_alone_with_what_was_chosen(browser: FlaskClient, caller: Caller):
    answer = post(browser, "/hotline/reason", {"pass": sealed(look(browser, caller)), "reason": "fraud"}, htmx=True)
    assert answer.text.strip().startswith('<section class="reasons" id="reasons"')
    assert re.findall(r'value="(\w+)" aria-pressed="true"', answer.text) == ["fraud"]


def test_it_works_as_plain_forms(browser: FlaskClient, caller: Caller):
    page = post(browser, "/hotline/look", {"phone": caller.phone, "code": caller.code})
    assert page.status_code == 200
    after = post(browser, "/hotline/open", {"pass": sealed(page.text)})
    assert "<html" in after.text
    assert "Ông/Bà có thể đăng nhập lại" in after.text
    assert "Lý do gọi" in post(browser, "/hotline/reason", {"pass": sealed(page.text), "reason": "other"}).text


def test_nothing_personal_is_in_any_address(app):
    addresses = [rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/hotline")]
    assert [one for one in addresses if "<" in one] == ["/hotline/alarms/<alarm_id>/handle"]


def test_the_day_is_shown_to_agents_and_all_of_it_to_their_supervisor(client: FlaskClient, caller: Caller):
    supervisor = signed_in(client, Role.SUPERVISOR)
    look(supervisor, caller)
    page = supervisor.get("/hotline/log").text
    assert "Từng nhân viên" in page
    assert "Cuộc gọi của tôi" in page
    assert caller.code not in page


def test_an_agent_is_not_shown_the_figures_of_others(browser: FlaskClient, caller: Caller):
    look(browser, caller)
    page = browser.get("/hotline/log").text
    assert "Từng nhân viên" not in page
    assert "không khớp" not in page


def test_a_districts_supervisor_has_the_alarms_and_not_the_hotline(client: FlaskClient):
    supervisor = signed_in(client, Role.SUPERVISOR, "00114")
    page = supervisor.get("/hotline/alarms").text
    assert 'href="/hotline/alarms" aria-current="page"' in page
    assert 'href="/hotline"' not in page
    assert supervisor.get("/hotline").status_code == 404


def test_an_alarm_is_seen_to_without_any_link_to_the_account(client: FlaskClient, caller: Caller):
    with transaction() as session:
        session.add(Alarm(kind=AlarmKind.MANY_RESETS, account_id=caller.account.id, at=caller.account.opened_at))
    supervisor = signed_in(client, Role.SUPERVISOR)
    page = supervisor.get("/hotline/alarms").text
    main = page[page.index("<main") : page.index("</main>")]
    assert f"····{caller.code[-4:]}" in main
    assert "<a " not in main
    path = re.search(r'action="(/hotline/alarms/\d+/handle)"', main)
    assert path
    assert post(supervisor, path[1], {"note": ""}).status_code == 422
    assert post(supervisor, path[1], {"note": "Đã gọi lại chủ tài khoản"}).location == "/hotline/alarms"
    assert "Đã gọi lại chủ tài khoản" in supervisor.get("/hotline/alarms").text
