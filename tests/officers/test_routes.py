"""The pages over HTTP: who may open what, what comes back, what a form loses (nothing)."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.gateways.sheets import read_table
from backoffice.gateways.sheets.writing import write_table
from backoffice.kernel import clock
from backoffice.models import Role
from backoffice.officers import sheet
from tests.officers.conftest import House
from tests.officers.helpers import an_officer, id_of, mark, the
from tests.signin.browser import HTMX, form_token, let_in, post

LAN = {"username": "lan", "name": "Lê Thị Lan", "role": "reception", "office": "00114", "email": ""}


@pytest.fixture
def root(client: FlaskClient, house: House) -> FlaskClient:
    return let_in(client, "goc")


@pytest.fixture
def province(client: FlaskClient, house: House) -> FlaskClient:
    return let_in(client, "tinh")


def names(answer: TestResponse) -> list[str]:
    return re.findall(r'<a href="/officers/\d+">([^<]+)</a>', answer.text)


def numbers(answer: TestResponse) -> list[str]:
    return re.findall(r'<a href="/officers/(\d+)">', answer.text)


def send_file(client: FlaskClient, *rows: dict[str, str]) -> TestResponse:
    data = write_table("x", sheet.COLUMNS[:4], rows)
    form = {"csrf_token": form_token(client), "file": (BytesIO(data), "can-bo.xlsx")}
    return client.post("/officers/import", data=form, content_type="multipart/form-data")


class TestList:
    def test_administrators_and_supervisors_see_their_branch_alone(self, client: FlaskClient, house: House):
        an_officer("lan", full_name="Lan Gần")
        an_officer("xaxoi", full_name="Lan Xa", office="00201")
        for username in ("tinh", "lanhdao"):
            shown = let_in(client, username).get("/officers")
            assert "Lan Gần" in names(shown)
            assert "Lan Xa" not in names(shown)
            post(client, "/logout")

    @pytest.mark.parametrize("role", [Role.RECEPTION, Role.HOTLINE, Role.AUDITOR])
    def test_nobody_else_sees_any(self, client: FlaskClient, house: House, role: Role):
        an_officer("khac", role=role, office="000")
        let_in(client, "khac")
        for path in ("/officers", "/officers/new", f"/officers/{house.root.id}"):
            assert client.get(path).status_code == 403
        assert post(client, "/officers/export.xlsx").status_code == 403

    @pytest.mark.parametrize("q", ["le thi lan", "LÊ  THỊ", "Lê Thị", "thilan01", "lan 00114", "lan bhxh mau 00114"])
    def test_is_searched_without_diacritics_by_name_user_name_and_office(self, root: FlaskClient, q: str):
        an_officer("thilan01", full_name="Lê Thị Lan")
        an_officer("hoa", full_name="Trần Hoa", office="00201")
        assert names(post(root, "/officers/search", {"q": q})) == ["Lê Thị Lan"]

    @pytest.mark.parametrize("q", ["%", "_", "\\", "khong co ai", "\0x\0y", "x" * 10_000, "'"])
    def test_what_nobody_is_called_finds_nobody_and_breaks_nothing(self, root: FlaskClient, q: str):
        answer = post(root, "/officers/search", {"q": q})
        assert (answer.status_code, names(answer)) == (200, [])

    def test_is_narrowed_by_role_and_by_state(self, root: FlaskClient, house: House):
        hoa = an_officer("hoa", full_name="Hoa", disabled_at=clock.now())
        an_officer("cuc", full_name="Cúc", last_seen_at=clock.now())
        assert names(root.get("/officers?state=disabled")) == ["Hoa"]
        assert "Cúc" not in names(root.get("/officers?state=never"))
        assert "Cúc" in names(root.get("/officers?role=reception&state=enabled"))
        assert len(names(root.get("/officers?role=administrator"))) == 3
        assert len(names(root.get("/officers?role=vua&state=x"))) == 6
        assert the(hoa).disabled_at

    def test_pages_follow_one_another_without_gap_or_repetition(self, root: FlaskClient):
        for number in range(107):
            an_officer(f"nguoi{number}", full_name=f"Người {number % 10}")
        seen = numbers(answer := post(root, "/officers/search", {"q": "nguoi"}))
        while found := re.search(r'name="after" value="(\d+)"', answer.text):
            form = {"csrf_token": form_token(root), "q": "nguoi", "after": found[1]}
            answer = root.post("/officers/search", data=form, headers=HTMX)
            assert answer.text.lstrip().startswith("<tr")
            seen += numbers(answer)
        assert len(seen) == len(set(seen)) == 107

    @pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "\0"])
    def test_a_place_that_is_none_is_not_found(self, root: FlaskClient, after: str):
        assert post(root, "/officers/search", {"q": "", "after": after}).status_code == 404


class TestOne:
    def test_out_of_scope_is_as_if_nobody_were_there(self, province: FlaskClient):
        there = an_officer("xaxoi", office="00201")
        bodies = {re.sub(r'content="[^"]+"', "", province.get(f"/officers/{one}").text) for one in (there, 10**15)}
        plain = {re.sub(r'value="[^"]+"', "", body) for body in bodies}
        assert len(plain) == 1
        assert province.get(f"/officers/{there}").status_code == 404

    @pytest.mark.parametrize("officer_id", ["0", "x", "9" * 40, "-1", "１", "0" * 20 + "9" * 20, "0" * 20 + "9" * 5000])
    def test_an_address_that_is_no_number_is_not_found(self, root: FlaskClient, officer_id: str):
        assert root.get(f"/officers/{officer_id}").status_code == 404

    def test_a_supervisor_reads_and_is_offered_nothing(self, client: FlaskClient, house: House):
        lan = an_officer("lan", full_name="Lê Thị Lan")
        page = let_in(client, "lanhdao").get(f"/officers/{lan}")
        assert page.status_code == 200
        assert "Lê Thị Lan" in page.text
        assert f"/officers/{lan}/" not in page.text
        for act in ("edit", "second", "second/end", "disable", "enable", "link", "authenticator"):
            assert post(client, f"/officers/{lan}/{act}").status_code == 403

    def test_what_was_done_is_told_with_who_and_what(self, root: FlaskClient, house: House):
        post(root, "/officers/new", LAN)
        lan = id_of("lan")
        post(root, f"/officers/{lan}/edit", LAN | {"role": "supervisor", "office": "001", "mark": mark(lan)})
        page = root.get(f"/officers/{lan}").text
        assert "Vai trò: Cán bộ tiếp nhận hồ sơ → Lãnh đạo; Cơ quan: 00114 → 001" in page
        assert "Cấp đường dẫn đặt mật khẩu" in page
        assert house.root.name in page


class TestForms:
    def test_the_link_is_told_once_in_the_answer_and_in_no_address(self, root: FlaskClient, settings):
        answer = post(root, "/officers/new", LAN)
        (address,) = set(re.findall(rf"{settings.public_url}/link/[\w-]+", answer.text))
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert address not in root.get(f"/officers/{id_of('lan')}").text

    def test_sent_twice_the_second_is_told_what_to_do(self, root: FlaskClient):
        token = form_token(root)
        post(root, "/officers/new", LAN, token=token)
        again = post(root, "/officers/new", LAN, token=token)
        assert again.status_code == 409
        assert "cấp đường dẫn mới" in again.text
        assert 'value="Lê Thị Lan"' in again.text

    def test_a_form_with_faults_keeps_what_was_typed(self, root: FlaskClient):
        answer = post(root, "/officers/new", LAN | {"username": "Đỗ Lan", "office": "99999"})
        assert answer.status_code == 422
        assert "Tên đăng nhập gồm" in answer.text
        assert 'value="Lê Thị Lan"' in answer.text

    @pytest.mark.parametrize(("act", "status"), [("edit", 422), ("second", 422), ("second/end", 409), ("enable", 409)])
    def test_empty_forms_are_refused_with_the_page(self, root: FlaskClient, act: str, status: int):
        lan = an_officer("lan", full_name="Lê Thị Lan")
        answer = post(root, f"/officers/{lan}/{act}")
        assert answer.status_code == status
        assert "Lê Thị Lan" in answer.text

    def test_of_a_stale_page_nothing_is_written_and_what_changed_is_said(self, root: FlaskClient):
        lan = an_officer("lan", full_name="Lê Thị Lan")
        seen = mark(lan)
        post(root, f"/officers/{lan}/edit", LAN | {"email": "lan@example.vn", "mark": seen})
        answer = post(root, f"/officers/{lan}/edit", LAN | {"name": "Lê Mai", "mark": seen})
        assert answer.status_code == 409
        assert "e-mail nay là lan@example.vn" in answer.text
        assert 'value="Lê Mai"' in answer.text
        assert the(lan).full_name == "Lê Thị Lan"

    def test_oneself_is_offered_neither_role_nor_link(self, root: FlaskClient, house: House):
        page = root.get(f"/officers/{house.root.id}").text
        assert '<select class="form-select" id="f-role"' not in page
        assert f"/officers/{house.root.id}/link" not in page
        answer = post(root, f"/officers/{house.root.id}/disable")
        assert answer.status_code == 403
        assert "Không ai tự đổi" in answer.text

    def test_roles_of_the_country_are_offered_at_the_root_alone(self, province: FlaskClient):
        page = province.get("/officers/new").text
        assert 'value="auditor"' not in page
        assert 'value="00201"' not in page
        assert 'value="00114"' in page


class TestSheets:
    def test_from_preview_to_links(self, root: FlaskClient):
        preview = send_file(root, LAN | {"role": "Lãnh đạo"})
        assert preview.status_code == 200
        fields = dict(re.findall(r'name="(token|mark)" value="([^"]+)"', preview.text))
        answer = post(root, "/officers/import/apply", fields)
        assert "/link/" in answer.text
        assert the(id_of("lan")).role is Role.SUPERVISOR
        again = post(root, "/officers/import/apply", fields)
        assert again.status_code == 409
        assert "đã được áp dụng" in again.text

    def test_faults_offer_nothing_to_apply(self, root: FlaskClient):
        preview = send_file(root, LAN | {"office": "99999"})
        assert 'action="/officers/import/apply"' not in preview.text
        assert "99999" in preview.text

    def test_no_file_is_a_sentence(self, root: FlaskClient):
        answer = post(root, "/officers/import")
        assert answer.status_code == 422
        assert "Chưa chọn tệp" in answer.text

    def test_an_invented_token_is_refused(self, root: FlaskClient):
        for token in ("", "x", "\0", "x" * 10_000):
            assert post(root, "/officers/import/apply", {"token": token, "mark": "x"}).status_code == 409

    def test_template_and_export_are_spreadsheets(self, root: FlaskClient):
        for answer in (root.get("/officers/import/template.xlsx"), post(root, "/officers/export.xlsx")):
            assert answer.status_code == 200
            assert answer.data.startswith(b"PK")
            assert "attachment" in answer.headers["Content-Disposition"]

    def test_the_export_has_whom_the_typed_search_found(self, root: FlaskClient):
        an_officer("thilan01", full_name="Lê Thị Lan")
        an_officer("vanminh", full_name="Trần Văn Minh")
        fields = {"q": "le thi lan", "role": Role.RECEPTION.value, "state": ""}
        shown = post(root, "/officers/search", fields).text
        assert 'name="q" value="le thi lan"' in shown[shown.index("/officers/export.xlsx") :]
        table = read_table(post(root, "/officers/export.xlsx", fields).data, sheet.COLUMNS)
        assert [line.values["username"] for line in table.lines] == ["thilan01"]
