"""The photos that come with a declaration: which must be there (D4), and each made fit to be kept."""

from __future__ import annotations

from collections.abc import Container, Mapping
from concurrent.futures import ThreadPoolExecutor

from backoffice.gateways.photos import PhotoRefused, PreparedPhoto, get_pool
from backoffice.identity.text import visible
from backoffice.intake.checks import Checker
from backoffice.intake.fields import NewDeclaration
from backoffice.models import IdType, PhotoKind

LABELS: dict[PhotoKind, str] = {
    PhotoKind.PORTRAIT: "ảnh chân dung",
    PhotoKind.ID_FRONT: "ảnh mặt trước giấy tờ",
    PhotoKind.ID_BACK: "ảnh mặt sau giấy tờ",
    PhotoKind.BIRTH_CERTIFICATE: "ảnh giấy khai sinh",
}


def prepare_photos(
    fields: NewDeclaration, photos: Mapping[str, bytes], checker: Checker
) -> dict[PhotoKind, PreparedPhoto]:
    """Return the photos made fit to be kept; a missing, refused or unknown one is a fault of its part's name.

    Takes seconds of a processor: call it outside any transaction. Raises Unavailable when photos cannot be read now.
    """
    known: dict[PhotoKind, bytes] = {}
    for name, data in photos.items():
        if name in list(PhotoKind):
            known[PhotoKind(name)] = data
        else:
            checker.add(
                visible(name[:256])[:64], "Không có phần nào mang tên này. Xin xem lại tên phần.", "extra_forbidden"
            )
    check_there(fields, known, checker)
    with ThreadPoolExecutor(max_workers=len(PhotoKind)) as threads:
        outcomes = dict(zip(known, threads.map(_prepared, known.values()), strict=True))
    for kind, outcome in outcomes.items():
        if isinstance(outcome, PhotoRefused):
            label = LABELS[kind]
            checker.add(kind.value, f"{label[:1].upper()}{label[1:]}: {outcome.message}", outcome.code)
    return {kind: outcome for kind, outcome in outcomes.items() if isinstance(outcome, PreparedPhoto)}


def check_there(fields: NewDeclaration, there: Container[PhotoKind], checker: Checker) -> None:
    """Note a fault for each photo that must be there (D4) and is not."""
    for kind in obligatory_photos(fields):
        if kind not in there:
            checker.add(kind.value, f"Thiếu {LABELS[kind]}. Xin chụp hoặc chọn ảnh rồi gửi lại.", "missing")


def obligatory_photos(fields: NewDeclaration) -> tuple[PhotoKind, ...]:
    """Return which photos must be there (D4): the portrait always, those of the ID unless the population database has
    verified the data; a passport has no back.
    """
    if fields.population_db_verified:
        return (PhotoKind.PORTRAIT,)
    if fields.id_type is None or fields.id_type is IdType.PASSPORT:
        return (PhotoKind.PORTRAIT, PhotoKind.ID_FRONT)
    return (PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK)


def _prepared(data: bytes) -> PreparedPhoto | PhotoRefused:
    try:
        return get_pool().prepare_photo(data)
    except PhotoRefused as refusal:
        return refusal
