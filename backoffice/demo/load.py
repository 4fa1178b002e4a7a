"""Loading the demo: offices, staff, and some 300 declarations in every state, whole or not at all (issue 2 item 10)."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.config import Settings
from backoffice.demo import staff
from backoffice.demo.life import Crew, Stage
from backoffice.demo.mornings import note_mornings
from backoffice.demo.offices import DEMO_OFFICES, OfficeRow, add_offices, read_offices
from backoffice.demo.pictures import prepare_pictures
from backoffice.demo.plan import OFFICES, SEED, tell
from backoffice.demo.story import Story
from backoffice.demo.teller import HOME
from backoffice.demo.units import add_units
from backoffice.dossier.photos import StoredPhoto, discard, store_photos
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import new_token
from backoffice.kernel.passwords import hash_password
from backoffice.models import Office

log = structlog.get_logger()

DECLARATIONS = 300
WRITERS = 8

Photos = Mapping[Story, Sequence[StoredPhoto]]


def load_demo(settings: Settings, declarations: int = DECLARATIONS) -> None:
    """Load the demo unless it is there; in any case let the logins and keys of var/demo.json be the ones that fit.

    Everything comes in one transaction: a load that is interrupted leaves nothing but photo files that open for nobody.
    Raises RuntimeError in production, and without var/demo.json (which `backoffice up` writes).
    """
    keys = _keys(settings)
    with transaction() as session:
        if staff.is_staffed(session):
            staff.keep_in_step(session, keys)
            return
    offices = {row.code: row for row in read_offices(DEMO_OFFICES)}
    stories = tell(offices, clock.now(), settings.expiry_days, declarations)
    photos = _photos(stories)
    try:
        with transaction() as session:
            crew = _load(session, keys, offices, stories, photos)
            note_mornings(session, stories, crew.offices, settings.expiry_days)
            add_units(session, crew.offices[HOME], crew.officers[HOME])
    except BaseException:
        discard([photo for stored in photos.values() for photo in stored])
        raise
    log.info("demo loaded", declaration_count=len(stories))


def _keys(settings: Settings) -> staff.Keys:
    if settings.is_production:
        raise RuntimeError("the demo is never loaded in production")
    path = settings.var / "demo.json"
    if not path.is_file():
        raise RuntimeError("demo.json is missing in the var folder: `backoffice up` writes it")
    keys: staff.Keys = json.loads(path.read_text())
    return keys


def _photos(stories: Sequence[Story]) -> Photos:
    """Return the photos of each story, drawn and sealed in the store."""
    prepared = prepare_pictures([picture for story in stories for picture in story.pictures])

    def stored(story: Story) -> list[StoredPhoto]:
        return store_photos({picture.kind: prepared[picture] for picture in story.pictures})

    with ThreadPoolExecutor(WRITERS) as threads:
        return dict(zip(stories, threads.map(stored, stories), strict=True))


def _load(
    session: Session, keys: staff.Keys, offices: Mapping[str, OfficeRow], stories: Sequence[Story], photos: Photos
) -> Crew:
    office_ids = add_offices(session, list(offices.values()))
    crew = _crew(session, keys, office_ids)
    Stage(session, crew, photos, random.Random(SEED)).play(stories)  # noqa: S311 - invented data, no secret
    return crew


def _crew(session: Session, keys: staff.Keys, office_ids: Mapping[str, int]) -> Crew:
    own, *others = OFFICES
    officers = staff.add_staff(session, office_ids, others, keys)
    return Crew(
        offices={office.code: office for office in session.scalars(select(Office).where(Office.code.in_(OFFICES)))},
        officers={own: officers["tieptan"]} | {code: officers[f"desk.{code}"] for code in others},
        supervisor=officers["giamsat"],
        colleague=officers[staff.COLLEAGUE],
        client=staff.intake_client(session),
        password_hash=hash_password(new_token()),
    )
