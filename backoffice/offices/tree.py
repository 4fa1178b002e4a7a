"""The tree of offices and its locks: who changes where an office hangs, or whether it serves, does so alone."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from backoffice.decision.offices import OfOffice
from backoffice.identity.text import visible
from backoffice.kernel.errors import NotFound
from backoffice.models import Office, OfficeKind
from backoffice.rules import figure_branches
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, may, require

_TREE = 0x0FF1CE5
"""Number of the advisory lock."""


def lock_tree(session: Session) -> None:
    """Wait until nobody else changes offices, and keep it so until the transaction ends: ask this before any row.

    Changes of offices are rare; one after the other they need no order of locks among them.
    """
    session.execute(select(func.pg_advisory_xact_lock(_TREE)))


def find_office(session: Session, code: str) -> Office:
    """Return the office with this code; raises NotFound."""
    office = session.scalars(
        select(Office).where(Office.code == visible(code[:100])).execution_options(populate_existing=True)
    ).one_or_none()
    if office is None:
        raise NotFound
    return office


def office_to_change(session: Session, code: str, actor: Actor, *, under: str = "") -> Office:
    """Return the office with this code, its row locked against other changes and against new declarations.

    `under` is the code of what it is to hang under ("" for no change): where that is another office, all its branch is
    locked. Raises Forbidden, or NotFound when it does not exist or is out of scope.
    """
    require(actor, Do.EDIT_OFFICES)
    lock_tree(session)
    office = find_office(session, code)
    require(actor, Do.EDIT_OFFICES, OfOffice(office.id, office))
    parent = session.get(Office, office.parent_id) if office.parent_id else None
    moves = parent is not None and visible(under[:100]) not in ("", parent.code)
    hold_branches(session, [office.path] if moves else [], office.id)
    return office


def hold_branches(session: Session, branches: Iterable[str], *ids: int) -> None:
    """Lock the offices of these ids and of these branches (paths), as an UPDATE would, in the order of their ids.

    Who adds to one of them waits (rules.serving), references do not. Whoever holds several keeps to that order.
    """
    wanted = or_(Office.id.in_(ids), *(func.starts_with(Office.path, branch) for branch in branches))
    session.scalars(
        select(Office)
        .where(wanted)
        .order_by(Office.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def may_change(actor: Actor, office: Office) -> bool:
    """Tell whether `actor` may change `office`."""
    return may(actor, Do.EDIT_OFFICES, OfOffice(office.id, office))


def hang_under(session: Session, office: Office, parent: Office) -> None:
    """Hang `office`, with all that is under it, under `parent`: every path of the branch in one statement.

    The branch is locked by the caller (`hold_branches`).
    """
    session.flush()
    old, new = office.path, f"{parent.path}{office.code}."
    figure_branches.cut_off(session, office.id)
    rest = func.substr(Office.path, len(old) + 1)
    session.execute(
        update(Office).where(func.starts_with(Office.path, old)).values(path=func.concat(new, rest)),
        execution_options={"synchronize_session": False},
    )
    office.parent_id = parent.id
    session.flush()
    session.refresh(office)
    figure_branches.hang(session, office.id)


def kind_under(parent: Office) -> OfficeKind | None:
    """Return the kind of the offices right under `parent`; None where there are none."""
    return {OfficeKind.ROOT: OfficeKind.PROVINCE, OfficeKind.PROVINCE: OfficeKind.DISTRICT}.get(parent.kind)
