"""What a declaration must be to be taken (D3, D6, D8, D13, domain 3): every fault at once, each naming its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.identity.bhxh_code import normalize_bhxh_code
from backoffice.identity.email import normalize_email
from backoffice.identity.malformed import Malformed
from backoffice.identity.names import fold
from backoffice.identity.papers import normalize_id_number
from backoffice.identity.phone import normalize_phone
from backoffice.identity.text import visible
from backoffice.intake.fields import Address, NewDeclaration
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.models import AccountHold, HoldKind, Office, OfficeKind
from backoffice.rules import form01
from backoffice.rules.places import find_place
from backoffice.rules.serving import serving

Value = TypeVar("Value")


@dataclass
class Checker:
    """Collects the faults of one declaration; a field that is already at fault is not looked at again."""

    faults: list[Fault] = field(default_factory=list)

    def add(self, name: str, message: str, code: str = "invalid") -> None:
        """Note that field `name` is at fault."""
        self.faults.append(Fault(name, message, code))

    def knows(self, name: str) -> bool:
        """Tell whether the field, or the object it is in, is already at fault."""
        names = {fault.field for fault in self.faults}
        return name in names or name.partition(".")[0] in names

    def read(self, name: str, reader: Callable[[], Value]) -> Value | None:
        """Return what `reader` makes of field `name`; None, with a fault noted, when it raises Malformed."""
        if self.knows(name):
            return None
        try:
            return reader()
        except Malformed as error:
            self.add(name, error.message, error.code)
            return None


def check_person(fields: NewDeclaration, checker: Checker) -> dict[str, Any]:
    """Return the columns of a declaration that `fields` give, in normal form; each fault goes to `checker`."""
    if checker.knows("declaration"):
        return {}
    name = checker.read("full_name", lambda: form01.read_full_name(fields.full_name))
    columns = {
        "purpose": _chosen(checker, "purpose", fields.purpose, "mục đích kê khai"),
        "bhxh_code": checker.read("bhxh_code", lambda: normalize_bhxh_code(fields.bhxh_code or "")),
        "full_name": name,
        "folded_name": fold(name or ""),
        "phone": checker.read("phone", lambda: normalize_phone(fields.phone or "")),
        "email": checker.read("email", lambda: normalize_email(fields.email)),
        "send_form01_by_email": bool(fields.send_form01_by_email),
        "population_db_verified": bool(fields.population_db_verified),
        "contact_person": _free_text(checker, "contact_person", fields.contact_person),
        "submission_method": _free_text(checker, "submission_method", fields.submission_method),
        "registered_at": fields.registered_at,
        "guardian_bhxh_code": fields.guardian_bhxh_code or None,
        **_paper(fields, checker),
        **_address(fields.address, checker),
        "start_date": checker.read("start_date", lambda: form01.read_start(fields.start_date)),
    }
    if fields.send_form01_by_email and columns["email"] is None and not checker.knows("email"):
        checker.add("email", "Chưa có e-mail để gửi mẫu số 01. Xin nhập e-mail hoặc bỏ chọn gửi e-mail.", "missing")
    _agreements(fields, checker)
    return columns


def check_office(session: Session, fields: NewDeclaration, checker: Checker) -> Office | None:
    """Return the receiving office (D8): it exists, is open, and receives; else None with a fault noted.

    The code of an office that was merged means its successor: who sends it may have learned it before.
    """
    if checker.knows("office_code") or checker.knows("declaration"):
        return None
    code = visible(fields.office_code or "")
    if not code:
        checker.add("office_code", "Chưa chọn cơ quan BHXH tiếp nhận. Xin chọn trong danh sách cơ quan.", "missing")
        return None
    office = session.scalars(select(Office).where(Office.code == code)).one_or_none()
    office = serving(session, office) if office else None
    if office is None:
        checker.add("office_code", f"Không có cơ quan BHXH mang mã {code}. Xin chọn trong danh sách.", "unknown")
    elif office.closed_at is not None:
        checker.faults.append(office_closed(office))
    elif office.kind is OfficeKind.ROOT:
        checker.add("office_code", f"{office.name} không tiếp nhận hồ sơ. Xin chọn cơ quan khác.", "not_receiving")
    else:
        return office
    return None


def office_closed(office: Office) -> Fault:
    """Return the fault that the office chosen serves nobody any more."""
    sentence = f"{office.name} đã ngừng hoạt động. Xin chọn cơ quan BHXH khác."
    return Fault("office_code", sentence, "office_closed")


def check_phone_free(session: Session, columns: Mapping[str, Any], checker: Checker) -> None:
    """Note a fault when an open account of somebody else holds the phone (D6); never whose account it is.

    The codes an account holds tell whether it is the same person's: the 10-digit code and the personal number are one.
    A child's phone is its guardian's (D11).
    """
    phone = columns.get("phone")
    if phone is None:
        return
    holder = session.get(AccountHold, (HoldKind.PHONE, phone))
    if holder is None:
        return
    own = {columns.get("bhxh_code"), columns.get("id_number"), columns.get("guardian_bhxh_code")} - {None}
    codes = session.scalars(
        select(AccountHold.value).where(AccountHold.account_id == holder.account_id, AccountHold.kind == HoldKind.CODE)
    )
    if own.isdisjoint(codes):
        checker.add(
            "phone",
            "Số điện thoại này đã dùng cho tài khoản của mã số BHXH khác. Xin dùng số khác; nếu là số của chính mình, "
            "xin đến cơ quan BHXH gần nhất để được giải quyết.",
            "phone_taken",
        )


def _chosen(checker: Checker, name: str, value: Value | None, what: str) -> Value | None:
    if value is None and not checker.knows(name):
        checker.add(name, f"Chưa có {what}. Xin chọn một giá trị.", "missing")
    return value


def _free_text(checker: Checker, name: str, value: str | None) -> str | None:
    return checker.read(name, lambda: form01.read_free_text(value))


def _paper(fields: NewDeclaration, checker: Checker) -> dict[str, Any]:
    kind = _chosen(checker, "id_type", fields.id_type, "loại giấy tờ")
    born = checker.read("date_of_birth", lambda: form01.read_birth(fields.date_of_birth))
    number = None
    if kind is not None:
        number = checker.read("id_number", lambda: normalize_id_number(kind, fields.id_number or ""))
    elif not fields.id_number:
        checker.add("id_number", "Chưa có số giấy tờ. Xin nhập số trên giấy tờ.", "id_number_missing")
    return {"id_type": kind, "id_number": number, "date_of_birth": born}


def _address(address: Address | None, checker: Checker) -> dict[str, Any]:
    if checker.knows("address"):
        return {}
    sent = address or Address()
    codes = [visible(code or "") for code in (sent.province, sent.district, sent.ward)]
    try:
        find_place(codes[0], codes[1] or None, codes[2] or None)
    except InvalidInput as error:
        for fault in error.faults:
            if not checker.knows(f"address.{fault.field}"):
                checker.add(f"address.{fault.field}", fault.message, fault.code)
    line = checker.read("address.line", lambda: form01.read_address_line(sent.line))
    return {
        "province_code": codes[0], "district_code": codes[1] or None, "ward_code": codes[2], "address_line": line,
    }  # fmt: skip


def _agreements(fields: NewDeclaration, checker: Checker) -> None:
    for name, given, sentence in (
        ("consent", fields.consent, "Cần người khai đồng ý cho xử lý dữ liệu cá nhân nhạy cảm."),
        ("undertaking", fields.undertaking, "Cần người khai cam kết về tính chính xác của nội dung."),
    ):
        if given is not True and not checker.knows(name):
            checker.add(name, f"{sentence} Xin hỏi lại người khai rồi gửi lại với giá trị true.", "not_agreed")
