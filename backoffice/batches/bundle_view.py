"""What the page of a list of people to be declared shows of its photos and forms, in words (D12 b)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from backoffice.batches.bundle_queries import A_PART, parts, photos_beside
from backoffice.desk.labels import PHOTOS
from backoffice.desk.photo_facts import quality_words
from backoffice.identity.bhxh_code import group_code
from backoffice.models import Batch, BatchArchive, BatchKind, BatchPhoto, BatchRow, BatchStage, RowState

SHOWN = 10
"""Codes and files that are named."""
_ODD = {
    "nested": "Tệp nén nằm trong tệp zip, không mở",
    "not_photo": "Không phải ảnh, bỏ qua",
    "no_code": "Tên không có mã số BHXH, không rõ của ai",
    "two_codes": "Tên có hai mã số, không rõ của ai",
}
_OF_PHOTOS = ("photo_missing", "photo_doubled", "photo_unreadable")


def about(session: Session, batch: Batch) -> dict[str, Any] | None:
    """Return zips, photos and forms of a list of people to be declared; None for another list."""
    if batch.kind is not BatchKind.TO_DECLARE:
        return None
    archives = session.scalars(
        select(BatchArchive).where(BatchArchive.batch_id == batch.id).order_by(BatchArchive.created_at)
    ).all()
    count, strangers, nobodys = _photos(session, batch) if batch.stage is BatchStage.IN_REVIEW else (0, 0, [])
    return {
        "archives": [_archive(one) for one in archives],
        "photos": count,
        "nobodys": [group_code(code) for code in nobodys],
        "nobodys_count": strangers,
        "parts": [
            {"number": number, "first": (number - 1) * A_PART + 1, "last": number * A_PART}
            for number in parts(session, batch)
        ],
        "lacks": _lacks_photos(session, batch),
    }


def beside(session: Session, batch: Batch, number: int) -> dict[str, Any]:
    """Return the photos of a row of which no declaration was made yet, as the pane beside the rows shows them."""
    path = f"/batches/{batch.token}/rows/{number}/photos"
    photos = [
        {
            "kind": one.kind.value,
            "label": PHOTOS[one.kind],
            "href": f"{path}/{one.kind.value}",
            "thumb_href": f"{path}/{one.kind.value}?size=thumb",
            "rotation": 0,
            "notes": quality_words(one.notes, has_card=one.citizen_card is not None),
        }
        for one in photos_beside(session, batch, number)
    ]
    return {"photos": photos, "no_photos": "" if photos else "Chưa có ảnh nào theo mã số của dòng này."}


def _archive(one: BatchArchive) -> dict[str, Any]:
    return {
        "name": one.file_name,
        "done": one.done,
        "total": one.total,
        "taken": one.taken_at is not None,
        "why": one.sentence,
        "remarks": [
            {"text": _ODD[odd["code"]], "count": odd["count"], "names": odd["names"]}
            for odd in one.remarks
            if odd["code"] in _ODD
        ],
    }


def _photos(session: Session, batch: Batch) -> tuple[int, int, list[str]]:
    """Return how many photos wait, and the codes of those that belong to no row: how many, and the first."""
    mine = BatchPhoto.batch_id == batch.id
    waiting = session.scalar(select(func.count()).where(mine, BatchPhoto.refused.is_(None))) or 0
    has_row = select(BatchRow.number).where(BatchRow.batch_id == batch.id, BatchRow.bhxh_code == BatchPhoto.bhxh_code)
    strangers = select(BatchPhoto.bhxh_code).where(mine, ~has_row.exists()).group_by(BatchPhoto.bhxh_code)
    count = session.scalar(select(func.count()).select_from(strangers.subquery())) or 0
    return waiting, count, list(session.scalars(strangers.order_by(BatchPhoto.bhxh_code).limit(SHOWN)))


def _lacks_photos(session: Session, batch: Batch) -> bool:
    lacking = [BatchRow.faults.contains([{"code": code}]) for code in _OF_PHOTOS]
    mine = BatchRow.batch_id == batch.id, BatchRow.state == RowState.FAULT
    return session.scalar(select(BatchRow.number).where(*mine, or_(*lacking)).limit(1)) is not None
