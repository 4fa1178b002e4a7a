"""The photos that come with a declaration: which must be there (D4), and each made fit to be kept."""

from __future__ import annotations

from collections.abc import Container, Mapping
from concurrent.futures import ThreadPoolExecutor

from backoffice.gateways.photos import PhotoRefused, PreparedPhoto, get_pool
from backoffice.identity.text import visible
from backoffice.intake.checks import Checker
from backoffice.intake.fields import NewDeclaration
from backoffice.intake.known import Known
from backoffice.models import IdType, PhotoKind, Purpose

LABELS: dict[PhotoKind, str] = {
    PhotoKind.PORTRAIT: "ảnh chân dung",
    PhotoKind.ID_FRONT: "ảnh mặt trước giấy tờ",
    PhotoKind.ID_BACK: "ảnh mặt sau giấy tờ",
    PhotoKind.BIRTH_CERTIFICATE: "ảnh giấy khai sinh",
}
_WHOSE_CHILD = (
    "Có ảnh giấy khai sinh nhưng chưa có mã số BHXH của cha, mẹ hoặc người giám hộ. Xin ghi mã số này, hoặc bỏ ảnh "
    "giấy khai sinh nếu không khai cho con."
)


def prepare_photos(known: Known, photos: Mapping[str, bytes], checker: Checker) -> dict[PhotoKind, PreparedPhoto]:
    """Return the photos made fit to be kept; a missing, refused or unknown one is a fault of its part's name.

    Takes seconds of a processor: call it outside any transaction. Raises Unavailable when photos cannot be read now.
    """
    sent: dict[PhotoKind, bytes] = {}
    for name, data in photos.items():
        if name in list(PhotoKind):
            sent[PhotoKind(name)] = data
        else:
            checker.add(
                visible(name[:256])[:64], "Không có phần nào mang tên này. Xin xem lại tên phần.", "extra_forbidden"
            )
    check_there(known, sent, checker)
    with ThreadPoolExecutor(max_workers=len(PhotoKind)) as threads:
        outcomes = dict(zip(sent, threads.map(_prepared, sent.values()), strict=True))
    for kind, outcome in outcomes.items():
        if isinstance(outcome, PhotoRefused):
            label = LABELS[kind]
            checker.add(kind.value, f"{label[:1].upper()}{label[1:]}: {outcome.message}", outcome.code)
    return {kind: outcome for kind, outcome in outcomes.items() if isinstance(outcome, PreparedPhoto)}


def check_there(known: Known, there: Container[PhotoKind], checker: Checker) -> None:
    """Note a fault for each photo that must be there (D4) and is not; and for a child's without a guardian (D11)."""
    fields = known.fields
    is_child = fields.purpose is not Purpose.REGISTER or fields.guardian_bhxh_code
    if PhotoKind.BIRTH_CERTIFICATE in there and not is_child:
        checker.add("guardian_bhxh_code", _WHOSE_CHILD, "missing")
    for kind in obligatory_photos(known):
        if kind not in there:
            checker.add(kind.value, f"Thiếu {LABELS[kind]}. Xin chụp hoặc chọn ảnh rồi gửi lại.", "missing")


def obligatory_photos(known: Known) -> tuple[PhotoKind, ...]:
    """Return which photos must be there (D4): to register the portrait, and those of the ID unless the population
    database has verified the data; of a child the birth certificate instead (D11). An adjustment shows the ID where it
    changes what stands on it (D2), a stop nothing.
    """
    fields = known.fields
    if fields.purpose in (Purpose.ADJUST, Purpose.STOP):
        return _of_paper(fields) if known.touches_identity else ()
    if fields.guardian_bhxh_code:
        return (PhotoKind.PORTRAIT, PhotoKind.BIRTH_CERTIFICATE)
    return (PhotoKind.PORTRAIT, *_of_paper(fields))


def _of_paper(fields: NewDeclaration) -> tuple[PhotoKind, ...]:
    """Return the photos of the ID; a passport has no back."""
    if fields.population_db_verified:
        return ()
    if fields.id_type is None or fields.id_type is IdType.PASSPORT:
        return (PhotoKind.ID_FRONT,)
    return (PhotoKind.ID_FRONT, PhotoKind.ID_BACK)


def _prepared(data: bytes) -> PreparedPhoto | PhotoRefused:
    try:
        return get_pool().prepare_photo(data)
    except PhotoRefused as refusal:
        return refusal
