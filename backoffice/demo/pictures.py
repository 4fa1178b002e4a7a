"""The demo's photos: drawn and made ready by the photo gateway's confined workers, several at a time."""

from __future__ import annotations

import io
import json
import os
import random
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date

from PIL import Image

from backoffice.demo.certificates import draw_birth_certificate
from backoffice.demo.drawings import draw_id_back, draw_id_front, draw_portrait
from backoffice.demo.people import Person
from backoffice.gateways.photos import PhotoPool, PreparedPhoto, QualityNote
from backoffice.models import PhotoKind

MOST_WORKERS = 4
TRIES = 6
SECONDS = 60.0
"""For one picture, the first of a worker with all it has to import."""
NO_QR = "no_qr"
_JOB = "backoffice.demo.pictures:draw_packed"
_DRAWERS: dict[PhotoKind, Callable[..., bytes]] = {
    PhotoKind.PORTRAIT: draw_portrait,
    PhotoKind.ID_FRONT: draw_id_front,
    PhotoKind.ID_BACK: draw_id_back,
    PhotoKind.BIRTH_CERTIFICATE: draw_birth_certificate,
}
_OF_AN_ADULT = (PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK)


@dataclass(frozen=True)
class Picture:
    """A photo to be drawn: of whom, and with which fault (a QualityNote, or "")."""

    kind: PhotoKind
    person: Person
    flaw: str = ""


def own_pictures(person: Person, **flaws: str) -> tuple[Picture, ...]:
    """Return portrait, front and back of `person`, those named in `flaws` (by kind) with that fault."""
    return tuple(Picture(kind, person, flaws.get(kind.value, "")) for kind in _OF_AN_ADULT)


def childs_pictures(child: Person) -> tuple[Picture, ...]:
    """Return what is sent of a child: the portrait and the birth certificate (D11)."""
    return tuple(Picture(kind, child) for kind in (PhotoKind.PORTRAIT, PhotoKind.BIRTH_CERTIFICATE))


def prepare_pictures(pictures: Collection[Picture]) -> dict[Picture, PreparedPhoto]:
    """Return each picture drawn and made ready to be stored. Raises Unavailable when no worker can be started."""
    wanted = list(dict.fromkeys(pictures))
    workers = min(MOST_WORKERS, os.cpu_count() or 1)
    pool = PhotoPool(workers)
    try:
        with ThreadPoolExecutor(workers) as threads:
            packed = threads.map(lambda picture: pool.run(_JOB, _told(picture), SECONDS), wanted)
            return {picture: PreparedPhoto.unpack(wire) for picture, wire in zip(wanted, packed, strict=True)}
    finally:
        pool.close()


def draw_packed(told: bytes) -> bytes:
    """Draw and prepare one picture: the job the workers are given; takes JSON, gives the photo's wire form.

    Drawn again, with another backdrop or table, while the fault asked for is not the only one that is noted.
    """
    from backoffice.gateways.photos.pipeline import prepare

    values = json.loads(told)
    days = {name: date.fromisoformat(values["person"][name]) for name in ("date_of_birth", "card_issued")}
    picture = Picture(PhotoKind(values["kind"]), Person(**values["person"] | days), values["flaw"])
    is_card = picture.kind in (PhotoKind.ID_FRONT, PhotoKind.ID_BACK)
    ignored = {NO_QR} if is_card else {NO_QR, QualityNote.CUT_OFF.value}
    made = prepare(_drawn(picture, 0))
    for turn in range(1, TRIES):
        if set(made.notes) - ignored == {picture.flaw} - {NO_QR, ""}:
            break
        made = prepare(_drawn(picture, turn))
    return made.pack()


def _told(picture: Picture) -> bytes:
    return json.dumps(asdict(picture), default=str).encode()


def _drawn(picture: Picture, turn: int) -> bytes:
    rng = random.Random(f"{picture.person.citizen_id} {picture.kind} {turn}")  # noqa: S311 - a drawing, no secret
    faults = {picture.flaw: True} if picture.flaw in ("blurred", "dark", "glare") else {}
    if picture.flaw == NO_QR and picture.kind is PhotoKind.ID_FRONT:
        faults = {"with_qr": False}
    drawn = _DRAWERS[picture.kind](picture.person, rng, **faults)
    return _small(drawn) if picture.flaw == QualityNote.TOO_SMALL else drawn


def _small(jpeg: bytes) -> bytes:
    """Return the photo as a very old phone would have sent it."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as photo:
        photo.resize((photo.width * 2 // 5, photo.height * 2 // 5)).save(out, "JPEG")
    return out.getvalue()
