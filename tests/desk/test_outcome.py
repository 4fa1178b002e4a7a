"""The moment after, over HTTP: each message's fate, and the acts that answer like every act of the desk."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from backoffice.accounts.sign_in import set_password
from backoffice.decision import actions as decide
from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.kernel.passwords import hash_password
from backoffice.models import Account, Declaration, Status, TrailEvent
from backoffice.rules.actors import Actor
from tests.bench.recording import recording
from tests.decision.decided import account_of, age, approved, messages, rejected, send, sent_back
from tests.desk.browser import HTMX, Desk, trail
from tests.factories import make_account, make_declaration

SEEN, AGAIN, NUMBER = "Đã thấy tin", "Gửi lại", "Sửa số"


def page(desk: Desk, declaration: Declaration) -> str:
    answer = desk.get(f"/desk/{declaration.receipt_code}")
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def fates(desk: Desk, declaration: Declaration, query: str = "") -> str:
    return str(desk.get(f"/desk/{declaration.receipt_code}/outcome{query}", **HTMX).get_data(as_text=True))


def act(desk: Desk, declaration: Declaration, name: str, **form: str) -> tuple[int, str]:
    answer = desk.post(f"/desk/{declaration.receipt_code}/{name}", HTMX, **form)
    return answer.status_code, answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        ("0981234567", ["Đã đến máy"]),
        ("0981230001", ["Không gửi được", "Nhà mạng báo thuê bao không tồn tại. Xin kiểm tra lại số điện thoại"]),
        ("0981230002", ["Chờ gửi", "Nhà mạng đang bận, chưa nhận tin. Hệ thống tự gửi lại lúc"]),
        ("0981230003", ["Đã gửi, nhà mạng chưa báo"]),
    ],
)
def test_each_fate_is_told_in_exact_words(desk: Desk, officer: Actor, phone: str, words: list[str]):
    declaration = approved(officer, phone=phone)
    assert "Chờ gửi" in fates(desk, declaration)
    send()
    told = fates(desk, declaration)
    assert [word for word in words if word not in told] == []
    assert f"098…{phone[-3:]}" in told
    assert phone not in told


def test_the_page_asks_by_itself_until_the_message_has_arrived(desk: Desk, officer: Actor):
    declaration = approved(officer)
    shown = page(desk, declaration)
    asked = re.search(r'hx-get="(/desk/\w+/outcome\?state=\w+)" hx-target="#fates" hx-trigger="every 2s"', shown)
    assert asked
    assert desk.get(asked.group(1), **HTMX).status_code == 204, "nothing has changed: nothing is swapped"
    send()
    answer = desk.get(asked.group(1), **HTMX)
    assert answer.status_code == 200
    assert "Đã đến máy" in answer.get_data(as_text=True)
    assert "hx-get" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(("seconds", "asks"), [(59, False), (61, True)])
def test_after_a_minute_without_receipt_the_officer_is_to_look_at_the_citizens_phone(
    desk: Desk, officer: Actor, seconds: int, asks: bool
):
    declaration = approved(officer, phone="0981230003")
    send()
    age(declaration, seconds=seconds)
    shown = page(desk, declaration)
    assert ("Xin hỏi công dân xem máy" in shown) is asks
    assert all(word in shown for word in (SEEN, AGAIN, NUMBER))
    assert f'hx-trigger="every {"10s" if asks else "2s"}"' in shown


def test_a_message_that_waits_long_says_that_the_citizen_need_not(desk: Desk, officer: Actor):
    declaration = approved(officer, email="nguoi.thu@example.vn")
    words = "Công dân không cần đợi tại quầy."
    age(declaration, seconds=59)
    assert words not in fates(desk, declaration)
    age(declaration, seconds=61)
    assert fates(desk, declaration).count(words) == 1


def test_a_late_receipt_still_shows_by_itself_for_ten_minutes(desk: Desk, officer: Actor):
    declaration = approved(officer, phone="0981230003")
    send()
    age(declaration, minutes=9)
    assert "hx-get" in fates(desk, declaration)
    age(declaration, minutes=11)
    assert "hx-get" not in fates(desk, declaration)


def test_what_the_citizen_has_seen_is_asked_about_no_more(desk: Desk, officer: Actor):
    declaration = approved(officer, phone="0981230003")
    send()
    age(declaration, minutes=2)
    status, shown = act(desk, declaration, "seen")
    assert status == 200
    assert "công dân đã thấy tin lúc" in shown
    assert "Xin hỏi công dân xem máy" not in shown
    assert SEEN not in re.sub(r"(?s)<section[^>]*id=\"history\".*", "", shown)
    assert "hx-get" not in fates(desk, declaration)


def test_an_act_answers_with_the_right_column_and_the_history_beside_it(desk: Desk, officer: Actor):
    declaration = approved(officer, phone="0981230001")
    send()
    status, shown = act(desk, declaration, "resend")
    assert status == 200
    assert 'id="work"' in shown
    assert "Gửi lại tin" in shown
    assert shown.count('hx-swap-oob="true"') >= 2


@pytest.mark.parametrize(
    ("name", "form"), [("seen", {}), ("resend", {}), ("phone", {"value": "0912345678", "consent": "1"})]
)
def test_without_scripts_an_act_leads_back_to_the_page(desk: Desk, officer: Actor, name: str, form: dict[str, str]):
    declaration = approved(officer)
    send()
    age(declaration, minutes=1)
    answer = desk.post(f"/desk/{declaration.receipt_code}/{name}", **form)
    assert (answer.status_code, answer.location) == (303, f"/desk/{declaration.receipt_code}")


def test_a_corrected_number_shows_both_messages_and_who_is_reached_now(desk: Desk, officer: Actor):
    declaration = approved(officer, phone="0981230001")
    send()
    status, shown = act(desk, declaration, "phone", value="091 234 5678", consent="1")
    assert status == 200
    assert account_of(declaration).phone == "0912345678"
    assert "091…678" in shown
    assert "Tin đã gửi trước đó (1)" in shown
    assert "Số đang ghi: 091 234 5678 (khác số trên tờ khai)" in shown
    assert "Sửa số điện thoại, gửi lại mật khẩu" in shown
    send()
    assert "Đã đến máy" in fates(desk, declaration)


def undelivered(desk: Desk) -> int:
    """The number on the queue's tab, which the list behind it agrees with."""
    counts = desk.get("/desk/counts", **HTMX).get_data(as_text=True)
    counted = re.search(r'href="/notices".*?<b>(\d+)</b>', counts, re.S)
    assert counted
    listed = desk.get("/notices").get_data(as_text=True).count("Người Không Nhận Được")
    assert listed == int(counted[1])
    return listed


def test_the_queue_calls_for_a_failed_message_until_another_was_sent_in_its_place(desk: Desk, officer: Actor):
    declaration = approved(officer, phone="0981230001", full_name="Người Không Nhận Được")
    send()
    assert undelivered(desk) == 1
    act(desk, declaration, "phone", value="0912345678", consent="1")
    assert undelivered(desk) == 0


def test_an_older_message_says_that_its_password_is_void(desk: Desk, officer: Actor):
    declaration = approved(officer)
    send()
    age(declaration, minutes=1)
    act(desk, declaration, "resend")
    assert "Mật khẩu trong tin này không còn dùng được." in fates(desk, declaration)


def test_a_faulty_form_comes_back_open_with_all_that_was_typed(desk: Desk, officer: Actor):
    declaration = approved(officer)
    status, shown = act(desk, declaration, "phone", value="09812")
    assert status == 422
    assert 'value="09812"' in shown
    assert "Số điện thoại di động có 10 chữ số" in shown
    assert "Xin hỏi công dân" in shown
    assert re.search(r'<details class="unfold" open>\s*<summary[^>]*>Sửa số', shown)
    assert account_of(declaration).phone == declaration.phone


def test_d6_a_taken_number_is_refused_by_a_banner_and_the_typed_one_stays(desk: Desk, officer: Actor):
    declaration = approved(officer)
    with transaction() as session:
        make_account(session, phone="0912345678")
    status, shown = act(desk, declaration, "phone", value="0912345678", consent="1")
    assert status == 409
    assert shown.lstrip().startswith('<div id="banner"')
    assert "Mỗi số điện thoại chỉ được đăng ký cho 1 mã số" in shown


def test_a_second_press_is_refused_in_words_with_the_seconds_left(desk: Desk, officer: Actor):
    declaration = approved(officer)
    status, shown = act(desk, declaration, "resend")
    assert status == 409
    assert re.search(r"xin đợi \d+ giây nữa rồi bấm “Gửi lại”", shown)


def test_k3_a_refusal_that_cannot_be_sent_is_handed_over_on_paper(desk: Desk, officer: Actor):
    declaration = rejected(officer, phone="0981230001")
    send()
    shown = page(desk, declaration)
    assert "Xin in phiếu giao tận tay công dân." in shown
    assert f'href="/desk/{declaration.receipt_code}/slip"' in shown
    assert AGAIN in shown
    assert NUMBER not in shown


def test_k7_the_fate_of_a_supplements_message_is_shown_too_and_the_acts_stay(desk: Desk, officer: Actor):
    declaration = sent_back(officer, phone="0981230003")
    assert 'hx-trigger="every 2s"' in page(desk, declaration)
    send()
    age(declaration, seconds=61)
    shown = page(desk, declaration)
    assert "Đã gửi, nhà mạng chưa báo" in shown
    assert "Xin hỏi công dân xem máy" in shown
    assert "Nhận xử lý" in shown
    assert "Người tiếp theo" not in shown
    assert act(desk, declaration, "seen")[0] == 200


def test_k7_the_message_of_an_earlier_supplement_is_not_shown_with_the_later_one(desk: Desk, officer: Actor):
    with clock.at(clock.now() - timedelta(hours=1)):
        declaration = sent_back(officer)
    decide.present(declaration.receipt_code, officer)
    assert 'id="outcome"' not in page(desk, declaration)
    decide.claim(declaration.receipt_code, officer)
    decide.supplement(declaration.receipt_code, officer, "Ký lại mẫu số 01")
    assert len(messages(declaration)) == 2
    assert "Tin đã gửi trước đó" not in page(desk, declaration)


def test_who_has_signed_in_is_past_all_this(desk: Desk, officer: Actor):
    declaration = approved(officer, phone="0981230003")
    send()
    with transaction() as session:
        set_password(session, session.query(Account).one(), hash_password("của tôi"))
    shown = page(desk, declaration)
    assert "Công dân đã đăng nhập" in shown
    assert [word for word in (f">{SEEN}", f">{AGAIN}", f">{NUMBER}") if word in shown] == []


def test_a_withdrawn_declaration_offers_nothing_to_send(desk: Desk, officer: Actor):
    with transaction() as session:
        declaration = make_declaration(session, status=Status.WITHDRAWN)
    desk.post(f"/desk/{declaration.receipt_code}/open", reason="citizen_here")
    shown = page(desk, declaration)
    assert "Đã rút lúc" in shown
    assert [word for word in (f">{SEEN}", f">{AGAIN}", f">{NUMBER}", "/slip") if word in shown] == []


def test_asking_by_itself_costs_few_statements_and_no_further_look(desk: Desk, officer: Actor):
    declaration = approved(officer)
    page(desk, declaration)
    with recording(db.engine()) as kept:
        fates(desk, declaration)
    assert len(kept.statements()) <= 6
    assert len(trail(TrailEvent.REVIEW)) == 1


def test_one_key_leads_to_an_empty_search_box_and_to_no_dossier(desk: Desk, officer: Actor, client: FlaskClient):
    """The next person is whoever stands there: nothing of the last one is left, nothing of the next is opened."""
    with transaction() as session:
        make_declaration(session, full_name="Người Kế Tiếp")
    declaration = approved(officer, full_name="Người Vừa Xong")
    shown = page(desk, declaration)
    link = re.search(r'<a [^>]*href="([^"]*)" data-key="F3"', shown)
    assert link
    assert link.group(1) == "/desk"
    looks = len(trail(TrailEvent.REVIEW))
    queue = desk.get("/desk").get_data(as_text=True)
    box = re.search(r'<input [^>]*id="q"[^>]*>', queue)
    assert box
    assert 'value=""' in box.group(0)
    assert "autofocus" in box.group(0)
    assert "Người Vừa Xong" not in queue
    assert len(trail(TrailEvent.REVIEW)) == looks
