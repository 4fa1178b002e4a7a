"""What a signed-in owner does by the app: changes the password, reads the account (A2, A6, D11)."""

from __future__ import annotations

from datetime import date, timedelta

from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Account, AccountStatus, Notice, NoticeKind, Status, TrailEvent, TrailRow
from tests.factories import make_declaration
from tests.mobile.phone import Phone
from tests.portal.owners import MINE, NEW, account_in_use, code_sent


def looks(account: Account) -> list[str]:
    """What of the account was read, by the trail."""
    with transaction() as session:
        rows = session.query(TrailRow).filter_by(account_id=account.id, event=TrailEvent.ACCOUNT_READ)
        return [row.facts["what"] for row in rows.order_by(TrailRow.id)]


class TestPassword:
    def change(self, phone: Phone, otp: str, **more: str) -> int:
        body = {"old": MINE, "new": NEW, "repeat": NEW, "otp": otp}
        return phone.call("PUT", "/password", body | more).status_code

    def test_a2_old_new_repeat_and_the_code_change_it(self, here: Phone, other: Phone, account: Account) -> None:
        assert here.call("POST", "/password/code").status_code == 202
        assert self.change(here, code_sent(account)) == 204
        assert here.call("GET", "").status_code == 200, "this session goes on"
        assert other.sign_in(account, MINE).status_code == 422
        with transaction() as session:
            told = session.query(Notice).filter_by(account_id=account.id, kind=NoticeKind.PASSWORD_CHANGED).count()
        assert told == 2, "by SMS and by e-mail"

    def test_a2_without_a_code_nothing_changes(self, here: Phone, account: Account) -> None:
        assert self.change(here, "123456") == 409
        assert here.said["code"] == "otp_none"
        assert here.sign_in(account, MINE).status_code == 201

    def test_a2_a_code_serves_once(self, here: Phone, account: Account) -> None:
        here.call("POST", "/password/code")
        code = code_sent(account)
        assert self.change(here, code) == 204
        assert self.change(here, code, old=NEW, new="cây đa bến nước", repeat="cây đa bến nước") == 409

    def test_a2_the_fifth_wrong_code_voids_it(self, here: Phone, account: Account) -> None:
        here.call("POST", "/password/code")
        right = code_sent(account)
        wrong = "000000" if right != "000000" else "000001"
        assert [self.change(here, wrong) for _ in range(5)] == [422] * 5
        assert self.change(here, right) == 409
        assert here.said["code"] == "otp_void"

    def test_a2_a_wrong_old_password_is_counted_and_uses_up_no_code(self, here: Phone, account: Account) -> None:
        here.call("POST", "/password/code")
        code = code_sent(account)
        assert [self.change(here, code, old=f"sai lần {n}") for n in range(5)] == [422] * 5
        assert here.fields == ["old"]
        assert self.change(here, code) == 429
        with clock.at(clock.now() + timedelta(minutes=2)):
            assert self.change(here, code) == 204

    def test_a1_none_of_the_last_five_and_nothing_common_or_personal(self, here: Phone, account: Account) -> None:
        here.call("POST", "/password/code")
        for new in (MINE, "matkhau123", account.phone):
            assert self.change(here, code_sent(account), new=new, repeat=new) == 422
            assert here.fields == ["new"]

    def test_a_sixth_code_within_a_quarter_of_an_hour_has_to_wait(self, here: Phone) -> None:
        codes = [here.call("POST", "/password/code").status_code for _ in range(6)]
        assert codes == [202] * 5 + [429]


class TestInformation:
    def test_a6_the_personal_page_says_all_of_it(self, phone: Phone) -> None:
        account = account_in_use(date_of_birth=date(1990, 2, 3), email="chu@example.vn")
        phone.sign_in(account)
        said = phone.call("GET", "").json
        assert said["bhxh_code"] == account.bhxh_code
        assert said["full_name"] == "Trần Thị Mẫu"
        assert said["date_of_birth"] == "1990-02-03"
        assert said["paper"] == {"type": "citizen_id", "text": "Căn cước/CCCD", "number": account.id_number}
        assert (said["phone"], said["is_phone_own"]) == (account.phone, True)
        assert said["address"] == {
            "province": {"code": "01", "name": "Thành phố Hà Nội"},
            "district": None,
            "ward": {"code": "00004", "name": "Phường Ba Đình"},
            "line": "Số 3 phố Mẫu",
        }
        assert said["email"] == {"address": "chu@example.vn", "is_confirmed": False}
        assert (said["status"], said["status_text"]) == ("active", "Đang sử dụng")
        assert said["has_smart_otp"] is False
        assert looks(account) == ["information"]

    def test_a6_an_address_of_before_july_2025_has_its_district(self, phone: Phone) -> None:
        phone.sign_in(account_in_use(province_code="01", district_code="001", ward_code="00001"))
        address = phone.call("GET", "").json["address"]
        assert address["district"] == {"code": "001", "name": "Quận Ba Đình"}
        assert address["ward"]["name"] == "Phường Phúc Xá"

    def test_a_place_that_is_not_known_any_more_is_told_by_its_code(self, phone: Phone) -> None:
        phone.sign_in(account_in_use(ward_code="99999"))
        assert phone.call("GET", "").json["address"]["ward"] == {"code": "99999", "name": None}

    def test_a1_it_says_until_when_the_password_is_good(self, here: Phone) -> None:
        six_months_on = clock.local(clock.now() + timedelta(days=184)).date().isoformat()
        assert clock.today().isoformat() < here.call("GET", "").json["password_ends_at"][:10] <= six_months_on

    def test_with_anothers_token_anothers_account_is_shown(self, here: Phone, other: Phone) -> None:
        another = account_in_use(other.device, full_name="Lê Văn Khác")
        other.sign_in(another)
        said = here.call("GET", "", **{"X-Account-Token": other.tokens["access"]}).json
        assert said["full_name"] == "Lê Văn Khác"

    def test_nothing_is_kept_on_the_way(self, here: Phone) -> None:
        assert here.call("GET", "").headers["Cache-Control"] == "no-store"


class TestLists:
    def test_own_declarations_are_listed_by_either_code_and_nobody_elses(self, here: Phone, account: Account) -> None:
        with transaction() as session:
            by_code = make_declaration(session, bhxh_code=account.bhxh_code, status=Status.APPROVED)
            by_number = make_declaration(session, bhxh_code=account.id_number)
            make_declaration(session)
        listed = here.call("GET", "/declarations").json["declarations"]
        assert [one["receipt_code"] for one in listed] == [
            format_receipt_code(by_number.receipt_code),
            format_receipt_code(by_code.receipt_code),
        ]
        assert [one["status_text"] for one in listed] == ["Đã khai, chưa nộp", "Đã duyệt"]
        assert looks(account) == ["declarations"]

    def test_k4_a_declaration_past_its_deadline_is_told_as_expired(self, here: Phone, account: Account) -> None:
        with transaction() as session:
            yesterday = clock.now() - timedelta(days=1)
            make_declaration(session, bhxh_code=account.bhxh_code, expires_at=yesterday)
            make_declaration(session, bhxh_code=account.bhxh_code, presented_at=clock.now())
        listed = here.call("GET", "/declarations").json["declarations"]
        assert {one["status_text"] for one in listed} == {"Quá hạn, đã xóa", "Đã nộp, đang giải quyết"}

    def test_d11_children_and_what_was_declared_for_them(self, here: Phone, account: Account) -> None:
        child = account_in_use(full_name="Trần Bé Mẫu", guardian_id=account.id, status=AccountStatus.ISSUED)
        with transaction() as session:
            made = make_declaration(session, full_name="Trần Bé Hai", guardian_bhxh_code=account.bhxh_code)
        said = here.call("GET", "/children").json
        assert said["children"] == [
            {
                "bhxh_code": child.bhxh_code,
                "full_name": "Trần Bé Mẫu",
                "status": "issued",
                "status_text": "Đã cấp, chưa đăng nhập",
            }
        ]
        assert [one["receipt_code"] for one in said["declarations"]] == [format_receipt_code(made.receipt_code)]
        assert looks(child) == ["guardian"]

    def test_a_locked_account_reads_nothing_any_more(self, here: Phone, account: Account) -> None:
        with transaction() as session:
            session.get_one(Account, account.id).status = AccountStatus.LOCKED
        for path in ("", "/declarations", "/children"):
            assert here.call("GET", path).status_code == 401
