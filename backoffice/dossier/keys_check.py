"""Whether PHOTO_KEYS has what the photos need: asked when a process starts, not when somebody opens a photo.

The rows themselves are asked, for nothing else knows for sure what they need: which names they bear (one step in
ix_photos_key_name for each name, however many photos there are), and whether a few of each name open.
"""

from __future__ import annotations

import structlog
from sqlalchemy import Connection, NullPool, create_engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backoffice.config import Misconfigured, Settings
from backoffice.gateways.photos import KeyRing, PhotoUnreadable
from backoffice.models import BatchArchive, BatchPhoto, DraftPhoto, Photo, PhotoUpload, VersionPhoto

log = structlog.get_logger()

SAMPLE = 5
"""Photos of a name that are tried: one may be damaged, all of them tell of a wrong key."""

_Kept = type[Photo] | type[PhotoUpload] | type[DraftPhoto] | type[VersionPhoto] | type[BatchPhoto] | type[BatchArchive]
_KEPT_IN: tuple[_Kept, ...] = (Photo, PhotoUpload, DraftPhoto, VersionPhoto, BatchPhoto, BatchArchive)

_NAMES = text(
    """
    WITH RECURSIVE names AS (
      (SELECT key_name FROM photos ORDER BY key_name LIMIT 1)
      UNION ALL
      SELECT (SELECT more.key_name FROM photos more WHERE more.key_name > names.key_name ORDER BY more.key_name LIMIT 1)
      FROM names WHERE names.key_name IS NOT NULL
    )
    SELECT key_name FROM names WHERE key_name IS NOT NULL
    UNION SELECT key_name FROM photo_uploads WHERE key_name IS NOT NULL
    UNION SELECT key_name FROM draft_photos
    UNION SELECT key_name FROM version_photos
    UNION SELECT key_name FROM batch_photos WHERE key_name IS NOT NULL
    UNION SELECT key_name FROM batch_archives WHERE key_name IS NOT NULL
    ORDER BY key_name
    """
)


def names_in_use(where: Session | Connection) -> list[str]:
    """Return the names of the keys that wrap the data key of any photo."""
    return list(where.execute(_NAMES).scalars())


def photos_under(where: Session | Connection, name: str) -> int:
    """Return how many photos need the key of this name."""
    counts = [select(func.count()).select_from(one).where(one.key_name == name).scalar_subquery() for one in _KEPT_IN]
    return sum(where.execute(select(*counts)).one())


def is_wrong(where: Session | Connection, ring: KeyRing, name: str) -> bool:
    """Tell whether the key that `ring` has under this name is another one than that of the photos."""
    asked = [select(one.wrapped_key).where(one.key_name == name).limit(SAMPLE) for one in _KEPT_IN]
    tried = [wrapped for one in asked for wrapped in where.execute(one).scalars() if wrapped is not None]
    return bool(tried) and not any(_opens(ring, wrapped, name) for wrapped in tried)


def key_faults(settings: Settings) -> list[str]:
    """Return what PHOTO_KEYS lacks or has wrong for the photos there are, each in a sentence that quotes no key.

    Takes a connection of its own, so that it can be asked before anything is started. Raises SQLAlchemyError when
    the database does not answer or has no tables yet.
    """
    engine = create_engine(
        settings.database_url, poolclass=NullPool, hide_parameters=True, connect_args={"connect_timeout": 5}
    )
    ring = KeyRing.parse(settings.photo_keys)
    try:
        with engine.connect() as connection:
            faults = [_fault(connection, ring, name) for name in names_in_use(connection)]
    finally:
        engine.dispose()
    return [fault for fault in faults if fault]


def demand_keys(settings: Settings) -> bool:
    """Raise Misconfigured when photos need a key that PHOTO_KEYS lacks or has wrong; outside production, only warn.

    Returns False when the database does not answer now. That stops nothing: without it no photo is opened either.
    """
    try:
        faults = key_faults(settings)
    except SQLAlchemyError as error:
        log.warning("PHOTO_KEYS were not compared with the photos, database out", error=type(error).__name__)
        return False
    if faults and settings.is_production:
        raise Misconfigured(faults)
    for fault in faults:
        log.warning(fault)
    return True


def _fault(where: Connection, ring: KeyRing, name: str) -> str:
    if name not in ring.names:
        return (
            f"PHOTO_KEYS lacks the key {name!r}: {photos_under(where, name)} photos open with it alone. Put it back, "
            f"behind the current one, and take it out only after `backoffice photos reencrypt`"
        )
    if is_wrong(where, ring, name):
        return (
            f"PHOTO_KEYS has another key under the name {name!r} than the one of {photos_under(where, name)} photos: "
            f"give that one back its name, and the new one a name of its own"
        )
    return ""


def _opens(ring: KeyRing, wrapped_key: bytes, name: str) -> bool:
    try:
        ring.unwrap(wrapped_key, name)
    except PhotoUnreadable:
        return False
    return True
