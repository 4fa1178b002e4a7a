"""What may still be done with a declaration by whoever sent it, before the visit: withdraw, correct (issue 10)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backoffice.decision import claims
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import Declaration, Status
from backoffice.notices import actions as notices
from backoffice.rules.actors import CITIZEN
from backoffice.rules.lifecycle import is_overdue, lock, move

CAUSE = "citizen"
"""Of a withdrawal, in the trail: by whoever sent the declaration."""
_DECIDED = "Tờ khai đã được giải quyết nên không {act} được nữa. Chưa có gì thay đổi; xin xem kết quả ở trang tra cứu."
_WITHDRAWN = "Tờ khai đã được rút rồi nên không còn gì để {act}."
_OVERDUE = "Tờ khai đã quá hạn nộp và sẽ được xóa theo quy định. Nếu vẫn cần, xin khai lại."
_PRESENTED = (
    "Hồ sơ đã nộp tại cơ quan BHXH nên không {act} qua mạng được nữa. Chưa có gì thay đổi; xin nói với cán bộ đang "
    "giải quyết, hoặc đến cơ quan đã nộp."
)
_IN_HAND = (
    "Cán bộ đang xem hồ sơ này nên chưa {act} được. Chưa có gì thay đổi; xin đợi khoảng 10 phút rồi thử lại, hoặc nói "
    "với cán bộ."
)


def require_open(declaration: Declaration, act: str) -> None:
    """Raise Conflict, in a sentence for the citizen, when it is too late to `act` ("rút", "sửa") on a declaration."""
    if declaration.status is Status.WITHDRAWN:
        raise Conflict(_WITHDRAWN.format(act=act), code="already_withdrawn")
    if declaration.status is not Status.SUBMITTED:
        raise Conflict(_DECIDED.format(act=act), code="already_decided")
    if is_overdue(declaration):
        raise Conflict(_OVERDUE, code="expired")
    if declaration.presented_at is not None or declaration.escalated_at is not None:
        raise Conflict(_PRESENTED.format(act=act), code="presented")


def withdraw(declaration_id: int) -> None:
    """Withdraw the declaration; what still waits to be sent about it is cancelled, and no message tells of it.

    Raises Conflict once it is decided, overdue, handed in, or in an officer's hands; NotFound when it has gone.
    """
    with transaction() as session:
        declaration = lock(session, declaration_id)
        require_open(declaration, "rút")
        _require_in_nobodys_hands(session, declaration)
        move(session, declaration, Status.WITHDRAWN, CITIZEN, cause=CAUSE)
        notices.cancel_for(session, declaration)
        claims.end(session, declaration)


def _require_in_nobodys_hands(session: Session, declaration: Declaration) -> None:
    if claims.live(session, declaration.id) is not None:
        raise Conflict(_IN_HAND.format(act="rút"), code="claimed")
