"""What a caller sends as part `declaration` (design 2, D3): shape only, each wrong field named, in Vietnamese.

Nothing here is obligatory to pydantic: what is missing is found together with what is wrong, in intake.checks, so that
one answer tells everything. The published schema does say what is obligatory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictStr, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from backoffice.identity.text import visible
from backoffice.kernel.errors import Fault
from backoffice.models import IdType, Purpose, RegisteredAt

ADDRESS_REQUIRED = ("province", "ward", "line")
REQUIRED = ("purpose", "bhxh_code", "office_code", "consent", "undertaking")
"""Of every declaration; the rest is obligatory where no account says it (intake.known)."""

_OBJECT = "phải là một đối tượng JSON."
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _day(value: object) -> object:
    """Take an ISO 8601 day and nothing else: neither a number nor a text with an hour."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
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
                inner |= kept | ({"minLength": 1} if kept.get("type") == "string" else {})

    return amend


class Address(BaseModel):
    """Contact address by the codes of the General Statistics Office; `district` only in the shape before July 2025."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_obliging(*ADDRESS_REQUIRED))

    province: StrictStr | None = Field(default=None, max_length=20, description="Province, 2 digits.")
    district: StrictStr | None = Field(
        default=None,
        max_length=20,
        description="District, 3 digits: only in an address in the shape before 1 July 2025.",
    )
    ward: StrictStr | None = Field(default=None, max_length=20, description="Ward, 5 digits.")
    line: StrictStr | None = Field(default=None, max_length=200, description="House, street, hamlet.")


class NewDeclaration(BaseModel):
    """Form 01 as it is sent. Texts are as typed: blanks, dots and dashes in numbers do not matter."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_obliging(*REQUIRED))

    purpose: Purpose | None = Field(
        default=None,
        description="adjust and stop need an open account under bhxh_code: what is left out stays as it is there. stop "
        "changes nothing: what is sent besides must be the account's.",
    )
    bhxh_code: StrictStr | None = Field(
        default=None, max_length=40, description="10 or 12 digits, or a health card number of 15 characters."
    )
    full_name: StrictStr | None = Field(
        default=None,
        max_length=400,
        description="As on the ID, at most 200 characters; of a child as on the certificate.",
    )
    id_type: IdType | None = Field(
        default=None, description="Căn cước/CCCD, CMND or passport. Obligatory to register without a guardian."
    )
    id_number: StrictStr | None = Field(
        default=None,
        max_length=40,
        description="Obligatory to register without a guardian. An adjustment keeps it, or both name and birth.",
    )
    date_of_birth: Day = Field(default=None, description="A day, ISO 8601.")
    address: Address | None = Field(default=None, description="Obligatory to register without a guardian.")
    phone: StrictStr | None = Field(
        default=None,
        max_length=40,
        description="Vietnamese mobile number of the declarer's own. Obligatory to register without a guardian.",
    )
    email: StrictStr | None = Field(default=None, max_length=254)
    send_form01_by_email: StrictBool | None = Field(
        default=None, description="Send form 01 to the e-mail address given."
    )
    office_code: StrictStr | None = Field(
        default=None, max_length=20, description="Receiving office, from GET /api/v1/offices."
    )
    population_db_verified: StrictBool | None = Field(
        default=None,
        description="The national population database has verified the data; photos of the ID may then be left out.",
    )
    guardian_bhxh_code: StrictStr | None = Field(
        default=None,
        max_length=40,
        description="The declaration is for a child under 18, by the owner of the open account under this code, whom "
        "the client has signed in; paper, address, phone and e-mail are that account's and may be left out. With the "
        "parts portrait and birth_certificate.",
    )
    contact_person: StrictStr | None = Field(default=None, max_length=200)
    start_date: Day = Field(default=None, description="First day of e-transactions, ISO 8601.")
    registered_at: Annotated[RegisteredAt | None, BeforeValidator(_blank)] = Field(
        default=None, description="Where e-transactions are registered: the BHXH portal or an I-VAN organisation."
    )
    submission_method: StrictStr | None = Field(default=None, max_length=200)
    consent: StrictBool | None = Field(
        default=None,
        description="Consent to the processing of sensitive personal data; must be true.",
        json_schema_extra={"const": True},
    )
    undertaking: StrictBool | None = Field(
        default=None,
        description="Undertaking that what is declared is true; must be true.",
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
    if sent is None:
        return NewDeclaration(), (Fault("declaration", "Thiếu phần declaration (application/json).", "missing"),)
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
    field = ".".join(visible(str(part)[:256])[:64] for part in detail["loc"])
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
