"""The review page's values: everything about one declaration, ready to be shown (templates/desk/review.html)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from backoffice.decision import claims
from backoffice.decision.queries import officer_name
from backoffice.desk import labels
from backoffice.desk.compare import card_of, compare
from backoffice.desk.flags import flags_for
from backoffice.desk.history import history_of
from backoffice.desk.outcome import outcome_of
from backoffice.desk.photo_facts import PhotoFacts, photos_of, shown_photos
from backoffice.identity.papers import citizen_number_faults
from backoffice.identity.phone import group_phone
from backoffice.kernel import clock
from backoffice.models import Declaration, IdType, PhotoKind, Status
from backoffice.rules.actors import Actor
from backoffice.rules.lifecycle import is_overdue, label
from backoffice.rules.permissions import Do, may
from backoffice.rules.reasons import NOTE_LIMIT, WORDING

Values = dict[str, Any]
NO_DRAFT: Values = {"act": "", "reasons": [], "note": "", "faults": {}}
REASONS = [{"value": reason.value, "label": wording.screen} for reason, wording in WORDING.items()]


def review_of(session: Session, declaration: Declaration, officer: Actor) -> Values:
    """Return the values of the review page as `officer` may see and do them now."""
    photos = photos_of(session, [declaration.id])
    claim = claims.live(session, declaration.id)
    card = card_of(photos)
    return {
        "declaration": _caption(declaration),
        "compared": compare(declaration, card),
        "qr_note": _qr_note(declaration, photos, card is not None),
        "facts": _facts(declaration),
        "photos": shown_photos(declaration, photos, officer),
        "flags": flags_for(session, [declaration], photos)[declaration.id],
        "claim": _claim(session, claim, officer),
        "may": _may(declaration, claim, officer),
        "why_not": _why_not(declaration, claim, officer),
        "reasons": REASONS,
        "note_limit": NOTE_LIMIT,
        "draft": NO_DRAFT,
        "preview": None,
        "history": history_of(session, declaration),
        "standing": _standing(declaration),
        "outcome": outcome_of(session, declaration, officer),
    }


def _caption(declaration: Declaration) -> Values:
    declared = clock.local(declaration.declared_at)
    return {
        "receipt_code": declaration.receipt_code,
        "full_name": declaration.full_name,
        "bhxh_code": declaration.bhxh_code,
        "purpose": labels.PURPOSES[declaration.purpose],
        "declared": f"{declared:%d/%m} {labels.CHANNELS[declaration.channel]}",
        "presented": labels.short_moment(declaration.presented_at),
        "deadline": labels.deadline_sentence(declaration),
        "deadline_tone": {"past": "bad", "today": "warn", "soon": "warn"}.get(labels.urgency(declaration), "none"),
        "state": label(declaration),
        "state_tone": labels.state_tone(declaration),
        "form01_href": f"/desk/{declaration.receipt_code}/form01.pdf",
        "population_db_verified": declaration.population_db_verified,
    }


def _facts(declaration: Declaration) -> list[Values]:
    office = declaration.office
    facts = [
        ("Điện thoại", group_phone(declaration.phone)),
        ("Thư điện tử", declaration.email or "không khai"),
        ("Cơ quan nhận", f"{office.code} · {office.name}"),
        ("Người liên hệ", declaration.contact_person),
        ("Từ ngày", f"{declaration.start_date:%d/%m/%Y}" if declaration.start_date else None),
        ("Lưu ý số CCCD", " ".join(_number_notes(declaration))),
    ]
    return [{"label": name, "value": value} for name, value in facts if value]


def _number_notes(declaration: Declaration) -> list[str]:
    """Return where a CCCD's number disagrees with itself or with the date of birth: seen by the officer, no refusal."""
    if declaration.id_type is not IdType.CITIZEN_ID:
        return []
    return citizen_number_faults(declaration.id_number, declaration.date_of_birth)


def _standing(declaration: Declaration) -> Values | None:
    """Return what an undecided declaration waits for and what was noted; None when it waits for nothing special."""
    if declaration.status is not Status.SUBMITTED:
        return None
    if declaration.escalated_at is not None:
        text = f"Đã báo lãnh đạo lúc {labels.short_moment(declaration.escalated_at)}"
        return {"text": text, "note": declaration.escalated_note}
    if declaration.supplement_at is not None:
        text = f"Đã trả lại để bổ sung lúc {labels.short_moment(declaration.supplement_at)}"
        return {"text": text, "note": declaration.supplement_note}
    return None


def _qr_note(declaration: Declaration, photos: list[PhotoFacts], was_read: bool) -> Values | None:
    has_id = any(photo.kind in (PhotoKind.ID_FRONT, PhotoKind.ID_BACK) for photo in photos)
    if was_read or not has_id or declaration.id_type is not IdType.CITIZEN_ID:
        return None
    return {"kind": "info", "text": "Không đọc được mã QR trên ảnh Căn cước/CCCD. Xin so bằng mắt."}


def _claim(session: Session, claim: claims.Held | None, officer: Actor) -> Values:
    if claim is None:
        return {"state": "none", "by": "", "since": "", "hurry": ""}
    left, is_mine = claim.until - clock.now(), claim.officer_id == officer.id
    return {
        "state": "mine" if is_mine else "other",
        "by": officer.name if is_mine else officer_name(session, claim.officer_id),
        "since": f"{clock.local(claim.since):%H:%M}",
        "hurry": f"còn {max(1, round(left.total_seconds() / 60))} phút" if _hurries(left) else "",
    }


def _hurries(left: timedelta) -> bool:
    """Tell whether the claim's time is to be shown; a page just come back to prolongs it by itself in a moment."""
    return timedelta(seconds=claims.SECONDS_AFTER_LEAVING) < left < timedelta(minutes=2)


def _may(declaration: Declaration, claim: claims.Held | None, officer: Actor) -> dict[str, bool]:
    is_open = declaration.status is Status.SUBMITTED and not is_overdue(declaration)
    mine = claim is not None and claim.officer_id == officer.id
    free = is_open and claim is None and _is_decider(declaration, officer)
    decides = is_open and mine and _is_decider(declaration, officer)
    others = claim is not None and not mine and may(officer, Do.RELEASE_OTHERS, declaration)
    return {
        "claim": free and may(officer, Do.CLAIM, declaration),
        "release": mine or others,
        "present": is_open and may(officer, Do.PRESENT, declaration),
        "approve": decides and may(officer, Do.APPROVE, declaration),
        "reject": decides and may(officer, Do.REJECT, declaration),
        "supplement": decides and may(officer, Do.SUPPLEMENT, declaration),
        "escalate": decides and declaration.escalated_at is None and may(officer, Do.ESCALATE, declaration),
    }


def _why_not(declaration: Declaration, claim: claims.Held | None, officer: Actor) -> str:
    if declaration.status is not Status.SUBMITTED:
        return ""
    if is_overdue(declaration):
        return "Tờ khai đã quá hạn nộp và sẽ được xóa theo quy định. Đề nghị công dân khai lại."
    if not _is_decider(declaration, officer):
        return "Hồ sơ đã báo lãnh đạo; chỉ lãnh đạo được quyết định."
    if claim is None:
        return "Bấm “Nhận xử lý” để bắt đầu."
    if claim.officer_id != officer.id:
        return "Đồng nghiệp đang xử lý hồ sơ này."
    return ""


def _is_decider(declaration: Declaration, officer: Actor) -> bool:
    return declaration.escalated_at is None or may(officer, Do.DECIDE_ESCALATED, declaration)
