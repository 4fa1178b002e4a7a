"""What holds whatever is done: rows are locked in one order, nobody raises themselves, an administrator remains."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from backoffice.kernel.errors import Conflict, Forbidden, NotFound
from backoffice.models import ActorKind, Office, OfficeKind, Officer, Role
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, may, require

LAST_ADMINISTRATOR = (
    "Đây là quản trị cuối cùng còn sử dụng được của cơ quan 000 (BHXH Việt Nam), nên không ngừng, không chuyển "
    "và không đổi vai trò được. Chưa có gì thay đổi; xin cử quản trị khác ở cơ quan 000 trước."
)
NOT_ONESELF = (
    "Không ai tự đổi vai trò, cơ quan hay quyền đăng nhập của chính mình. Chưa có gì thay đổi; "
    "xin nhờ quản trị khác, hoặc dùng trang “Tài khoản của tôi” để đổi mật khẩu, ứng dụng xác thực."
)


@dataclass(frozen=True)
class Locked:
    """Officers whose rows are locked, by id, with the administrators of the root; had_administrator: there was one."""

    officers: dict[int, Officer]
    had_administrator: bool


def lock_officers(session: Session, officer_ids: Iterable[int]) -> Locked:
    """Lock these officers and the enabled administrators of the root, all in the order of their ids.

    Weaker than the deletion of a row: who claims a declaration meanwhile refers to an officer and need not wait.
    """
    asked = (
        select(Officer)
        .where(or_(Officer.id.in_(list(officer_ids)), _is_root_administrator()))
        .order_by(Officer.id)
        .with_for_update(of=Officer, key_share=True)
        .execution_options(populate_existing=True)
    )
    officers = {one.id: one for one in session.scalars(asked)}
    return Locked(officers, any(_is_root_administrator_now(one) for one in officers.values()))


def lock_one(session: Session, officer_id: int, actor: Actor, do: Do) -> tuple[Officer, Locked]:
    """Lock an officer where `actor` may `do`; raises Forbidden, and NotFound alike for out of scope and for nobody."""
    require(actor, do)
    locked = lock_officers(session, [officer_id])
    officer = locked.officers.get(officer_id)
    if officer is None or not may(actor, do, officer):
        raise NotFound
    return officer, locked


def require_administrator(session: Session, before: Locked) -> None:
    """Raise Conflict (last_administrator) when the root had an enabled administrator and now has none."""
    if not before.had_administrator:
        return
    session.flush()
    if not session.scalar(select(exists().where(_is_root_administrator()))):
        raise Conflict(LAST_ADMINISTRATOR, code="last_administrator")


def require_other(actor: Actor, officer: Officer) -> None:
    """Raise Forbidden (not_oneself) when `officer` is who acts."""
    if is_oneself(actor, officer):
        raise Forbidden(NOT_ONESELF, code="not_oneself")


def is_oneself(actor: Actor, officer: Officer) -> bool:
    """Tell whether `officer` is who acts."""
    return actor.kind is ActorKind.OFFICER and actor.id == officer.id


def may_place(actor: Actor, office: Office) -> bool:
    """Tell whether `actor` may put officers into `office`; from the command line anywhere."""
    return actor.kind is ActorKind.SYSTEM or may(actor, Do.EDIT_OFFICERS, Placed(office.id, office))


@dataclass
class Placed:
    """Whoever would belong to an office, for the question who may."""

    office_id: int
    office: Office


def _is_root_administrator() -> ColumnElement[bool]:
    root = select(Office.id).where(Office.kind == OfficeKind.ROOT)
    return and_(Officer.role == Role.ADMINISTRATOR, Officer.disabled_at.is_(None), Officer.office_id.in_(root))


def _is_root_administrator_now(officer: Officer) -> bool:
    at_root = officer.office.kind is OfficeKind.ROOT
    return officer.role is Role.ADMINISTRATOR and officer.disabled_at is None and at_root
