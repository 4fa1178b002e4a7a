"""Computed flags: what an officer must look at, found anew each time, never stored (design 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from backoffice.accounts.actions import person_codes
from backoffice.decision.entered import entered_by
from backoffice.desk.account_flags import Flag, account_flags
from backoffice.desk.flag_facts import Facts, Flagged, LastLook, Twin, facts_of, last_look
from backoffice.desk.labels import FIELDS, PHOTOS, SHORT_REASONS, deadline_words, short_moment, urgency
from backoffice.desk.photo_facts import PhotoFacts
from backoffice.desk.queries import QueueLine
from backoffice.desk.tabs import BAD_PHOTO_NOTES
from backoffice.gateways.photos import QualityNote
from backoffice.identity.papers import citizen_number_faults
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.models import Declaration, IdType, PhotoKind, Status
from backoffice.rules.actors import Actor
from backoffice.rules.reasons import reason_of

__all__ = ["Flag", "blocking", "flags_for", "review_flags"]

_REFUSED = "từng không được chấp nhận"
_RANK = {"bad": 0, "warn": 1, "info": 2, "good": 3}


def flags_for(
    session: Session,
    declarations: Sequence[Flagged],
    photos: Sequence[PhotoFacts] | None = None,
    officer: Actor | None = None,
) -> dict[int, list[Flag]]:
    """Return the flags of each declaration by its id, the most serious first; decided ones have none.

    `photos` are those of the declarations, when the caller has read them already. What `officer` may open is linked;
    without one nothing of other declarations is.
    """
    flags: dict[int, list[Flag]] = {declaration.id: [] for declaration in declarations}
    undecided = [declaration for declaration in declarations if declaration.status is Status.SUBMITTED]
    if undecided:
        facts = facts_of(session, undecided, photos, officer)
        flags |= {declaration.id: _sorted(_flags(declaration, facts)) for declaration in undecided}
    return flags


def review_flags(
    session: Session, declaration: Declaration, officer: Actor, photos: Sequence[PhotoFacts]
) -> list[Flag]:
    """Return the flags for the review page: those of a list with links, the deadline, and what changed meanwhile."""
    if declaration.status is not Status.SUBMITTED:
        return []
    facts = facts_of(session, [declaration], photos, officer)
    look = last_look(session, declaration, officer)
    return _sorted(
        [
            *_flags(declaration, facts),
            *_changes(declaration, facts, look),
            *_deadline(declaration),
            *_proven(declaration),
            *_entered(session, declaration, officer),
        ]
    )


def blocking(flags: Iterable[Flag]) -> str:
    """Return in short what of the flags refuses an approval, "" when nothing does; what to do stands in their texts."""
    return ", ".join(flag.brief for flag in flags if flag.blocks)


def _sorted(flags: Iterable[Flag]) -> list[Flag]:
    return sorted(flags, key=lambda flag: (not flag.blocks, _RANK[flag.kind]))


def _flags(declaration: Flagged, facts: Facts) -> Iterable[Flag]:
    yield from account_flags(declaration, facts)
    yield from _twin_flags(declaration, facts)
    yield from _number_flags(declaration, facts)
    yield from _photo_flags(declaration, facts)
    yield from _office_flags(declaration)


def _twin_flags(declaration: Flagged, facts: Facts) -> Iterable[Flag]:
    others = [twin for twin in facts.twins if twin.id != declaration.id]
    waiting = [twin for twin in others if twin.status is Status.SUBMITTED]
    codes = person_codes(declaration)
    same_code = [twin for twin in waiting if twin.bhxh_code in codes]
    same_phone = [twin for twin in waiting if twin.phone == declaration.phone and twin not in same_code]
    same_number = [twin for twin in waiting if twin.id_number == declaration.id_number and twin not in same_code]
    if same_code:
        yield _twin_flag("same_code", "Mã số BHXH", "mã số trùng", same_code, declaration.bhxh_code)
    if same_phone:
        yield _twin_flag("same_phone", "Số điện thoại", "điện thoại trùng", same_phone, declaration.phone)
    if same_number:
        yield _twin_flag("same_id_number", "Số giấy tờ", "số giấy tờ trùng", same_number, declaration.id_number)
    refused = [twin for twin in others if twin.status is Status.REJECTED and twin.bhxh_code == declaration.bhxh_code]
    if refused:
        yield _refused_before(refused)


def _twin_flag(code: str, what: str, brief: str, twins: Sequence[Twin], value: str) -> Flag:
    """Say what is shared with how many; one leads to it, of several the search tells more."""
    text = f"{what} có trong {len(twins)} tờ khai khác chưa giải quyết"
    only = twins[0] if len(twins) == 1 else None
    if only is None:
        return Flag(code, "warn", text, brief, link="Tìm các tờ khai này", sought=value)
    if only.is_mine:
        return _to(only, Flag(code, "warn", text, brief))
    until = f"hạn {clock.local(only.expires_at):%d/%m}" if only.expires_at else "đã nộp ở đó"
    return Flag(code, "warn", f"{text}, ở {only.office_name} ({until})", brief)


def _refused_before(refused: Sequence[Twin]) -> Flag:
    last = max(refused, key=lambda twin: twin.id)
    times = (
        f"Đã {len(refused)} lần không được chấp nhận, gần nhất"
        if len(refused) > 1
        else "Lần trước không được chấp nhận"
    )
    at = short_moment(last.decided_at)
    if not last.is_mine:
        return Flag("rejected_before", "warn", f"{times}: {at}, ở {last.office_name}", _REFUSED)
    reasons = ", ".join(SHORT_REASONS[reason_of(code)] for code in last.reasons)
    return _to(last, Flag("rejected_before", "warn", f"{times}: {at}, vì {reasons}", _REFUSED))


def _to(twin: Twin, flag: Flag) -> Flag:
    return replace(flag, href=f"/desk/{twin.receipt_code}", link=f"Mở HS {format_receipt_code(twin.receipt_code)}")


def _number_flags(declaration: Flagged, facts: Facts) -> Iterable[Flag]:
    """Point out where a CCCD's number contradicts itself or the date of birth; a child's is the guardian's (D11)."""
    if declaration.id_type is not IdType.CITIZEN_ID or declaration.guardian_bhxh_code is not None:
        return
    has_photo = any(one.declaration_id == declaration.id and one.kind is PhotoKind.ID_FRONT for one in facts.photos)
    for fault in citizen_number_faults(declaration.id_number, declaration.date_of_birth):
        flag = Flag("odd_number", "warn", fault, "số CCCD bất thường")
        yield _shown(PhotoKind.ID_FRONT, flag) if has_photo else flag


def _photo_flags(declaration: Flagged, facts: Facts) -> Iterable[Flag]:
    notes: dict[QualityNote, list[PhotoKind]] = defaultdict(list)
    for photo in facts.photos:
        if photo.declaration_id != declaration.id:
            continue
        for note in photo.notes:
            if note in BAD_PHOTO_NOTES:
                notes[QualityNote(note)].append(photo.kind)
        card = photo.citizen_card
        if card and declaration.id_number not in (card["number"], card["old_number"]):
            text = f"Số trên mã QR của ảnh {PHOTOS[photo.kind].lower()} khác số đã khai"
            yield _shown(photo.kind, Flag("qr_differs", "warn", text, "số trên ảnh khác số khai"))
    for note, kinds in notes.items():
        which = ", ".join(PHOTOS[kind].lower() for kind in kinds)
        brief = note.label.partition(",")[0]
        yield _shown(kinds[0], Flag(f"photo_{note.value}", "warn", f"{note.label.capitalize()}: {which}", brief))


def _shown(kind: PhotoKind, flag: Flag) -> Flag:
    return replace(flag, photo=kind.value, link=f"Xem ảnh {PHOTOS[kind].lower()}")


def _office_flags(declaration: Flagged) -> Iterable[Flag]:
    closed: datetime | None
    closed = declaration.office_closed_at if isinstance(declaration, QueueLine) else declaration.office.closed_at
    if closed is not None:
        text = (
            f"Cơ quan nhận tờ khai đã sáp nhập hoặc ngừng hoạt động từ {clock.local(closed):%d/%m/%Y}: "
            "hỏi lãnh đạo nơi lưu hồ sơ giấy; công dân không phải khai lại."
        )
        yield Flag("office_closed", "warn", text, "cơ quan đã sáp nhập")


def _changes(declaration: Declaration, facts: Facts, look: LastLook | None) -> Iterable[Flag]:
    """Tell what others changed since the officer's last look: corrected fields, another declaration of the person."""
    if look is None:
        return
    codes = person_codes(declaration)
    newer = [twin for twin in facts.twins if twin.bhxh_code in codes and twin.declared_at > look.at]
    newer = [twin for twin in newer if twin.id != declaration.id]
    fields = ", ".join(dict.fromkeys(FIELDS.get(name, "dữ liệu khác") for name in look.corrected))
    told = [f"có thay đổi: {fields}"] if fields else []
    told += ["người này khai thêm tờ khai khác"] if newer else []
    if told:
        text = f"Từ lần bạn xem trước ({short_moment(look.at)}): {'; '.join(told)}"
        yield Flag("changed", "warn", text, href="#history", link="Xem lịch sử")


def _deadline(declaration: Declaration) -> Iterable[Flag]:
    pressing = urgency(declaration)
    if pressing not in ("today", "soon") or declaration.expires_at is None:
        return
    when = f"{clock.local(declaration.expires_at):%d/%m}, {deadline_words(declaration)}"
    yield Flag(
        "expires_soon",
        "warn" if pressing == "today" else "info",
        f"Hạn nộp {when}: nhận bản giấy thì ghi “Đã nộp hồ sơ” để khỏi bị xóa.",
    )


def _entered(session: Session, declaration: Declaration, officer: Actor) -> Iterable[Flag]:
    """Tell which officer entered it for the citizen, and to that officer when another must approve."""
    by = entered_by(session, declaration)
    if by is None:
        return
    if by[0] != officer.id:
        yield Flag("entered", "info", f"Do {by[1]} lập giúp tại quầy.")
    else:
        text = "Bạn đã lập giúp: chỉ tự duyệt khi đã quét căn cước/CCCD và thấy mẫu số 01 đã ký; không thì người khác."
        yield Flag("entered", "info", text)


def _proven(declaration: Declaration) -> Iterable[Flag]:
    if declaration.population_db_verified:
        yield Flag("population", "good", "Thông tin công dân đã được Cơ sở dữ liệu quốc gia về dân cư xác thực")
