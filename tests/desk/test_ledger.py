"""The ledger and the scan over HTTP: what the officer gets, and how the screen tells it (contract: scan, verify)."""

from __future__ import annotations

import re
from datetime import date

import pytest

from backoffice.decision import actions as decide
from backoffice.desk.actions import show_state
from backoffice.identity.receipt_code import new_receipt_code
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Status, TrailEvent
from backoffice.rules.actors import Actor
from tests.decision.test_ledger import card_of
from tests.desk.browser import HTMX, Desk, trail
from tests.factories import make_actor, make_declaration, verify_all


@pytest.fixture
def path(desk: Desk, declaration: Declaration) -> str:
    """The address of a declaration in my hands."""
    desk.post(f"/desk/{declaration.receipt_code}/claim")
    return f"/desk/{declaration.receipt_code}"


def item(declaration: Declaration, officer: Actor, name: str) -> dict:
    shown = show_state(declaration.receipt_code, officer)["ledger"]
    return next(one for one in shown["items"] if one["item"] == name)


class TestTheScreen:
    def test_what_is_missing_is_named_and_approving_is_refused_until_then(
        self, desk: Desk, path: str, declaration: Declaration, officer: Actor
    ):
        shown = show_state(declaration.receipt_code, officer)["ledger"]
        assert (shown["complete"], len(shown["missing"])) == (False, 8)
        answer = desk.post(f"{path}/approve", HTMX)
        assert answer.status_code == 409
        assert "còn 8 mục chưa xác minh" in answer.get_data(as_text=True)
        with transaction() as session:
            verify_all(session, declaration, officer)
        assert show_state(declaration.receipt_code, officer)["ledger"]["complete"]

    def test_a_line_tells_how_by_whom_and_when(self, desk: Desk, path: str, declaration: Declaration, officer: Actor):
        desk.post(f"{path}/verify", item="portrait", how="seen")
        desk.post(f"{path}/verify", item="phone", how="overridden", note="Máy hết pin")
        desk.post(f"{path}/scan", text=card_of(declaration, birth="20011985"))
        given = officer.name.split()[-1]
        assert re.fullmatch(rf"đã xem · {given} \d\d:\d\d", item(declaration, officer, "portrait")["detail"])
        assert re.match(r"quét, trùng · ", item(declaration, officer, "name")["detail"])
        phone, birth = (item(declaration, officer, name) for name in ("phone", "date_of_birth"))
        assert (phone["state"], phone["how"], phone["note"]) == ("done", "overridden", "Máy hết pin")
        assert (birth["state"], birth["detail"]) == ("bad", "khác giấy tờ vừa quét")
        assert item(declaration, officer, "bhxh_code")["state"] == "missing"

    def test_nobody_verifies_before_taking_the_declaration_in_hand(self, desk: Desk, declaration: Declaration):
        page = desk.get(f"/desk/{declaration.receipt_code}").get_data(as_text=True)
        assert len(re.findall(r'class="seen"[^>]* disabled', page)) == 8
        desk.post(f"/desk/{declaration.receipt_code}/claim")
        page = desk.get(f"/desk/{declaration.receipt_code}").get_data(as_text=True)
        assert re.findall(r'class="seen"[^>]* disabled', page) == []

    def test_once_decided_there_is_no_ledger_and_a_scan_goes_to_the_search_again(
        self, desk: Desk, path: str, declaration: Declaration
    ):
        assert 'data-scan-url="' in desk.get(path).get_data(as_text=True)
        desk.post(f"{path}/reject", reasons=["id_invalid"], note="")
        assert 'data-scan-url="' not in desk.get(path).get_data(as_text=True)

    def test_differing_characters_are_marked_in_the_third_column(self, desk: Desk, path: str, declaration: Declaration):
        body = desk.post(f"{path}/scan", HTMX, text=card_of(declaration, birth="20011985")).get_data(as_text=True)
        row = re.search(r'<tr class="differs[^>]*>\s*<th scope="row">Ngày sinh.*?</tr>', body, re.DOTALL)
        assert row is not None
        assert "<mark>20</mark>/01/1985" in row[0]
        assert "<mark>02</mark>/01/1985" in row[0]

    def test_an_address_that_differs_is_grey_information(self, desk: Desk, path: str, declaration: Declaration):
        body = desk.post(f"{path}/scan", HTMX, text=card_of(declaration)).get_data(as_text=True)
        row = re.search(r'<tr class="([^"]*)">\s*<th scope="row">Địa chỉ(.*?)</tr>', body, re.DOTALL)
        assert row is not None
        assert "differs" not in row[1]
        assert "để biết" in row[2]

    def test_the_officer_is_told_that_the_scanner_sends_no_diacritics(
        self, desk: Desk, path: str, declaration: Declaration
    ):
        text = card_of(declaration, name="NGUYEN THU MAU").replace("Số 2 phố Mẫu", "SO 2 PHO MAU")
        body = desk.post(f"{path}/scan", HTMX, text=text).get_data(as_text=True)
        assert "Máy quét không gửi dấu." in body
        assert "máy quét không gửi dấu" in body

    def test_a_birth_that_was_not_declared_is_shown_from_the_id(self, desk: Desk, officer: Actor):
        with transaction() as session:
            made = make_declaration(session, date_of_birth=None)
        body = desk.post(f"/desk/{made.receipt_code}/scan", HTMX, text=card_of(made, birth="02011985"))
        assert "Ngày sinh không khai; trên giấy tờ là 02/01/1985." in body.get_data(as_text=True)


class TestAnswers:
    def test_a_scan_by_htmx_answers_with_the_changed_parts_and_keeps_what_is_typed_there(
        self, desk: Desk, path: str, declaration: Declaration
    ):
        answer = desk.post(f"{path}/scan", HTMX, text=card_of(declaration))
        body = answer.get_data(as_text=True)
        assert answer.status_code == 200
        parts = re.findall(r'id="(work|compare|caption|history)"[^>]* hx-swap-oob="outerMorph"', body)
        assert sorted(parts) == ["caption", "compare", "history", "work"]
        assert "Căn cước/CCCD: trùng 3 mục." in body
        assert "<html" not in body

    def test_an_entry_by_htmx_answers_with_the_few_parts_it_changes(self, desk: Desk, path: str):
        body = desk.post(f"{path}/verify", HTMX, item="phone", how="seen").get_data(as_text=True)
        parts = re.findall(r'id="(\w+)"[^>]* hx-swap-oob="outerMorph"', body)
        assert parts == ["ledger", "why_not", "approve", "sign_anew", "history"]
        assert "Còn thiếu 7 mục" in body
        assert "Lý do (chọn một hoặc nhiều)" not in body

    def test_a_plain_form_goes_back_to_the_page(self, desk: Desk, path: str, declaration: Declaration):
        for act, fields in (("scan", {"text": card_of(declaration)}), ("verify", {"item": "phone", "how": "seen"})):
            answer = desk.post(f"{path}/{act}", **fields)
            assert (answer.status_code, answer.location) == (303, path)

    def test_what_cannot_be_read_says_so_beside_the_ledger(self, desk: Desk, path: str):
        for headers in ({}, HTMX):
            answer = desk.post(f"{path}/scan", headers, text="https://example.vn/khuyen-mai")
            body = answer.get_data(as_text=True)
            assert answer.status_code == 422
            assert re.search(r'id="ledger_said" role="status">\s*<p class="verdict warn">', body)

    def test_the_form_01_of_another_declaration_is_a_link_to_it(self, desk: Desk, path: str):
        other = new_receipt_code()
        answer = desk.post(f"{path}/scan", HTMX, text=other)
        assert answer.status_code == 409
        assert f'href="/desk/{other}">Mở hồ sơ đó' in answer.get_data(as_text=True)

    def test_a_reason_that_is_missing_is_asked_for_where_it_belongs(self, desk: Desk, path: str):
        answer = desk.post(f"{path}/verify", HTMX, item="phone", how="overridden", note=" ")
        body = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert re.search(r'id="why-phone-fault">[^<]*<[^>]*>✗</span> Xin ghi lý do', body)

    def test_what_was_typed_and_refused_stays(self, desk: Desk, path: str):
        answer = desk.post(f"{path}/verify", HTMX, item="phone", how="overridden", note="dài" * 200)
        assert "dài" * 200 in answer.get_data(as_text=True)

    def test_seen_although_the_scan_differs_is_refused(self, desk: Desk, path: str, declaration: Declaration):
        desk.post(f"{path}/scan", text=card_of(declaration, birth="20011985"))
        answer = desk.post(f"{path}/verify", HTMX, item="date_of_birth", how="seen")
        assert answer.status_code == 422
        assert "không ghi là đã xem được" in answer.get_data(as_text=True)

    def test_an_item_that_is_none_is_told_in_the_banner(self, desk: Desk, path: str):
        answer = desk.post(f"{path}/verify", HTMX, item="khong_co", how="seen")
        assert answer.status_code == 422
        assert answer.get_data(as_text=True).lstrip().startswith('<div id="banner"')

    def test_without_the_claim_nothing_is_verified(self, desk: Desk, declaration: Declaration):
        path = f"/desk/{declaration.receipt_code}"
        assert desk.post(f"{path}/verify", item="name", how="seen").status_code == 409
        assert desk.post(f"{path}/verify/undo", item="name").status_code == 409

    def test_an_entry_is_taken_back(self, desk: Desk, path: str, declaration: Declaration, officer: Actor):
        desk.post(f"{path}/verify", item="name", how="seen")
        desk.post(f"{path}/verify/undo", HTMX, item="name")
        assert item(declaration, officer, "name")["state"] == "missing"


class TestSearchByScanner:
    def test_form_01_scanned_from_anywhere_opens_claims_and_marks_as_handed_in(
        self, desk: Desk, declaration: Declaration, officer: Actor
    ):
        """K6, in one gesture."""
        answer = desk.post("/desk/search", q=declaration.receipt_code, scanned="1")
        assert answer.location == f"/desk/{declaration.receipt_code}"
        shown = show_state(declaration.receipt_code, officer)
        assert (shown["claim"]["state"], bool(shown["declaration"]["presented"])) == ("mine", True)

    def test_typed_it_only_opens(self, desk: Desk, declaration: Declaration, officer: Actor):
        desk.post("/desk/search", q=declaration.receipt_code)
        shown = show_state(declaration.receipt_code, officer)
        assert (shown["claim"]["state"], shown["declaration"]["presented"]) == ("none", "")

    def test_in_a_colleagues_hands_it_only_opens(self, desk: Desk, declaration: Declaration, officer: Actor):
        with transaction() as session:
            colleague = make_actor(session)
        decide.claim(declaration.receipt_code, colleague)
        answer = desk.post("/desk/search", q=declaration.receipt_code, scanned="1")
        assert answer.location == f"/desk/{declaration.receipt_code}"
        assert show_state(declaration.receipt_code, officer)["declaration"]["presented"] == ""

    def test_decided_it_only_opens(self, desk: Desk, officer: Actor):
        with transaction() as session:
            decided = make_declaration(session, status=Status.APPROVED)
        assert desk.post("/desk/search", q=decided.receipt_code, scanned="1").status_code == 303

    def test_an_id_scanned_from_anywhere_opens_the_persons_declaration(self, desk: Desk, declaration: Declaration):
        answer = desk.post("/desk/search", q=card_of(declaration), scanned="1")
        assert answer.location == f"/desk/{declaration.receipt_code}"


class TestHistoryAndSheet:
    def test_the_history_tells_scans_and_entries(self, desk: Desk, path: str, declaration: Declaration, officer: Actor):
        desk.post(f"{path}/scan", text=card_of(declaration, birth="20011985"))
        for name in ("portrait", "id_document", "form01_signed"):
            desk.post(f"{path}/verify", item=name, how="seen")
        desk.post(f"{path}/verify", item="date_of_birth", how="overridden", note="Thẻ in sai")
        desk.post(f"{path}/verify/undo", item="portrait")
        history = show_state(declaration.receipt_code, officer)["history"]
        told = [line["what"] for line in history if line["what"] != "Mở xem"]
        assert told[:4] == [
            "Bỏ xác minh ảnh chân dung",
            "Chấp nhận, có lý do: ngày sinh",
            "Đã xem: ảnh chân dung, giấy tờ bản gốc, mẫu số 01 đã ký",
            "Quét Căn cước/CCCD: trùng họ tên, số giấy tờ; khác ngày sinh",
        ]

    def test_the_sheet_keeps_what_counted_and_what_was_replaced(
        self, desk: Desk, path: str, declaration: Declaration, officer: Actor
    ):
        desk.post(f"{path}/verify", item="phone", how="seen")
        desk.post(f"{path}/verify", item="phone", how="overridden", note="Máy hết pin")
        page = desk.get(f"{path}/ledger").get_data(as_text=True)
        counted, lapsed = page.split("Đã bỏ hoặc được thay")
        assert "chấp nhận, có lý do: Máy hết pin" in counted
        assert "đã xem" in lapsed
        assert officer.name in counted
        assert "Họ tên trùng giấy tờ" in counted  # still missing
        assert [row.declaration_id for row in trail(TrailEvent.LEDGER)] == [declaration.id]

    def test_the_sheet_of_an_approved_declaration_is_complete(
        self, desk: Desk, path: str, declaration: Declaration, officer: Actor
    ):
        with transaction() as session:
            verify_all(session, declaration, officer)
        desk.post(f"{path}/approve")
        page = desk.get(f"{path}/ledger").get_data(as_text=True)
        assert page.count("đã xem") == 8
        assert "Còn thiếu" not in page

    def test_a_childs_sheet_speaks_of_the_child(self, desk: Desk, officer: Actor):
        with transaction() as session:
            child = make_declaration(session, guardian_bhxh_code="0123456789", date_of_birth=date(2015, 3, 4))
        page = desk.get(f"/desk/{child.receipt_code}/ledger").get_data(as_text=True)
        assert "Họ tên trùng giấy khai sinh" in page
