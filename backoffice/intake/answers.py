"""What machines are answered: the bodies of the API as typed models, from which its document is made."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from backoffice.kernel import clock
from backoffice.models import Office, PhotoKind, Purpose, Status
from backoffice.rules.office_search import Nearness


def _in_vietnam(instant: datetime) -> str:
    return clock.local(instant).isoformat(timespec="seconds")


Instant = Annotated[
    datetime,
    PlainSerializer(_in_vietnam, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
"""An instant, written as Vietnam's clock shows it: 2026-11-30T23:59:59+07:00."""


class Answer(BaseModel):
    """What all answers share: every field is always there."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class OfficeBrief(Answer):
    """The office to go to."""

    code: str
    name: str
    address: str | None
    phone: str | None


class OfficeEntry(OfficeBrief):
    """One office of the list."""

    email: str | None
    parent_code: str | None = Field(description="Code of the office above.")
    wards: list[str] = Field(description="Codes (since July 2025) of the wards whose people it serves, where known.")
    merged_from: list[str] = Field(description="Codes of offices that were merged into it; q finds it by them too.")
    nearness: Nearness | None = Field(description="How near it is to the ward or district asked for; else null.")


class OfficePage(Answer):
    """A page of the list of offices."""

    offices: list[OfficeEntry]
    next_cursor: str | None = Field(description="Send it as cursor to get the next page; null at the end.")


class Receipt(Answer):
    """A declaration was taken."""

    receipt_code: str = Field(description="With hyphens; taken with and without them.")
    status: Status
    expires_at: Instant = Field(description="Last instant to hand it in at the office; after that it is deleted.")
    office: OfficeBrief
    form01_url: str = Field(description="Form 01 as PDF to view, save and print; there as long as the declaration is.")


class Coded(Answer):
    """A stable name for machines and its wording for people."""

    code: str
    text: str


class PhotoNotes(Answer):
    """What was noticed about one photo; a note refuses nothing."""

    kind: PhotoKind
    notes: list[Coded]


class DeclarationStatus(Answer):
    """Where a declaration stands. Of an expired one only its dates are left."""

    receipt_code: str
    status: Status
    status_text: str
    purpose: Purpose
    declared_at: Instant
    expires_at: Instant | None = Field(description="Last instant to hand it in; null once handed in or decided.")
    presented_at: Instant | None = None
    supplement_at: Instant | None = Field(
        default=None, description="When a supplement was asked for; null when none is awaited."
    )
    supplement_note: str | None = None
    decided_at: Instant | None = None
    deleted_at: Instant | None = Field(
        default=None, description="When its data was deleted, the deadline having passed."
    )
    reasons: list[Coded] = []
    note: str | None = Field(
        default=None, description="Free note to the reasons; null where the phone may be a stranger's."
    )
    office: OfficeBrief
    form01_url: str | None = None
    photos: list[PhotoNotes] = []


class ProblemFault(BaseModel):
    """One field at fault."""

    field: str = Field(description="Name of the field or part, as in address.ward, portrait.")
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
