"""The poll of an open page: whose the declaration is, in two statements; what became of a press (points 7, 12)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from backoffice.decision import actions as decide
from backoffice.decision import handover
from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.models import Claim, Declaration, Office, OfficerSession, Role, TrailEvent, TrailRow
from backoffice.rules.actors import Actor
from tests.bench.recording import recording
from tests.desk.browser import HTMX, Desk, trail
from tests.factories import make_account, make_actor, make_office, make_officer

STAYS = "Những gì bạn đã gõ vẫn còn trên màn hình."


@pytest.fixture
def colleague(officer: Actor) -> Actor:
    with transaction() as session:
        return make_actor(session, full_name="Trần Thị Lan")


@pytest.fixture
def supervisor(officer: Actor) -> Actor:
    with transaction() as session:
        return make_actor(session, Role.SUPERVISOR, full_name="Lê Văn Giám")


def version_of(page: str) -> str:
    found = re.search(r"claim-state\?seen=([\w-]+)", page)
    assert found
    return found[1]


class Page:
    """An open review page: what it shows of the claim, and its poll."""

    def __init__(self, desk: Desk, declaration: Declaration) -> None:
        self.desk, self.path = desk, f"/desk/{declaration.receipt_code}"
        self.seen = version_of(desk.get(self.path).text)

    def poll(self) -> tuple[int, str]:
        """Ask as the page does; the answer becomes what it shows."""
        answer = self.desk.get(f"{self.path}/claim-state?seen={self.seen}", **HTMX, **{"X-Poll": "1"})
        if answer.status_code == 200:
            self.seen = version_of(answer.text)
        return answer.status_code, answer.text


@pytest.fixture
def page(desk: Desk, declaration: Declaration) -> Page:
    return Page(desk, declaration)


@pytest.fixture
def mine(desk: Desk, declaration: Declaration, officer: Actor) -> Page:
    decide.claim(declaration.receipt_code, officer)
    return Page(desk, declaration)


def test_while_nothing_changes_it_answers_nothing(mine: Page):
    assert mine.poll() == (204, "")


@pytest.mark.parametrize("what", ["free", "mine", "taken", "changed"])
def test_it_costs_two_statements_with_the_sessions_own(
    desk: Desk, declaration: Declaration, officer: Actor, colleague: Actor, what: str
):
    if what != "free":
        decide.claim(declaration.receipt_code, officer if what == "mine" else colleague)
    shown = Page(desk, declaration)
    if what == "changed":
        decide.release(declaration.receipt_code, colleague)
    with recording(db.engine()) as kept:
        shown.poll()
    assert len(kept.statements()) <= 2


def test_it_writes_nothing_and_keeps_neither_session_nor_claim_alive(mine: Page, declaration: Declaration):
    def alive() -> tuple[object, ...]:
        with transaction() as session:
            claim, signed_in = session.get_one(Claim, declaration.id), session.query(OfficerSession).one()
            return claim.until, signed_in.active_at, session.query(TrailRow).count()

    before = alive()
    with clock.at(clock.now() + timedelta(minutes=5)):
        assert mine.poll()[0] == 204
    assert alive() == before


TAKEN: dict[str, tuple[Callable[[Declaration, Actor], object], str]] = {
    "a supervisor's release": (
        lambda declaration, supervisor: decide.release(declaration.receipt_code, supervisor),
        r"Lê Văn Giám đã lấy lại hồ sơ này lúc \d\d:\d\d\.",
    ),
    "a take-over after my time was over": (
        lambda declaration, supervisor: (_lapse(declaration), decide.claim(declaration.receipt_code, supervisor)),
        r"Lê Văn Giám đã nhận xử lý hồ sơ này lúc \d\d:\d\d\.",
    ),
    "the end of my time": (
        lambda declaration, supervisor: _lapse(declaration),
        r"Thời gian giữ hồ sơ của bạn đã hết lúc \d\d:\d\d; chưa ai nhận xử lý\.",
    ),
    "a colleague's decision": (
        lambda declaration, supervisor: (
            decide.release(declaration.receipt_code, supervisor),
            decide.claim(declaration.receipt_code, supervisor),
            decide.reject(declaration.receipt_code, supervisor, ["id_invalid"], ""),
        ),
        r"Lê Văn Giám đã trả lời “Không chấp nhận” hồ sơ này lúc \d\d:\d\d\.",
    ),
    "a supplement asked for by a colleague": (
        lambda declaration, supervisor: (
            decide.release(declaration.receipt_code, supervisor),
            decide.claim(declaration.receipt_code, supervisor),
            decide.supplement(declaration.receipt_code, supervisor, "Ký lại mẫu số 01"),
        ),
        r"Lê Văn Giám đã trả hồ sơ này để bổ sung lúc \d\d:\d\d\.",
    ),
}


def _lapse(declaration: Declaration) -> None:
    with transaction() as session:
        session.get_one(Claim, declaration.id).until = clock.now() - timedelta(seconds=1)


@pytest.mark.parametrize("what", TAKEN)
def test_whoever_loses_it_reads_who_did_what_and_when_and_that_nothing_typed_is_lost(
    mine: Page, declaration: Declaration, supervisor: Actor, what: str
):
    act, sentence = TAKEN[what]
    act(declaration, supervisor)
    status, text = mine.poll()
    assert status == 200
    assert 'data-change="lost"' in text
    assert re.search(sentence, text)
    assert STAYS in text
    assert 'id="banner" hx-swap-oob="true"' in text
    assert mine.poll() == (204, "")


def test_it_is_told_once_also_when_it_was_handed_to_a_third(
    mine: Page, declaration: Declaration, supervisor: Actor, colleague: Actor, app: Flask
):
    Desk(app.test_client(), colleague.username)
    handover.hand_over(declaration.receipt_code, supervisor, str(colleague.id))
    _, text = mine.poll()
    assert "Lê Văn Giám đã bàn giao hồ sơ này cho Trần Thị Lan lúc" in text
    assert "Trần Thị Lan đang xử lý từ" in text


def test_who_let_it_go_in_another_window_is_not_told_of_a_stranger(
    mine: Page, declaration: Declaration, officer: Actor
):
    decide.release(declaration.receipt_code, officer)
    _, text = mine.poll()
    assert "Bạn (ở cửa sổ khác) đã trả lại hồ sơ này lúc" in text
    assert officer.name not in text


def test_who_only_looks_sees_who_takes_it_without_alarm(page: Page, declaration: Declaration, colleague: Actor):
    decide.claim(declaration.receipt_code, colleague)
    _, text = page.poll()
    assert "Trần Thị Lan đang xử lý từ" in text
    assert 'data-change="other"' in text
    assert 'id="banner"' not in text
    decide.release(declaration.receipt_code, colleague)
    assert "Chưa ai xử lý hồ sơ này." in page.poll()[1]


def test_who_receives_it_reads_from_whom(page: Page, declaration: Declaration, colleague: Actor, officer: Actor):
    decide.claim(declaration.receipt_code, colleague)
    page.poll()
    handover.hand_over(declaration.receipt_code, colleague, str(officer.id))
    _, text = page.poll()
    assert 'data-change="gained"' in text
    assert "Trần Thị Lan đã bàn giao hồ sơ này cho bạn lúc" in text
    assert 'data-state="mine"' in text


def test_a_page_with_typed_text_goes_on_being_told_after_it_was_lost(
    mine: Page, declaration: Declaration, supervisor: Actor, colleague: Actor
):
    def told() -> str:
        answer = mine.desk.get(f"{mine.path}/claim-state?seen={mine.seen}&lost=1", **HTMX)
        mine.seen = version_of(answer.text)
        return str(answer.text)

    decide.release(declaration.receipt_code, supervisor)
    mine.poll()
    decide.claim(declaration.receipt_code, colleague)
    assert "Trần Thị Lan đã nhận xử lý hồ sơ này lúc" in told()
    decide.release(declaration.receipt_code, colleague)
    assert "Trần Thị Lan đã trả lại hồ sơ này lúc" in told()
    decide.claim(declaration.receipt_code, colleague)
    decide.reject(declaration.receipt_code, colleague, ["id_invalid"], "")
    text = told()
    assert "Trần Thị Lan đã trả lời “Không chấp nhận” hồ sơ này lúc" in text
    assert 'data-change="lost"' in text


def test_the_last_two_minutes_show_without_alarm(mine: Page, declaration: Declaration):
    with transaction() as session:
        session.get_one(Claim, declaration.id).until = clock.now() + timedelta(seconds=70)
    _, text = mine.poll()
    assert "còn 1 phút" in text
    assert 'data-change="same"' in text
    assert 'id="banner"' not in text


def test_the_acts_it_shows_are_those_of_the_page(mine: Page, desk: Desk, declaration: Declaration, supervisor: Actor):
    decide.release(declaration.receipt_code, supervisor)
    _, text = mine.poll()
    assert f'action="/desk/{declaration.receipt_code}/claim"' in text
    decide.claim(declaration.receipt_code, supervisor)
    _, text = mine.poll()
    assert f'/desk/{declaration.receipt_code}/claim"' not in text
    assert f'/desk/{declaration.receipt_code}/release"' not in text


def test_k11_a_frozen_declaration_is_offered_to_no_reception_officer(mine: Page, declaration: Declaration):
    with transaction() as session:
        session.get_one(Declaration, declaration.id).escalated_at = clock.now()
        session.query(Claim).delete()
    assert f'/desk/{declaration.receipt_code}/claim"' not in mine.poll()[1]


def test_a_heartbeat_prolongs_and_tells_as_the_poll_does(mine: Page, declaration: Declaration, supervisor: Actor):
    def beat() -> tuple[int, str]:
        answer = mine.desk.post(f"{mine.path}/heartbeat", HTMX, seen=mine.seen)
        return answer.status_code, answer.text

    with transaction() as session:
        session.get_one(Claim, declaration.id).until = clock.now() + timedelta(minutes=3)
    assert beat() == (204, "")
    with transaction() as session:
        assert session.get_one(Claim, declaration.id).until > clock.now() + timedelta(minutes=9)
    decide.release(declaration.receipt_code, supervisor)
    status, text = beat()
    assert (status, STAYS in text) == (200, True)


@pytest.mark.parametrize("seen", ["", "mine", "mine-0-0", "none--", "-" * 200, "<script>"])
def test_whatever_a_page_says_it_has_seen_the_answer_is_sound(desk: Desk, declaration: Declaration, seen: str):
    answer = desk.client.get(f"/desk/{declaration.receipt_code}/claim-state", query_string={"seen": seen}, headers=HTMX)
    assert answer.status_code == 200
    assert "<script>" not in answer.text


def test_out_of_scope_and_gone_it_answers_as_what_does_not_exist(mine: Page, declaration: Declaration):
    with transaction() as session:
        session.get_one(Declaration, declaration.id).office_id = make_office(session, "00107").id
        assert session.query(Office).count()
    status, text = mine.poll()
    assert (status, "không còn ở cơ quan của bạn" in text) == (404, True)
    with transaction() as session:
        session.query(Claim).delete()
        session.query(Declaration).delete()
    assert mine.poll() == (404, text)


def test_without_scripts_it_leads_to_the_page(desk: Desk, declaration: Declaration):
    for part in ("claim-state", "work"):
        answer = desk.get(f"/desk/{declaration.receipt_code}/{part}")
        assert (answer.status_code, answer.location) == (303, f"/desk/{declaration.receipt_code}")


class TestHandover:
    """POST /desk/<receipt>/handover, and the list of who is here."""

    @pytest.fixture
    def lan(self, app: Flask, colleague: Actor) -> Desk:
        """The colleague at a browser of her own."""
        return Desk(app.test_client(), colleague.username)

    def test_the_colleague_chosen_finds_it_in_what_she_holds(
        self, mine: Page, desk: Desk, lan: Desk, colleague: Actor, declaration: Declaration
    ):
        offered = desk.get(f"{mine.path}/handover", **HTMX).text
        assert f'<option value="{colleague.id}"' in offered
        assert "<html" not in offered
        answer = desk.post(f"{mine.path}/handover", HTMX, officer=str(colleague.id))
        assert answer.status_code == 200
        assert "Trần Thị Lan đang xử lý từ" in answer.text
        assert declaration.full_name in lan.get("/desk?list=mine").text
        assert "Bàn giao · " in desk.get(mine.path).text

    def test_it_works_without_scripts(self, mine: Page, desk: Desk, lan: Desk, colleague: Actor):
        assert "<html" in desk.get(f"{mine.path}/handover").text
        answer = desk.post(f"{mine.path}/handover", officer=str(colleague.id))
        assert (answer.status_code, answer.location) == (303, mine.path)

    def test_a_wrong_choice_keeps_the_form_and_says_why(self, mine: Page, desk: Desk, lan: Desk):
        answer = desk.post(f"{mine.path}/handover", HTMX, officer="0")
        assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#colleagues")
        assert handover.NOT_HERE in answer.text

    def test_with_nobody_here_it_says_what_else_can_be_done(self, mine: Page, desk: Desk):
        assert "không có đồng nghiệp nào" in desk.get(f"{mine.path}/handover", **HTMX).text


class TestPress:
    """What became of a press whose answer was lost: recorded or not, never a guess (point 12)."""

    PRESS = "0123456789abcdef" * 2

    def asked(self, page: Page, press: str = PRESS) -> tuple[str, str]:
        answer = page.desk.get(f"{page.path}/settled?press={press}", **HTMX)
        return answer.headers.get("X-Settled", ""), answer.text

    def press(self, page: Page, act: str, **form: str) -> int:
        answer = page.desk.post(f"{page.path}/{act}", {**HTMX, "X-Press": self.PRESS}, **form)
        return int(answer.status_code)

    def test_a_press_that_was_recorded_is_told_on_the_page_with_its_time(self, mine: Page):
        assert self.press(mine, "reject", reasons="id_invalid", note="") == 200
        assert self.asked(mine) == ("done", "")
        assert re.search(r"Đã trả lời “Không chấp nhận” lúc \d\d:\d\d\.", mine.desk.get(mine.path).text)

    def test_of_an_act_that_writes_several_rows_the_decision_is_told(self, mine: Page):
        self.press(mine, "supplement", note="Ký lại mẫu số 01")
        assert {row.event for row in self.rows()} > {TrailEvent.SUPPLEMENT}
        self.asked(mine)
        assert "Đã trả hồ sơ để bổ sung lúc" in mine.desk.get(mine.path).text

    def test_a_press_that_never_arrived_changed_nothing(self, mine: Page):
        settled, text = self.asked(mine)
        assert settled == "undone"
        assert "Chưa có gì thay đổi, xin bấm lại." in text

    def test_a_press_that_was_refused_changed_nothing(self, mine: Page):
        assert self.press(mine, "reject", note="") == 422
        assert self.asked(mine)[0] == "undone"

    def test_when_a_colleague_decided_meanwhile_that_is_told(
        self, mine: Page, declaration: Declaration, supervisor: Actor
    ):
        decide.release(declaration.receipt_code, supervisor)
        decide.claim(declaration.receipt_code, supervisor)
        decide.reject(declaration.receipt_code, supervisor, ["id_invalid"], "")
        settled, text = self.asked(mine)
        assert settled == "undone"
        assert "Việc vừa bấm chưa được ghi: Lê Văn Giám đã trả lời" in text

    def test_nobody_learns_of_anothers_press(self, mine: Page, declaration: Declaration, app: Flask):
        self.press(mine, "present")
        with transaction() as session:
            make_officer(session, "lan")
        assert self.asked(Page(Desk(app.test_client(), "lan"), declaration))[0] == "undone"

    def test_the_next_request_bears_no_name_of_the_one_before(self, mine: Page):
        self.press(mine, "present")
        mine.desk.post(f"{mine.path}/release")
        assert [row.facts.get("press") for row in trail(TrailEvent.RELEASE)] == [None]

    @pytest.mark.parametrize("press", ["", "x", "0" * 31, "0" * 33, "0" * 31 + "'", "Z" * 32])
    def test_what_is_no_name_is_not_found_and_not_written(self, mine: Page, press: str):
        assert mine.desk.get(f"{mine.path}/settled?press={press}", **HTMX).status_code == 404
        mine.desk.post(f"{mine.path}/present", {**HTMX, "X-Press": press})
        assert [row.facts.get("press") for row in trail(TrailEvent.PRESENT)] == [None]

    def test_of_an_account_it_is_told_likewise(self, desk: Desk):
        with transaction() as session:
            path = f"/desk/accounts/{make_account(session).id}"
        assert desk.get(f"{path}/settled?press={self.PRESS}", **HTMX).headers["X-Settled"] == "undone"
        checked = {"identity": "1", "phone_own": "1"}
        assert desk.post(f"{path}/reset", {**HTMX, "X-Press": self.PRESS}, **checked).status_code == 200
        assert desk.get(f"{path}/settled?press={self.PRESS}", **HTMX).headers["X-Settled"] == "done"
        assert "đã được ghi trước khi mất kết nối" in desk.get(path).text
        assert desk.get(f"/desk/accounts/{2**64}/settled?press={self.PRESS}", **HTMX).status_code == 404

    def rows(self) -> list[TrailRow]:
        with transaction() as session:
            return [row for row in session.query(TrailRow) if row.facts.get("press") == self.PRESS]
