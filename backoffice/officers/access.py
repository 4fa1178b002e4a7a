"""Whether an officer gets in: disabled at once, enabled again, a new link, a new authenticator, unused for 60 days."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, select

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import DisabledReason, Officer, OfficerSession, TrailEvent
from backoffice.officers import editing
from backoffice.officers.actions import Handed, hand_link
from backoffice.officers.marks import require_unchanged
from backoffice.officers.standing import lock_officers, lock_one, require_administrator, require_other
from backoffice.rules.actors import SYSTEM, Actor
from backoffice.rules.permissions import Do, require
from backoffice.signin import totp
from backoffice.signin.sessions import EndReason, end_sessions

UNUSED_DAYS = 60
MOST_SWEPT = 200
_ALREADY = "Người này đã ngừng sử dụng từ {at}. Không có gì thay đổi thêm."
_IN_USE = "Người này đang được sử dụng, không cần cho dùng lại. Chưa có gì thay đổi."
_DISABLED = "Người này đã ngừng sử dụng nên chưa cấp được đường dẫn. Xin bấm “Cho dùng lại”: đường dẫn mới có ngay."
_OFFICE_CLOSED = (
    "{office} đã đóng nên chưa cho dùng lại được. Chưa có gì thay đổi; trước hết xin chuyển người này sang cơ quan "
    "đang hoạt động, ở mục “Sửa thông tin”."
)
_NO_AUTHENTICATOR = "Người này chưa có ứng dụng xác thực, nên không có gì để bỏ. Chưa có gì thay đổi."


def disable(actor: Actor, officer_id: int) -> None:
    """Let an officer sign in no more: sessions end at once, what is in hand goes back to the queue, links lead nowhere.

    Raises NotFound, Conflict (already_disabled, last_administrator), Forbidden (not_oneself).
    """
    with transaction() as session:
        officer, locked = lock_one(session, officer_id, actor, Do.EDIT_OFFICERS)
        require_other(actor, officer)
        if officer.disabled_at is not None:
            at = f"{clock.local(officer.disabled_at):%H:%M %d/%m/%Y}"
            raise Conflict(_ALREADY.format(at=at), code="already_disabled")
        editing.disable(session, actor, officer, DisabledReason.BY_HAND)
        require_administrator(session, locked)


def enable(actor: Actor, officer_id: int, mark: str) -> Handed:
    """Let a disabled officer in again by a new one-time link; the former password fits no more, the 60 days begin anew.

    Raises NotFound, Conflict (not_disabled, officer_changed, office_closed), Forbidden (not_oneself).
    """
    require(actor, Do.EDIT_OFFICERS)
    with transaction() as session:
        editing.hold_office_of(session, officer_id)
        officer, _ = lock_one(session, officer_id, actor, Do.EDIT_OFFICERS)
        require_other(actor, officer)
        if officer.disabled_at is None:
            raise Conflict(_IN_USE, code="not_disabled")
        require_unchanged(session, officer, mark)
        if officer.office.closed_at is not None:
            raise Conflict(_OFFICE_CLOSED.format(office=officer.office.name), code="office_closed")
        officer.disabled_at = officer.disabled_reason = None
        officer.enabled_at = clock.now()
        officer.password_hash = editing.nobodys_password()
        editing.note(session, TrailEvent.OFFICER_ENABLE, actor, officer)
        return hand_link(session, actor, officer)


def give_link(actor: Actor, officer_id: int) -> Handed:
    """Make a new one-time link for who forgot the password or let the last link lapse; the password fits until then.

    Raises NotFound, Conflict (disabled), Forbidden (not_oneself).
    """
    with transaction() as session:
        officer, _ = lock_one(session, officer_id, actor, Do.EDIT_OFFICERS)
        require_other(actor, officer)
        require_enabled(officer)
        return hand_link(session, actor, officer)


def require_enabled(officer: Officer) -> None:
    """Raise Conflict (disabled) when no link would let the officer in."""
    if officer.disabled_at is not None:
        raise Conflict(_DISABLED, code="disabled")


def forget_authenticator(actor: Actor, officer_id: int) -> None:
    """Let an officer who lost the telephone enrol a new authenticator at the next sign-in; sessions end.

    Raises NotFound, Conflict (no_authenticator), Forbidden (not_oneself).
    """
    with transaction() as session:
        officer, _ = lock_one(session, officer_id, actor, Do.EDIT_OFFICERS)
        require_other(actor, officer)
        if officer.totp_secret is None:
            raise Conflict(_NO_AUTHENTICATOR, code="no_authenticator")
        totp.forget(session, officer)
        end_sessions(session, officer, EndReason.OFFICER_CHANGED)
        editing.note(session, TrailEvent.TOTP_RESET, actor, officer)


def disable_unused() -> int:
    """Disable whom nobody has seen for 60 days, the longest unseen first; return how many.

    The last administrator of the root stays, however long unseen. May run at any time and several times at once.
    """
    with transaction() as session:
        seen = func.coalesce(Officer.last_seen_at, Officer.created_at)
        found = session.scalars(select(Officer.id).where(_is_unused()).order_by(seen).limit(MOST_SWEPT)).all()
    return sum(_disable_unused(officer_id) for officer_id in found)


def _disable_unused(officer_id: int) -> bool:
    try:
        with transaction() as session:
            locked = lock_officers(session, [officer_id])
            officer = locked.officers[officer_id]
            if session.scalar(select(Officer.id).where(Officer.id == officer_id, _is_unused())) is None:
                return False
            editing.disable(session, SYSTEM, officer, DisabledReason.UNUSED)
            require_administrator(session, locked)
            return True
    except Conflict:
        return False  # the last administrator


def _is_unused() -> ColumnElement[bool]:
    """Since the last sign-in or the last input, or since the officer was made or let in again."""
    open_now = (OfficerSession.officer_id == Officer.id, OfficerSession.ended_at.is_(None))
    active_at = select(func.max(OfficerSession.active_at)).where(*open_now).scalar_subquery()
    counts_from = func.greatest(Officer.last_seen_at, Officer.created_at, Officer.enabled_at, active_at)
    return and_(Officer.disabled_at.is_(None), counts_from < clock.now() - timedelta(days=UNUSED_DAYS))
