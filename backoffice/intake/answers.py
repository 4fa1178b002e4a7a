"""What machines are answered: the bodies of the API as typed models, from which its document is made."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, PlainSerializer

from backoffice.kernel import clock
from backoffice.models import Office, PhotoKind, Purpose, Status


def _in_vietnam(instant: datetime) -> str:
    return clock.local(instant).isoformat(timespec="seconds")


Instant = Annotated[datetime, PlainSerializer(_in_vietnam, return_type=str, when_used="json")]
"""An instant, written as Vietnam's clock shows it: 2026-11-30T23:59:59+07:00."""


class OfficeBrief(BaseModel):
    """The office to go to."""

    code: str
    name: str
    address: str | None
    phone: str | None


class OfficeEntry(OfficeBrief):
    """One office of the list (D8)."""

    email: str | None
    parent_code: str | None = Field(description="Mã cơ quan cấp trên.")


class OfficePage(BaseModel):
    """A page of the list of offices."""

    offices: list[OfficeEntry]
    next_cursor: str | None = Field(description="Gửi lại ở tham số cursor để lấy trang sau; null là hết.")


class Receipt(BaseModel):
    """A declaration was taken."""

    receipt_code: str = Field(description="Mã hồ sơ, có gạch nối; khi gửi lại, viết có hay không gạch nối đều được.")
    status: Status
    expires_at: Instant = Field(
        description="Hạn cuối nộp hồ sơ tại cơ quan BHXH; quá hạn tờ khai bị xóa.",
        json_schema_extra={"format": "date-time"},
    )
    office: OfficeBrief
    form01_url: str = Field(description="Mẫu số 01 để xem, lưu, in; có hiệu lực đến khi tờ khai bị xóa.")


class Coded(BaseModel):
    """A stable name for machines and its wording for people."""

    code: str
    text: str


class PhotoNotes(BaseModel):
    """What was noticed about one photo; a note refuses nothing."""

    kind: PhotoKind
    notes: list[Coded]


class DeclarationStatus(BaseModel):
    """Where a declaration stands. Of an expired one only its dates are left."""

    receipt_code: str
    status: Status
    status_text: str
    purpose: Purpose
    declared_at: Instant
    expires_at: Instant | None = Field(description="Hạn cuối nộp hồ sơ; null khi đã nộp hoặc đã giải quyết.")
    presented_at: Instant | None = None
    supplement_at: Instant | None = Field(default=None, description="Lúc được yêu cầu bổ sung; null khi không chờ gì.")
    supplement_note: str | None = None
    decided_at: Instant | None = None
    deleted_at: Instant | None = Field(default=None, description="Lúc dữ liệu bị xóa vì quá hạn.")
    reasons: list[Coded] = []
    note: str | None = Field(default=None, description="Ghi chú kèm lý do không chấp nhận.")
    office: OfficeBrief
    form01_url: str | None = None
    photos: list[PhotoNotes] = []


class ProblemFault(BaseModel):
    """One field at fault."""

    field: str = Field(description="Tên mục, ví dụ address.ward, portrait.")
    message: str
    code: str


class Problem(BaseModel):
    """RFC 9457 problem details; `detail` is a sentence for people, `code` a stable name for machines."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemFault] = []


def office_brief(office: Office) -> OfficeBrief:
    """Return `office` as whoever goes there needs it."""
    return OfficeBrief(code=office.code, name=office.name, address=office.address, phone=office.phone)
