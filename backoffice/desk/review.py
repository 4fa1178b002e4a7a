"""The review page's values: everything about one declaration, ready to be shown (templates/desk/review.html)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from backoffice.decision import claims
from backoffice.decision.scanned import newest_scans
from backoffice.desk import labels
from backoffice.desk.account_beside import account_beside
from backoffice.desk.change_view import change_of
from backoffice.desk.claim_view import claim_acts, claim_values
from backoffice.desk.compare import card_of, notes, table
from backoffice.desk.deciding import deciding
from backoffice.desk.flags import Flag, blocking, review_flags
from backoffice.desk.history import history_of
from backoffice.desk.ledger import ledger_of
from backoffice.desk.outcome import outcome_of
from backoffice.desk.photo_facts import PhotoFacts, photos_of, shown_photos
from backoffice.desk.retake import scan_href
from backoffice.desk.supervise import supervisors_acts
from backoffice.desk.version_view import refused_before, versions_of
from backoffice.identity.phone import group_phone
from backoffice.identity.qr import CitizenCard
from backoffice.identity.scan import Scan
from backoffice.kernel import clock
from backoffice.models import Declaration, IdType, PhotoKind, Status
from backoffice.rules.actors import Actor
from backoffice.rules.lifecycle import is_overdue, label
from backoffice.rules.permissions import Do, may
from backoffice.rules.reasons import NOTE_LIMIT

Values = dict[str, Any]
NO_DRAFT: Values = {"act": "", "reasons": [], "photos": [], "note": "", "faults": {}}


def review_of(session: Session, declaration: Declaration, officer: Actor) -> Values:
    """Return the values of the review page as `officer` may see and do them now."""
    photos = photos_of(session, [declaration.id])
    claim = claims.live(session, declaration.id)
    flags = review_flags(session, declaration, officer, photos)
    card, scans = card_of(photos), newest_scans(session, declaration.id)
    values = {
        "declaration": _caption(declaration),
        "change": change_of(session, declaration),
        "versions": versions_of(session, declaration),
        "refused": refused_before(session, declaration, officer),
        "compared": table(declaration, card, scans),
        "compare_notes": _notes(declaration, card, scans, flags),
        "qr_note": _qr_note(declaration, photos, card is not None),
        "facts": _facts(declaration, flags),
        "photos": shown_photos(declaration, photos, officer),
        "photos_cleared": f"{clock.local(cleared):%d/%m/%Y}" if (cleared := declaration.cleared_at) else "",
        "scan_href": scan_href(declaration, officer),
        "flags": flags,
        "blocked": blocking(flags),
        "claim": claim_values(session, declaration, claim, officer),
        "ledger": ledger_of(session, declaration, scans),
        "may": _may(declaration, claim, officer, is_blocked=bool(blocking(flags))),
        "why_not": _why_not(declaration, claim, officer),
        "note_limit": NOTE_LIMIT,
        "draft": NO_DRAFT,
        "preview": None,
        "history": history_of(session, declaration),
        "standing": _standing(declaration),
        "outcome": outcome_of(session, declaration, officer),
        "beside": account_beside(session, declaration, flags, officer),
    }
    return values | deciding(values, declaration, photos)


def _notes(
    declaration: Declaration, card: CitizenCard | None, scans: Sequence[Scan], flags: Sequence[Flag]
) -> list[str]:
    """Return what should be known beside the table, but for what a flag says already."""
    said = {flag.text for flag in flags}
    return [note for note in notes(declaration, card, scans, clock.today()) if note not in said]


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
    }


def _facts(declaration: Declaration, flags: Sequence[Flag]) -> list[Values]:
    office, shared = declaration.office, {"phone_taken", "same_phone"} & {flag.code for flag in flags}
    is_alone = declaration.status is Status.SUBMITTED and not shared
    facts = [
        ("Điện thoại", group_phone(declaration.phone) + (" · chưa dùng cho mã số khác" if is_alone else "")),
        ("Thư điện tử", declaration.email or "không khai"),
        ("Cơ quan nhận", f"{office.code} · {office.name}"),
        ("Người liên hệ", declaration.contact_person),
        ("Từ ngày", f"{declaration.start_date:%d/%m/%Y}" if declaration.start_date else None),
    ]
    return [{"label": name, "value": value} for name, value in facts if value]


def _standing(declaration: Declaration) -> list[Values]:
    """Return what an undecided declaration waits for, or came back from, and what was noted (K7, K11)."""
    found: list[tuple[str, str | None]] = []
    if declaration.status is not Status.SUBMITTED:
        return []
    if declaration.supplement_at is not None:
        at = labels.short_moment(declaration.supplement_at)
        found.append((f"Đã trả lại để bổ sung lúc {at}", declaration.supplement_note))
    elif declaration.supplement_note:
        found.append(("Lần trước đã trả lại để bổ sung: xin xem đã đủ chưa", declaration.supplement_note))
    if declaration.escalated_at is not None:
        at = labels.short_moment(declaration.escalated_at)
        found.append((f"Đã báo lãnh đạo lúc {at}", declaration.escalated_note))
    elif declaration.escalated_note:
        found.append(("Lãnh đạo giao lại cho cán bộ giải quyết", declaration.escalated_note))
    return [{"text": text, "note": note} for text, note in found]


def _qr_note(declaration: Declaration, photos: list[PhotoFacts], was_read: bool) -> Values | None:
    has_id = any(photo.kind in (PhotoKind.ID_FRONT, PhotoKind.ID_BACK) for photo in photos)
    if was_read or not has_id or declaration.id_type is not IdType.CITIZEN_ID:
        return None
    return {"kind": "info", "text": "Không đọc được mã QR trên ảnh Căn cước/CCCD. Xin so bằng mắt."}


def _may(declaration: Declaration, claim: claims.Held | None, officer: Actor, *, is_blocked: bool) -> dict[str, bool]:
    is_open = declaration.status is Status.SUBMITTED and not is_overdue(declaration)
    mine = claim is not None and claim.officer_id == officer.id
    decides = is_open and mine and _is_decider(declaration, officer)
    return {
        **claim_acts(declaration, claim, officer),
        "present": is_open and may(officer, Do.PRESENT, declaration),
        "scan": is_open and may(officer, Do.SCAN, declaration),
        "verify": decides and may(officer, Do.VERIFY, declaration),
        "approve": decides and not is_blocked and may(officer, Do.APPROVE, declaration),
        "reject": decides and may(officer, Do.REJECT, declaration),
        "correct": is_open and may(officer, Do.CORRECT, declaration),
        "supplement": decides and may(officer, Do.SUPPLEMENT, declaration),
        "escalate": decides and declaration.escalated_at is None and may(officer, Do.ESCALATE, declaration),
        **supervisors_acts(declaration, claim, officer),
        "see_trail": may(officer, Do.SEE_TRAIL, declaration),
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
