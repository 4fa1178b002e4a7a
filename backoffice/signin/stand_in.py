"""Working at a second office for a while: an officer who stands in there chooses where they work now (issue 7)."""

from __future__ import annotations

from sqlalchemy import select

from backoffice.decision import handover
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Unauthenticated
from backoffice.models import Officer, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.signin.queries import find_session, second_office
from backoffice.signin.sessions import ENDED

HOLDING = (
    "Bạn đang giữ hồ sơ của nơi đang làm việc nên chưa đổi được; chưa có gì thay đổi. Xin giải quyết xong, bàn giao "
    "hoặc trả lại các hồ sơ ở mục “Tôi đang giữ”, rồi bấm đổi lại."
)
OVER = (
    "Bạn không còn được phân công làm thay ở cơ quan thứ hai, nên vẫn làm việc tại cơ quan của mình. "
    "Nếu cần, xin liên hệ người quản trị của đơn vị."
)


def work_at(actor: Actor, token: str, *, second: bool) -> str:
    """Let the session `token` work at the officer's second office, or at the own one; return that office's name.

    Raises Conflict while the officer has declarations in hand, or when there is no second office today (any more).
    """
    with transaction() as session:
        # A claim that is being made holds its officer's row (claims.take): it is waited for, and then seen.
        session.execute(select(Officer.id).where(Officer.id == actor.id).with_for_update())
        found = find_session(session, token, lock=True)
        if found is None:
            raise Unauthenticated(ENDED, code="ended")
        row, officer = found
        office = second_office(session, officer) if second else officer.office
        if office is None:
            raise Conflict(OVER, code="no_second_office")
        if office.id == actor.office_id:
            return office.name
        if handover.holds(session, actor):
            raise Conflict(HOLDING, code="holding")
        row.office_id = office.id if second else None
        record(session, TrailEvent.STAND_IN, actor, to_office_id=office.id)
        return office.name
