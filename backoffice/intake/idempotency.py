"""The same request sent twice is done once (design 2): per client and key, over canonical JSON and file hashes."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.intake.answers import Receipt
from backoffice.kernel import clock
from backoffice.kernel.errors import Conflict, Fault, InvalidInput
from backoffice.models import Declaration, IdempotencyKey
from backoffice.rules.actors import Actor

HEADER = "Idempotency-Key"
KEY = re.compile(r"[!-~]{1,255}")


class AlreadyAnswered(Exception):
    """A twin of this request was first: `receipt` is what it was answered."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__("answered before")
        self.receipt = receipt


@dataclass(frozen=True)
class Request:
    """One request under a client's key; `fingerprint` is the SHA-256 of what was sent."""

    client_id: int
    key: str
    fingerprint: bytes


def request_of(client: Actor, key: str | None, sent: object, photos: Mapping[str, bytes]) -> Request | None:
    """Return the request under its key, None without one; raises InvalidInput on a key that is none."""
    if key is None or client.id is None:
        return None
    if not KEY.fullmatch(key):
        message = f"{HEADER} phải có từ 1 đến 255 ký tự ASCII thấy được, không có khoảng trống. Nên dùng UUID."
        raise InvalidInput([Fault(HEADER, message, "bad_key")])
    return Request(client.id, key, fingerprint(sent, photos))


def fingerprint(sent: object, photos: Mapping[str, bytes]) -> bytes:
    """Return the SHA-256 over the canonical JSON (sorted names, no blanks, NFC) of `sent` and the photos' SHA-256."""
    files = {name: hashlib.sha256(data).hexdigest() for name, data in photos.items()}
    text = json.dumps([_nfc(sent), files], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()


def recall(session: Session, request: Request) -> Receipt | None:
    """Return what the request was answered before, None when it is new; raises Conflict on another body."""
    kept = session.get(IdempotencyKey, (request.client_id, request.key), populate_existing=True)
    if kept is None or kept.answer is None:
        return None
    if kept.request_hash != request.fingerprint:
        raise Conflict(
            f"{HEADER} này đã dùng cho một tờ khai có nội dung khác. Xin dùng khóa mới cho tờ khai mới.",
            code="idempotency_key_reused",
        )
    return Receipt.model_validate(kept.answer)


def claim(session: Session, request: Request) -> None:
    """Take the key for this transaction, first of all; a twin of the request waits here until it ends.

    Raises AlreadyAnswered when a twin was first, Conflict on another body.
    """
    taken = session.scalar(
        insert(IdempotencyKey)
        .values(client_id=request.client_id, key=request.key, request_hash=request.fingerprint, created_at=clock.now())
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    if taken is None and (receipt := recall(session, request)):
        raise AlreadyAnswered(receipt)


def settle(session: Session, request: Request, declaration: Declaration, receipt: Receipt) -> None:
    """Keep the answer with the key; both go when the declaration goes."""
    session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.client_id == request.client_id, IdempotencyKey.key == request.key)
        .values(declaration_id=declaration.id, answer=receipt.model_dump(mode="json"))
    )


def _nfc(value: object) -> object:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {unicodedata.normalize("NFC", str(name)): _nfc(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_nfc(inner) for inner in value]
    return value
