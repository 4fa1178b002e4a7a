"""When a declaration can no longer be acted on, and the sentence that says who did what and when."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backoffice.decision.queries import officer_name
from backoffice.kernel import clock
from backoffice.kernel.errors import Conflict
from backoffice.models import Declaration, Status
from backoffice.rules.actors import Actor
from backoffice.rules.lifecycle import is_overdue
from backoffice.rules.permissions import Do, may

_DID: dict[Status, str] = {
    Status.APPROVED: "duyệt",
    Status.REJECTED: "trả lời “Không chấp nhận”",
    Status.EXPIRED: "xóa vì quá hạn",
}


def require_open(session: Session, declaration: Declaration) -> None:
    """Raise Conflict when `declaration` is decided (already_decided, naming who and when) or overdue (K4)."""
    if declaration.status is not Status.SUBMITTED:
        raise Conflict(decided_sentence(session, declaration), code="already_decided")
    if is_overdue(declaration):
        day = clock.local(declaration.expires_at).strftime("%d/%m/%Y") if declaration.expires_at else ""
        raise Conflict(
            f"Tờ khai này đã quá hạn nộp ngày {day} và sẽ được xóa theo quy định. Đề nghị công dân khai lại.",
            code="expired",
        )


def decided_sentence(session: Session, declaration: Declaration) -> str:
    """Return who decided what, and when: "Lan đã duyệt hồ sơ này lúc 09:42 ngày 20/11/2026.\""""
    name = officer_name(session, declaration.decided_by_id)
    at = clock.local(declaration.decided_at).strftime("%H:%M ngày %d/%m/%Y") if declaration.decided_at else ""
    if declaration.status is Status.WITHDRAWN and declaration.decided_by_id is None:
        return f"Công dân đã tự rút tờ khai này lúc {at}, trước khi nộp. Muốn làm tiếp, công dân phải khai lại."
    if declaration.status is Status.WITHDRAWN:
        return (
            f"Hồ sơ này đã đóng lúc {at}, vì tờ khai khác của cùng mã số vừa được duyệt hoặc người này đã có tài khoản "
            f"({name}). Chưa có gì thay đổi thêm."
        )
    return f"{name} đã {_DID[declaration.status]} hồ sơ này lúc {at}. Quyết định đó được giữ nguyên."


def require_decider(declaration: Declaration, actor: Actor) -> None:
    """Raise Conflict (escalated) when only a supervisor decides: the declaration was escalated (K11)."""
    if declaration.escalated_at is not None and not may(actor, Do.DECIDE_ESCALATED, declaration):
        raise Conflict(
            "Hồ sơ này đã báo lãnh đạo, chỉ lãnh đạo được quyết định. Chưa có gì thay đổi.", code="escalated"
        )
