"""Having a declaration in hand, as people live it: lost, locked, handed over, and a server that dies under the hand.

Issue 4, points 7, 10 and 12. The page's time is set by the test: nothing here waits for a clock on the wall.
"""

from __future__ import annotations

import re
import socket
import urllib.request
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Request, Route, expect
from sqlalchemy import text

from backoffice.config import Settings
from backoffice.decision import actions as decide
from backoffice.decision import handover
from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.models import Account, Claim, Declaration, OfficerSession, Role, Status
from backoffice.rules.actors import Actor, officer_actor
from tests.desk.browser import Desk
from tests.embedded.helpers import eventually
from tests.factories import PASSWORD, make_actor, make_declaration, make_office, make_officer, verify_all
from tests.journeys.conftest import page_of, profile_of
from tests.journeys.lines import intercept
from tests.journeys.looking import violations
from tests.journeys.officers import be_signed_in, sign_in
from tests.processes import Process, environment

pytestmark = pytest.mark.browser
MINE = "Tôi đang giữ hồ sơ này"
TYPED = "Chụp lại mặt sau, ảnh bị lóa"
STAYS = "Những gì bạn đã gõ vẫn còn trên màn hình."


@pytest.fixture
def page(browser: Browser, database: None) -> Iterator[Page]:
    """A page of its own computer: the time that is set holds for all of it."""
    with profile_of(browser) as profile, page_of(profile) as opened:
        yield opened


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return officer_actor(make_officer(session, "tieptan", full_name="Nguyễn Thị Tiếp"))


@pytest.fixture
def supervisor(officer: Actor) -> Actor:
    with transaction() as session:
        return make_actor(session, Role.SUPERVISOR, full_name="Lê Văn Giám")


@pytest.fixture
def declaration(officer: Actor) -> Declaration:
    """Handed in, everything verified: one key from an approval."""
    with transaction() as session:
        made = make_declaration(session, presented_at=clock.now())
        verify_all(session, made, officer)
        return made


@pytest.fixture
def review(page: Page, address: str, declaration: Declaration) -> Page:
    """The review page of a declaration I have in hand; its timers run when the test says so."""
    page.clock.install()
    be_signed_in(page, address)
    return opened(page, address, declaration)


def opened(page: Page, address: str, declaration: Declaration) -> Page:
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    page.keyboard.press("F2")
    expect(page.locator("#claim").get_by_text(MINE)).to_be_visible()
    return page


def note(page: Page) -> str:
    return page.get_by_label("Còn thiếu gì").input_value()


def types(page: Page, words: str = TYPED) -> None:
    page.keyboard.press("F7")
    page.get_by_label("Còn thiếu gì").fill(words)


def unlocks(page: Page, password: str = PASSWORD) -> None:
    page.locator("#unlock-password").fill(password)
    page.keyboard.press("Enter")


def asked(page: Page, part: str) -> list[Request]:
    """Every request to that part of a declaration, from now on."""
    kept: list[Request] = []
    page.on("request", lambda request: kept.append(request) if f"/{part}" in request.url else None)
    return kept


def status_of(declaration: Declaration) -> Status:
    with transaction() as session:
        return session.get_one(Declaration, declaration.id).status


def drafts(page: Page) -> list[str]:
    found: list[str] = page.evaluate("Object.keys(sessionStorage).filter(name => name.startsWith('draft:'))")
    return found


class TestLost:
    """The page learns within five seconds; what was typed stays."""

    def test_who_loses_it_reads_by_whom_keeps_what_was_typed_and_can_decide_nothing(
        self, review: Page, declaration: Declaration, supervisor: Actor
    ):
        types(review)
        decide.release(declaration.receipt_code, supervisor)
        review.clock.run_for(5000)
        expect(review.locator("#banner")).to_contain_text("Lê Văn Giám đã lấy lại hồ sơ này lúc")
        expect(review.locator("#banner")).to_contain_text(STAYS)
        assert note(review) == TYPED
        expect(review.get_by_role("button", name="Ghi và trả hồ sơ để bổ sung")).to_be_disabled()
        expect(review.locator("[data-key=F9]")).to_be_disabled()
        assert violations(review) == []

    def test_taken_again_it_is_all_there_and_can_be_sent(
        self, review: Page, declaration: Declaration, supervisor: Actor
    ):
        types(review)
        decide.release(declaration.receipt_code, supervisor)
        review.clock.run_for(5000)
        expect(review.get_by_text("Chưa ai xử lý hồ sơ này.")).to_be_visible()
        review.keyboard.press("F2")
        expect(review.locator("#claim").get_by_text(MINE)).to_be_visible()
        expect(review.get_by_label("Còn thiếu gì")).to_be_visible()
        assert note(review) == TYPED
        review.get_by_role("button", name="Ghi và trả hồ sơ để bổ sung").click()
        expect(review.locator("#caption")).to_contain_text("Chờ bổ sung")
        assert drafts(review) == []

    def test_a_key_pressed_too_late_says_why_it_does_nothing(
        self, review: Page, declaration: Declaration, supervisor: Actor
    ):
        decide.release(declaration.receipt_code, supervisor)
        review.clock.run_for(5000)
        expect(review.locator("#banner")).to_contain_text("Lê Văn Giám")
        sent = asked(review, "approve")
        review.keyboard.press("F9")
        expect(review.locator("#banner")).to_contain_text("Chưa làm được việc này. Lê Văn Giám đã lấy lại")
        assert sent == []

    def test_what_becomes_of_it_afterwards_is_told_too(self, review: Page, declaration: Declaration, supervisor: Actor):
        types(review)
        decide.release(declaration.receipt_code, supervisor)
        review.clock.run_for(5000)
        expect(review.locator("#banner")).to_contain_text("Lê Văn Giám đã lấy lại hồ sơ này lúc")
        decide.claim(declaration.receipt_code, supervisor)
        review.clock.run_for(5000)
        expect(review.locator("#banner")).to_contain_text("Lê Văn Giám đã nhận xử lý hồ sơ này lúc")
        assert note(review) == TYPED

    def test_a_colleagues_decision_is_one_key_away(self, review: Page, declaration: Declaration, supervisor: Actor):
        types(review)
        decide.release(declaration.receipt_code, supervisor)
        decide.claim(declaration.receipt_code, supervisor)
        decide.reject(declaration.receipt_code, supervisor, ["id_invalid"], "")
        review.clock.run_for(5000)
        expect(review.locator("#banner")).to_contain_text("Lê Văn Giám đã trả lời “Không chấp nhận” hồ sơ này lúc")
        assert note(review) == TYPED
        review.locator("#claim a[data-key=F2]").click()
        expect(review.locator("#outcome")).to_contain_text("Không chấp nhận lúc")
        assert drafts(review) == []

    def test_who_only_looks_on_sees_it_taken_and_free_again(
        self, page: Page, address: str, declaration: Declaration, supervisor: Actor
    ):
        page.clock.install()
        be_signed_in(page, address)
        page.goto(f"{address}/desk/{declaration.receipt_code}")
        decide.claim(declaration.receipt_code, supervisor)
        page.clock.run_for(5000)
        expect(page.locator("#claim")).to_contain_text("Lê Văn Giám đang xử lý từ")
        expect(page.locator("#why_not")).to_contain_text("Đồng nghiệp đang xử lý hồ sơ này.")
        decide.release(declaration.receipt_code, supervisor)
        page.clock.run_for(5000)
        expect(page.locator("#why_not")).to_contain_text("Nhận xử lý")
        expect(page.locator("#claim [data-key=F2]")).to_be_visible()

    def test_when_another_office_has_it_now_that_is_said_once_and_asked_no_more(
        self, review: Page, declaration: Declaration
    ):
        types(review)
        with transaction() as session:
            session.get_one(Declaration, declaration.id).office_id = make_office(session, "00107").id
        review.clock.run_for(5000)
        expect(review.locator("#banner")).to_contain_text("Hồ sơ này không còn ở cơ quan của bạn")
        assert note(review) == TYPED
        expect(review.locator("[data-key=F9]")).to_be_disabled()
        asking = asked(review, "claim-state")
        review.clock.run_for(20_000)
        assert asking == []

    def test_out_of_sight_it_does_not_ask_and_on_return_at_once(
        self, review: Page, declaration: Declaration, supervisor: Actor
    ):
        hidden = "hidden => Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden})"
        review.evaluate(hidden, True)
        decide.release(declaration.receipt_code, supervisor)
        asking = asked(review, "claim-state")
        review.clock.run_for(30_000)
        assert asking == []
        review.evaluate(hidden, False)
        review.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(review.locator("#banner")).to_contain_text("Lê Văn Giám đã lấy lại hồ sơ này lúc")
        assert [request.headers.get("x-poll") for request in asking] == ["1"]


class TestHandedOver:
    """To a colleague who is here; by keys."""

    @pytest.fixture
    def colleague(self, app: Flask, officer: Actor) -> Actor:
        with transaction() as session:
            lan = make_actor(session, full_name="Trần Thị Lan")
        Desk(app.test_client(), lan.username)
        return lan

    def test_by_keys_to_the_colleague_who_finds_it_among_hers(
        self, review: Page, declaration: Declaration, colleague: Actor
    ):
        review.keyboard.press("Alt+g")
        expect(review.locator("#handover-officer")).to_be_focused()
        assert violations(review) == []
        review.keyboard.type("Trần")
        review.keyboard.press("Tab")
        review.keyboard.press("Enter")
        expect(review.locator("#claim")).to_contain_text("Trần Thị Lan đang xử lý từ")
        assert [held.receipt_code for held in handover.held_by(colleague)] == [declaration.receipt_code]

    def test_who_receives_it_has_the_buttons_and_reads_from_whom(
        self, page: Page, address: str, declaration: Declaration, officer: Actor, colleague: Actor
    ):
        page.clock.install()
        be_signed_in(page, address)
        decide.claim(declaration.receipt_code, colleague)
        page.goto(f"{address}/desk/{declaration.receipt_code}")
        expect(page.locator("[data-key=F9]")).to_be_disabled()
        handover.hand_over(declaration.receipt_code, colleague, str(officer.id))
        page.clock.run_for(5000)
        expect(page.locator("#banner")).to_contain_text("Trần Thị Lan đã bàn giao hồ sơ này cho bạn lúc")
        expect(page.locator("[data-key=F9]")).to_be_enabled()

    def test_leaving_the_computer_asks_what_becomes_of_each(
        self, review: Page, address: str, declaration: Declaration, colleague: Actor
    ):
        review.keyboard.press("Alt+u")
        expect(review.get_by_role("heading", name="Đổi người dùng")).to_be_visible()
        assert violations(review) == []
        review.get_by_label(declaration.full_name).select_option(label="Bàn giao cho Trần Thị Lan")
        review.get_by_role("button", name="Rời máy").click()
        review.wait_for_url(f"{address}/login")
        assert [held.receipt_code for held in handover.held_by(colleague)] == [declaration.receipt_code]


class TestTyped:
    """Notes and reasons survive lock, reload and signing in again; nobody else ever sees them."""

    @pytest.fixture
    def typing(self, review: Page) -> Page:
        types(review)
        return review

    def test_a_reload_keeps_note_and_ticks_where_they_were(self, review: Page):
        review.keyboard.press("F8")
        review.get_by_label("Giấy tờ hết hạn hoặc hư hỏng").check()
        review.get_by_label("Ghi thêm cho công dân").fill("Căn cước nứt góc")
        review.reload()
        expect(review.get_by_label("Ghi thêm cho công dân")).to_be_visible()
        expect(review.get_by_label("Ghi thêm cho công dân")).to_have_value("Căn cước nứt góc")
        expect(review.get_by_label("Giấy tờ hết hạn hoặc hư hỏng")).to_be_checked()
        expect(review.locator("#banner")).to_contain_text("Nội dung bạn nhập dở trước đó vẫn còn.")
        expect(review.locator("#preview")).to_contain_text("Giay to het han hoac hong")

    def test_another_officers_password_opens_nothing_and_loses_nothing(self, typing: Page):
        with transaction() as session:
            make_officer(session, "khac", password="mat-khau-cua-nguoi-khac")
        typing.keyboard.press("Alt+l")
        unlocks(typing, "mat-khau-cua-nguoi-khac")
        expect(typing.locator("#unlock_fault")).to_contain_text("Mật khẩu chưa đúng")
        expect(typing.locator("#work")).to_be_hidden()
        assert violations(typing) == []
        unlocks(typing)
        expect(typing.locator("#lock")).to_be_hidden()
        assert note(typing) == TYPED

    def test_when_the_session_is_over_the_same_password_goes_on_with_the_same_page(
        self, typing: Page, declaration: Declaration
    ):
        with transaction() as session:
            session.query(OfficerSession).update({"created_at": clock.now() - timedelta(hours=13)})
        typing.clock.run_for(5000)
        expect(typing.locator("#lock")).to_be_visible()
        unlocks(typing)
        expect(typing.locator("#lock")).to_be_hidden()
        assert note(typing) == TYPED
        typing.get_by_role("button", name="Ghi và trả hồ sơ để bổ sung").click()
        expect(typing.locator("#caption")).to_contain_text("Chờ bổ sung")

    def test_who_signs_in_again_in_the_same_tab_finds_it(self, typing: Page, address: str, declaration: Declaration):
        _end_sessions()
        typing.reload()
        typing.wait_for_url(re.compile("/login.next="))
        typing.get_by_label("Tên đăng nhập").fill("tieptan")
        typing.get_by_label("Mật khẩu").fill(PASSWORD)
        typing.keyboard.press("Enter")
        expect(typing.get_by_label("Còn thiếu gì")).to_have_value(TYPED)

    def test_who_signs_in_instead_finds_nothing(self, typing: Page, address: str, declaration: Declaration):
        with transaction() as session:
            make_officer(session, "khac")
            session.query(Claim).delete()
        _end_sessions()
        typing.reload()
        typing.wait_for_url(re.compile("/login.next="))
        assert len(drafts(typing)) == 1
        sign_in(typing, address, "khac")
        assert drafts(typing) == []
        opened(typing, address, declaration)
        typing.keyboard.press("F7")
        assert note(typing) == ""

    def test_signing_out_asks_first_and_then_leaves_nothing(self, typing: Page, address: str):
        typing.locator(".usermenu summary").click()
        typing.get_by_role("button", name="Đăng xuất").click()
        expect(typing.locator("#ask_text")).to_contain_text("Còn nội dung đang nhập dở chưa gửi")
        typing.get_by_role("button", name="Đồng ý").click()
        typing.wait_for_url(f"{address}/login")
        assert drafts(typing) == []

    def test_changing_the_user_at_the_locked_screen_warns_and_then_leaves_nothing(self, typing: Page, address: str):
        typing.keyboard.press("Alt+l")
        leaving = typing.locator("#lock").get_by_role("button", name="Đổi người dùng")
        leaving.click()
        expect(typing.locator("#ask_text")).to_contain_text("Người đang khóa màn hình còn nội dung nhập dở")
        typing.get_by_role("button", name="Quay lại").click()
        unlocks(typing)
        expect(typing.locator("#lock")).to_be_hidden()
        assert note(typing) == TYPED
        typing.keyboard.press("Alt+l")
        leaving.click()
        typing.get_by_role("button", name="Đồng ý").click()
        typing.wait_for_url(f"{address}/login")
        assert drafts(typing) == []

    def test_an_act_elsewhere_on_the_page_does_not_lose_it(self, typing: Page):
        typing.keyboard.press("F4")
        expect(typing.get_by_text("Chưa ai xử lý hồ sơ này.")).to_be_visible()
        typing.keyboard.press("F2")
        expect(typing.get_by_label("Còn thiếu gì")).to_have_value(TYPED)

    def test_a_number_typed_is_in_no_storage(self, typing: Page):
        typing.keyboard.press("Escape")
        typing.locator("#q").fill("012345678901")
        typing.reload()
        kept = typing.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
        assert TYPED in kept
        assert "012345678901" not in kept


def _end_sessions() -> None:
    with transaction() as session:
        session.query(OfficerSession).update({"ended_at": clock.now(), "end_reason": "replaced"})


class TestIdle:
    """A minute's warning before the lock falls, which any key dismisses."""

    @pytest.fixture
    def queue(self, page: Page, address: str, officer: Actor) -> Page:
        page.clock.install()
        sign_in(page, address)
        return page

    def test_a_key_dismisses_the_warning_and_does_nothing_else(self, queue: Page, address: str):
        queue.clock.run_for(14 * 60_000 + 5000)
        expect(queue.locator("#idle")).to_contain_text("Trong 1 phút nữa màn hình sẽ tự khóa")
        assert violations(queue) == []
        queue.keyboard.press("Alt+l")
        expect(queue.locator("#idle")).to_be_hidden()
        expect(queue.locator("#lock")).to_be_hidden()
        queue.clock.run_for(60_000)
        expect(queue.locator("#lock")).to_be_hidden()

    def test_a_character_dismisses_it_too_and_is_not_lost(self, queue: Page):
        queue.locator("#q").focus()
        queue.clock.run_for(14 * 60_000 + 5000)
        expect(queue.locator("#idle")).to_be_visible()
        queue.keyboard.type("0")
        expect(queue.locator("#idle")).to_be_hidden()
        expect(queue.locator("#q")).to_have_value("0")

    def test_left_alone_it_locks(self, queue: Page):
        queue.clock.run_for(15 * 60_000 + 5000)
        expect(queue.locator("#lock")).to_be_visible()
        expect(queue.locator("#idle")).to_be_hidden()


class TestAnswerLost:
    """The officer reads that nothing was done, or that it was and when: never a guess (point 12)."""

    def test_done_before_the_line_broke_it_says_so(self, review: Page, declaration: Declaration):
        intercept(review, "**/approve", lambda route: (route.fetch(), route.abort()))
        review.keyboard.press("F9")
        expect(review.locator("#banner")).to_contain_text("Đang kiểm tra…")
        review.clock.run_for(1000)
        expect(review.locator("#outcome")).to_contain_text("Đã duyệt lúc")
        expect(review.locator("#banner")).to_contain_text("Đã duyệt lúc")
        expect(review.locator("#banner")).to_contain_text("đã được ghi trước khi mất kết nối")

    @pytest.mark.parametrize("status", [502, 503, 504])
    def test_a_proxys_error_is_no_answer(self, review: Page, declaration: Declaration, status: int):
        proxy = {"status": status, "content_type": "text/html", "body": "<html><h1>Bad Gateway</h1></html>"}
        intercept(review, "**/approve", lambda route: route.fulfill(**proxy), times=1)
        review.keyboard.press("F9")
        expect(review.locator("#banner")).to_contain_text("Đang kiểm tra…")
        assert violations(review) == []
        review.clock.run_for(1000)
        expect(review.locator("#banner")).to_contain_text("Chưa có gì thay đổi, xin bấm lại.")
        assert status_of(declaration) is Status.SUBMITTED
        review.keyboard.press("F9")
        expect(review.locator("#outcome")).to_contain_text("Đã duyệt lúc")

    def test_until_it_is_known_nothing_more_is_sent_and_asking_goes_on(self, review: Page, declaration: Declaration):
        sent, asking, out = asked(review, "approve"), asked(review, "settled"), {"broken": True}
        intercept(review, "**/approve", lambda route: route.abort(), times=1)
        intercept(review, "**/settled*", lambda route: _while_out(route, out))
        review.keyboard.press("F9")
        for _ in range(3):
            expect(review.locator("#banner")).to_contain_text("Đang kiểm tra…")
            review.keyboard.press("F9")
            review.clock.run_for(15_000)
        assert len(asking) >= 3
        out["broken"] = False
        review.clock.run_for(15_000)
        expect(review.locator("#banner")).to_contain_text("Chưa có gì thay đổi, xin bấm lại.")
        assert len(sent) == 1

    def test_typed_text_is_still_there_after_a_refusal_that_never_came(self, review: Page):
        types(review)
        intercept(review, "**/supplement", lambda route: route.abort(), times=1)
        review.get_by_role("button", name="Ghi và trả hồ sơ để bổ sung").click()
        review.clock.run_for(1000)
        expect(review.locator("#banner")).to_contain_text("Chưa có gì thay đổi, xin bấm lại.")
        assert note(review) == TYPED
        review.get_by_role("button", name="Ghi và trả hồ sơ để bổ sung").click()
        expect(review.locator("#caption")).to_contain_text("Chờ bổ sung")

    def test_a_double_click_sends_one_request(self, review: Page, declaration: Declaration):
        sent = asked(review, "approve")
        review.locator("[data-key=F9]").dblclick()
        expect(review.locator("#outcome")).to_contain_text("Đã duyệt lúc")
        assert len(sent) == 1


def _while_out(route: Route, out: dict[str, bool]) -> None:
    if out["broken"]:
        route.abort()
    else:
        route.continue_()


class Server:
    """The desk in a process of its own, which can die."""

    def __init__(self, settings: Settings) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._settings = settings
        self.start()

    def start(self) -> None:
        options = ["--bind", f"127.0.0.1:{self.port}", "--workers", "1", "--threads", "4", "--quiet"]
        self._process = Process("web", *options, environment=environment(self._settings))
        eventually(self._is_ready, "a server that answers")

    def kill(self) -> None:
        self._process.kill()

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@pytest.fixture
def server(settings: Settings, database: None) -> Iterator[Server]:
    made = Server(settings)
    yield made
    made.kill()


def waits_for_a_row() -> bool:
    """Tell whether somebody's statement waits for a row that another transaction has locked."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%declarations%'"
    with db.engine().connect() as connection:
        return bool(connection.execute(text(waiting)).scalar_one())


def test_a_server_killed_in_the_middle_of_an_approval_has_done_nothing_and_the_page_says_so(
    page: Page, server: Server, declaration: Declaration
):
    be_signed_in(page, server.address)
    opened(page, server.address, declaration)
    with db.engine().connect() as other:
        other.execute(text("SELECT 1 FROM declarations WHERE id = :id FOR UPDATE"), {"id": declaration.id})
        page.keyboard.press("F9")
        eventually(waits_for_a_row, "an approval at work")
        server.kill()
        expect(page.locator("#banner")).to_contain_text("Đang kiểm tra…")
    server.start()
    expect(page.locator("#banner")).to_contain_text("Chưa có gì thay đổi, xin bấm lại.", timeout=60_000)
    with transaction() as session:
        assert session.query(Account).count() == 0
    page.keyboard.press("F9")
    expect(page.locator("#outcome")).to_contain_text("Đã duyệt lúc")
    assert status_of(declaration) is Status.APPROVED


def test_a_server_killed_after_an_approval_has_done_it_and_the_page_says_when(
    page: Page, server: Server, declaration: Declaration
):
    def die(route: Route) -> None:
        route.fetch()
        server.kill()
        route.abort()

    be_signed_in(page, server.address)
    opened(page, server.address, declaration)
    intercept(page, "**/approve", die)
    page.keyboard.press("F9")
    expect(page.locator("#banner")).to_contain_text("Đang kiểm tra…")
    server.start()
    expect(page.locator("#banner")).to_contain_text("Đã duyệt lúc", timeout=60_000)
    expect(page.locator("#outcome")).to_contain_text("Đã duyệt lúc")
    with transaction() as session:
        assert session.query(Account).count() == 1
