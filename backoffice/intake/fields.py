"""What a caller sends as part `declaration` (design 2, D3): shape only, each wrong field named, in Vietnamese.

Nothing here is obligatory to pydantic: what is missing is found together with what is wrong, in intake.checks, so that
one answer tells everything. The published schema does say what is obligatory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictStr, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from backoffice.identity.text import visible
from backoffice.kernel.errors import Fault
from backoffice.models import IdType, Purpose, RegisteredAt

ADDRESS_REQUIRED = ("province", "ward", "line")
REQUIRED = (
    "purpose", "bhxh_code", "full_name", "id_type", "id_number", "address", "phone", "office_code", "consent",
    "undertaking",
)  # fmt: skip

_OBJECT = "phải là một đối tượng JSON."
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _day(value: object) -> object:
    """Take an ISO 8601 day and nothing else: neither a number nor a text with an hour."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("day", "Ngày phải có thật và viết theo mẫu năm-tháng-ngày, ví dụ 1985-01-20.")


def _blank(value: object) -> object:
    """Take an empty choice as none."""
    return None if value == "" else value


Day = Annotated[date | None, BeforeValidator(_day)]


def _obliging(*names: str) -> Any:
    """Return what makes a published schema say that `names` are obligatory and never null."""

    def amend(schema: dict[str, Any]) -> None:
        schema["required"] = list(names)
        for name, inner in schema["properties"].items():
            inner.pop("default", None)
            if name in names:
                (kept,) = (one for one in inner.pop("anyOf") if one.get("type") != "null")
                inner |= kept

    return amend


class Address(BaseModel):
    """Contact address by the codes of the General Statistics Office; `district` only in the shape before July 2025."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_obliging(*ADDRESS_REQUIRED))

    province: StrictStr | None = Field(default=None, max_length=20, description="Mã tỉnh, thành phố, 2 chữ số.")
    district: StrictStr | None = Field(
        default=None, max_length=20, description="Mã quận, huyện, 3 chữ số; chỉ có ở địa chỉ trước ngày 01/7/2025."
    )
    ward: StrictStr | None = Field(default=None, max_length=20, description="Mã xã, phường, 5 chữ số.")
    line: StrictStr | None = Field(default=None, max_length=200, description="Số nhà, đường, thôn, tổ.")


class NewDeclaration(BaseModel):
    """Form 01 as it is sent (D3). Texts are as typed: spaces, dashes and capital letters in numbers do not matter."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_obliging(*REQUIRED))

    purpose: Purpose | None = Field(default=None, description="Hiện chỉ nhận register (đăng ký lần đầu).")
    bhxh_code: StrictStr | None = Field(
        default=None, max_length=40, description="Mã số BHXH 10 hoặc 12 chữ số, hoặc số thẻ BHYT 15 ký tự."
    )
    full_name: StrictStr | None = Field(
        default=None, max_length=400, description="Họ tên như trên giấy tờ, tối đa 200 ký tự."
    )
    id_type: IdType | None = Field(default=None, description="Căn cước/CCCD, CMND hoặc hộ chiếu.")
    id_number: StrictStr | None = Field(default=None, max_length=40)
    date_of_birth: Day = Field(default=None, description="Năm-tháng-ngày (ISO 8601).")
    address: Address | None = None
    phone: StrictStr | None = Field(
        default=None, max_length=40, description="Số di động Việt Nam của chính người khai."
    )
    email: StrictStr | None = Field(default=None, max_length=254)
    send_form01_by_email: StrictBool | None = Field(default=None, description="Gửi mẫu số 01 vào e-mail đã khai.")
    office_code: StrictStr | None = Field(
        default=None, max_length=20, description="Mã cơ quan BHXH tiếp nhận; danh sách ở GET /api/v1/offices."
    )
    population_db_verified: StrictBool | None = Field(
        default=None,
        description="Dữ liệu đã được Cơ sở dữ liệu quốc gia về dân cư xác thực; khi đó có thể không gửi ảnh giấy tờ.",
    )
    guardian_bhxh_code: StrictStr | None = Field(default=None, max_length=40, description="Chưa nhận tờ khai cho con.")
    contact_person: StrictStr | None = Field(default=None, max_length=200)
    start_date: Day = Field(default=None, description="Ngày bắt đầu giao dịch điện tử (ISO 8601).")
    registered_at: Annotated[RegisteredAt | None, BeforeValidator(_blank)] = Field(
        default=None, description="Nơi đăng ký giao dịch điện tử: Cổng BHXH (portal) hoặc tổ chức I-VAN (ivan)."
    )
    submission_method: StrictStr | None = Field(default=None, max_length=200)
    consent: StrictBool | None = Field(
        default=None,
        description="Đồng ý cho xử lý dữ liệu cá nhân nhạy cảm; phải là true.",
        json_schema_extra={"const": True},
    )
    undertaking: StrictBool | None = Field(
        default=None,
        description="Cam kết về tính chính xác của tờ khai; phải là true.",
        json_schema_extra={"const": True},
    )


def read_fields(sent: object) -> tuple[NewDeclaration, tuple[Fault, ...]]:
    """Return what could be read of the JSON value `sent`, and a fault for each field of a wrong shape.

    A faulty field is None in the result.
    """
    try:
        return NewDeclaration.model_validate(sent), ()
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    if not isinstance(sent, Mapping):
        return NewDeclaration(), (Fault("declaration", f"Phần declaration {_OBJECT}", "not_an_object"),)
    faulty = {tuple(detail["loc"]) for detail in found}
    return NewDeclaration.model_validate(_without(sent, faulty)), tuple(map(_fault, found))


def _without(sent: Mapping[str, Any], faulty: set[tuple[int | str, ...]]) -> dict[str, Any]:
    """Return `sent` without the values at the `faulty` places, at most one level down."""
    kept: dict[str, Any] = {}
    for name, value in sent.items():
        if (name,) in faulty:
            continue
        inner = {place[1] for place in faulty if place[0] == name and len(place) > 1}
        kept[name] = {key: one for key, one in value.items() if key not in inner} if inner else value
    return kept


def _fault(detail: ErrorDetails) -> Fault:
    field = ".".join(visible(str(part))[:64] for part in detail["loc"])
    return Fault(field, _sentence(detail), detail["type"])


def _sentence(detail: ErrorDetails) -> str:
    context: Mapping[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return "Tờ khai không có mục này. Xin bỏ mục này hoặc sửa lại tên mục."
        case "string_too_long":
            return f"Mục này dài quá {context['max_length']} ký tự. Xin viết ngắn lại."
        case "string_type":
            return "Mục này phải là chuỗi ký tự, đặt trong dấu nháy kép."
        case "bool_type":
            return "Mục này phải là true hoặc false."
        case "enum":
            return f"Mục này phải là một trong: {_either(context)}."
        case "day":
            return detail["msg"]
        case _:
            return f"Mục này {_OBJECT}"


def _either(context: Mapping[str, Any]) -> str:
    """Return pydantic's "'a', 'b' or 'c'" as "a, b, c"."""
    names: Sequence[str] = re.findall(r"'([^']*)'", str(context["expected"]))
    return ", ".join(names)
