"""What the telephone system sends, as typed models, and reading it (RFC 8259)."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError
from pydantic_core import ErrorDetails

from backoffice.identity.text import visible
from backoffice.intake.forms import MalformedRequest, WrongContentType, read_json
from backoffice.kernel.errors import Fault, InvalidInput, TooLarge

Model = TypeVar("Model", bound=BaseModel)
MAX_BYTES = 4096
_SENTENCES = {
    "missing": "Thiếu mục này.",
    "extra_forbidden": "Không có mục này. Xin bỏ mục này hoặc sửa lại tên mục.",
    "string_type": "Mục này phải là chuỗi ký tự, đặt trong dấu nháy kép.",
    "string_too_long": "Mục này dài quá. Xin gửi ngắn lại.",
    "string_too_short": "Mục này để trống. Xin gửi đủ nội dung.",
}


class ResetAsked(BaseModel):
    """A caller asks the virtual assistant for a new password."""

    model_config = ConfigDict(extra="forbid")

    caller_phone: StrictStr = Field(max_length=40, description="The caller's number as the network gives it.")
    bhxh_code: StrictStr = Field(max_length=40, description="As the caller keyed or said it: 10 or 12 digits.")
    call_id: StrictStr = Field(
        min_length=1,
        max_length=128,
        description="The call's own id: asked again within 2 minutes, it counts as the same reset.",
    )


class CallAnnounced(BaseModel):
    """A call is being put through to an agent."""

    model_config = ConfigDict(extra="forbid")

    caller_phone: StrictStr = Field(max_length=40, description="The caller's number: a Vietnamese mobile one.")


def read_body(model: type[Model], data: bytes, media_type: str) -> Model:
    """Return what was sent; raises WrongContentType, TooLarge, MalformedRequest, InvalidInput with every fault."""
    if media_type != "application/json":
        raise WrongContentType("Xin gửi dữ liệu theo kiểu application/json.")
    if len(data) > MAX_BYTES:
        raise TooLarge("Dữ liệu gửi lên quá lớn. Xin chỉ gửi các mục của yêu cầu này.")
    try:
        sent = read_json(data)
    except MalformedRequest:
        raise MalformedRequest("Dữ liệu gửi lên không phải JSON đúng cách viết, bảng mã UTF-8.") from None
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        raise InvalidInput(map(_fault, error.errors(include_url=False, include_input=False))) from None


def _fault(detail: ErrorDetails) -> Fault:
    field = ".".join(visible(str(part)[:256])[:64] for part in detail["loc"])
    return Fault(field, _SENTENCES.get(detail["type"], "Dữ liệu phải là một đối tượng JSON."), detail["type"])
