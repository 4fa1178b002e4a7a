"""Taking a declaration over: whoever stands at this counter is served here, whichever office was declared (K8)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backoffice.decision import claims, ledger, steps
from backoffice.decision.queries import declaration_for, officer_name
from backoffice.decision.reading import read_note
from backoffice.decision.refusals import require_open
from backoffice.decision.scan import scan
from backoffice.identity.proof import is_of
from backoffice.identity.scan import UnreadableScan, read_scan
from backoffice.kernel import clock, rows
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput
from backoffice.models import Correction, Declaration, How, Item, TrailEvent
from backoffice.notices import actions as notices
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.lifecycle import change
from backoffice.rules.permissions import Do, require
from backoffice.rules.serving import hold_open

FIELD = "office_code"
"""Under this name the former and the new office, and why, are kept among what was corrected at the desk."""


def transfer(receipt_code: str, officer: Actor, note: str, presented: str = "") -> None:
    """Make the declaration one of the officer's own office, in the officer's hands; done twice it changes nothing more.

    `note` says why, `presented` is the ID that was scanned or its number typed ("" when it was compared by eye): it
    must be the declared person's, fills the ledger and marks presence (K6). What another office verified lapses, the
    deadline stays, both offices are in the trail, and how the ID was compared; the former office's supervisor has it in
    a list (desk.supervise), and the citizen is told where to go now. Raises NotFound, InvalidInput (note, presented),
    Conflict when the declaration is decided, overdue, left to a supervisor, or in a colleague's hands.
    """
    note = read_note(note, "Xin ghi vì sao tiếp nhận tại đây, ví dụ: công dân đến nộp tại quầy này.")
    with transaction() as session:
        _require_still_open(session, officer)
        declaration = declaration_for(session, receipt_code, officer, Do.TRANSFER, locked=True)
        require_open(session, declaration)
        if declaration.office_id == officer.office_id:
            return
        _require_free(session, declaration, officer)
        if presented:
            _require_own(declaration, presented)
        _take_over(session, declaration, officer, note, how=How.SCANNED if presented else How.SEEN)
        if presented:
            # Here and not with the scan: between two transactions the deadline may pass, and the sweep come by (K4).
            steps.present(session, declaration, officer)
    if presented:
        scan(receipt_code, officer, presented)


def _require_still_open(session: Session, officer: Actor) -> None:
    """Hold the officer's office open until the end; raises Conflict (office_closed) when it was closed or merged."""
    require(officer, Do.TRANSFER)
    own = hold_open(session, officer.office_id or 0)
    if own.id != officer.office_id or own.closed_at is not None:
        raise Conflict(
            f"{officer.office_name} vừa được hợp nhất hoặc đóng. Chưa có gì thay đổi; xin tải lại trang rồi làm lại.",
            code="office_closed",
        )


def _require_free(session: Session, declaration: Declaration, officer: Actor) -> None:
    """Raise Conflict (escalated, claimed) when the other office is at work on the declaration."""
    office = declaration.office
    call = f" Chưa có gì thay đổi; xin gọi {office.phone or office.name} để trao đổi trước khi tiếp nhận tại đây."
    if declaration.escalated_at is not None:
        raise Conflict(f"Hồ sơ này đang được lãnh đạo {office.name} xem xét.{call}", code="escalated")
    live = claims.live(session, declaration.id)
    if live is not None and live.officer_id != officer.id:
        name, since = officer_name(session, live.officer_id), clock.local(live.since)
        raise Conflict(f"{name} ({office.name}) đang xử lý hồ sơ này từ {since:%H:%M}.{call}", code="claimed")


def _require_own(declaration: Declaration, presented: str) -> None:
    """Raise InvalidInput (field presented) unless it is an ID, or its number, of the person who declared."""
    read = read_scan(presented)
    if isinstance(read, UnreadableScan):
        raise InvalidInput([Fault("presented", read.sentence)])
    if is_of(read, declaration) is not True:
        raise InvalidInput(
            [
                Fault(
                    "presented",
                    "Giấy tờ này không phải của người đã khai, hoặc khác loại giấy tờ đã khai. Xin quét lại đúng "
                    "giấy tờ; nếu đã đối chiếu bằng mắt, để trống ô này và ghi rõ trong lý do.",
                )
            ]
        )


def _take_over(session: Session, declaration: Declaration, officer: Actor, note: str, *, how: How) -> None:
    former, own = declaration.office, officer.office_id
    ledger.lapse(session, declaration, list(Item), officer)
    change(session, declaration, office_id=own)
    notices.moved(session, declaration)
    reason = Correction(
        declaration_id=declaration.id,
        field=FIELD,
        old_value=former.code,
        new_value=officer.office_code,
        note=note,
        officer_id=officer.id,
        at=clock.now(),
    )
    rows.add(session, reason)
    record(
        session,
        TrailEvent.TRANSFER,
        officer,
        declaration=declaration,
        from_office=former.id,
        to_office=own,
        reason=reason.id,
        how=how.value,
    )
    if claims.take(session, declaration, officer):
        record(session, TrailEvent.CLAIM, officer, declaration=declaration)
