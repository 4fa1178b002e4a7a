"""Zips of photos on their way (D12 b): sealed in the photo store under a data key of their own, like a photo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog

from backoffice.dossier.house import house
from backoffice.gateways.photos import open_sealed, seal
from backoffice.kernel.errors import DomainError
from backoffice.models import BatchArchive

log = structlog.get_logger()


@dataclass(frozen=True)
class StoredArchive:
    """A zip that lies in the store and has no row yet."""

    id: UUID
    wrapped_key: bytes
    key_name: str


def store_archive(data: bytes) -> StoredArchive:
    """Seal the zip under a new data key and put it into the store. Raises Unavailable when the store is out."""
    archive_id = uuid4()
    sealed = seal(house().keys, data, _context(archive_id))
    house().store.put(_name(archive_id), sealed.blob)
    return StoredArchive(archive_id, sealed.wrapped_key, sealed.key_name)


def read_archive(row: BatchArchive) -> bytes:
    """Return the zip as it came. Raises NotFound when its file is gone, PhotoUnreadable, Unavailable."""
    blob = house().store.get(_name(row.id))
    return open_sealed(house().keys, blob, row.wrapped_key or b"", row.key_name or "", _context(row.id))


def remove_archives(archive_ids: Iterable[UUID]) -> None:
    """Remove the files of zips whose keys are gone; what a store that is out keeps opens for nobody."""
    ids = list(archive_ids)
    try:
        house().store.delete(map(_name, ids))
    except DomainError as error:
        log.warning("archives left in the store", error=type(error).__name__, archive_ids=[str(one) for one in ids])


def _name(archive_id: UUID) -> str:
    return f"{archive_id.hex}.zip"


def _context(archive_id: UUID) -> bytes:
    return archive_id.bytes + b"/zip"
