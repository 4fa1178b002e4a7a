"""What the app sends: JSON objects of known fields and nothing else; each wrong field named, in Vietnamese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import RequestEntityTooLarge

from backoffice.identity.text import visible
from backoffice.intake.forms import MalformedRequest, WrongContentType, read_json
from backoffice.kernel.errors import Fault, InvalidInput, TooLarge

MOST_BYTES = 16 * 1024
LONGEST_SECRET = 1024
"""Of a password: far above what is taken, for it may come decomposed (NFD)."""
Body = TypeVar("Body", bound="Sent")

Code = Annotated[
    StrictStr,
    Field(max_length=40, description="BHXH code: 10 or 12 digits, or a health card number of 15 characters."),
]
Password = Annotated[StrictStr, Field(max_length=LONGEST_SECRET, json_schema_extra={"format": "password"})]
Digits = Annotated[StrictStr, Field(max_length=20, description="As in the message; blanks do not matter.")]
Device = Annotated[
    StrictStr,
    Field(pattern="^[ -~]{8,128}$", description="The app's own name of its installation: random, kept on the device."),
]
Proof = Annotated[
    StrictStr, Field(min_length=1, max_length=2048, description="What the step before gave; good for ten minutes.")
]


class Sent(BaseModel):
    """What all bodies share: no field that is not known."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SignInBody(Sent):
    """BHXH code and password on a device."""

    bhxh_code: Code
    password: Password
    device_id: Device
    device_name: StrictStr | None = Field(
        default=None, max_length=60, description="What its owner calls the device: told in the warning, not kept."
    )


class ProofBody(Sent):
    """What the step before gave."""

    proof: Proof


class DeviceBody(Sent):
    """The code that allows another device."""

    proof: Proof
    otp: Digits


class FirstPasswordBody(Sent):
    """An own password in the place of a temporary one, or of one that is too old."""

    proof: Proof
    new: Password
    repeat: Password
    otp: Digits | None = Field(default=None, description="Obligatory where next was new_password.")


class RefreshBody(Sent):
    """The refresh token, which is used up by it."""

    refresh: StrictStr = Field(min_length=1, max_length=256)


class PasswordBody(Sent):
    """Another password, with the code that went to the phone."""

    old: Password
    new: Password
    repeat: Password
    otp: Digits


class EmailResetBody(Sent):
    """Whose password is to be reset by e-mail."""

    bhxh_code: Code


class EmailResetCodeBody(Sent):
    """The code from the letter, and the password to be."""

    bhxh_code: Code
    code: Digits
    new: Password
    repeat: Password
    device_id: Device


class AgainBody(Sent):
    """The password of whoever is signed in, asked again."""

    password: Password


class SmartOtpBody(Sent):
    """Six digits of the authenticator."""

    code: Digits


def read(body: type[Body]) -> Body:
    """Return what was sent as `body`.

    Raises WrongContentType, TooLarge, MalformedRequest, InvalidInput with a fault for each wrong field. No message
    repeats what was sent: it may be a password.
    """
    if request.mimetype != "application/json":
        raise WrongContentType("Xin gửi dữ liệu theo kiểu application/json.")
    request.max_content_length = MOST_BYTES
    try:
        sent = read_json(request.get_data(cache=False))
    except RequestEntityTooLarge:
        raise TooLarge("Nội dung gửi lên lớn hơn 16 KB nên chưa được nhận. Xin xem lại rồi gửi lại.") from None
    except MalformedRequest:
        raise MalformedRequest(
            "Nội dung gửi lên không phải JSON đúng cách viết, bảng mã UTF-8, mỗi mục một lần. Xin xem lại rồi gửi lại."
        ) from None
    try:
        return body.model_validate(sent)
    except ValidationError as error:
        raise InvalidInput(map(_fault, error.errors(include_url=False, include_input=False))) from None


def _fault(detail: ErrorDetails) -> Fault:
    field = ".".join(visible(str(part)[:256])[:64] for part in detail["loc"])
    return Fault(field, _sentence(detail), detail["type"])


def _sentence(detail: ErrorDetails) -> str:
    context: Mapping[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return "Thiếu mục này. Xin bổ sung rồi gửi lại."
        case "extra_forbidden":
            return "Không có mục này. Xin bỏ mục này hoặc sửa lại tên mục."
        case "string_too_long":
            return f"Mục này dài quá {context['max_length']} ký tự. Xin viết ngắn lại."
        case "string_too_short":
            return "Mục này không được để trống."
        case "string_pattern_mismatch":
            return "Mã thiết bị gồm 8 đến 128 ký tự ASCII in được. Xin xem lại ứng dụng."
        case "string_type":
            return "Mục này phải là chuỗi ký tự, đặt trong dấu nháy kép."
        case _:
            return "Nội dung gửi lên phải là một đối tượng JSON."
