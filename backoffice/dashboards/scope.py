"""Whose figures are asked for: an office, with all under it, within the supervisor's branch."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.dashboards.figures import ROOT
from backoffice.decision.offices import office_for
from backoffice.identity.text import visible
from backoffice.models import Office
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import HOTLINE, Do, may, require


@dataclass(frozen=True)
class Scope:
    """An office as the figures know it."""

    office_id: int
    code: str
    name: str
    path: str
    is_own: bool
    """The branch in which the officer works: the queue is of the same offices."""

    @property
    def is_root(self) -> bool:
        """Tell whether it is the country."""
        return self.path == ROOT


def scope_of(session: Session, code: str, officer: Actor) -> Scope:
    """Return the scope of the office with this code, the own one for ""; raises NotFound for any other.

    The own one costs no statement.
    """
    require(officer, Do.SEE_DASHBOARD)
    sought = sought_code(code, officer)
    if sought == officer.office_code:
        return Scope(officer.office_id or 0, officer.office_code, officer.office_name, officer.office_path, True)
    office = office_for(session, sought, officer, Do.SEE_DASHBOARD)
    return Scope(office.id, office.code, office.name, office.path, office.id == officer.office_id)


def sought_code(code: str, officer: Actor) -> str:
    """Return which office's code was typed, the own one's for ""."""
    return visible(code[:100]).strip() or officer.office_code


def above(session: Session, scope: Scope, officer: Actor) -> list[tuple[str, str]]:
    """Return code and name of the offices above it that the officer may see, the highest first."""
    if scope.is_own:
        return []
    found = select(Office.code, Office.name).where(
        func.starts_with(scope.path, Office.path),
        func.starts_with(Office.path, officer.office_path),
        Office.path != scope.path,
    )
    return [(code, name) for code, name in session.execute(found.order_by(func.length(Office.path)))]


def sees_hotline(officer: Actor) -> bool:
    """Tell whether the officer sees the figures of the hotline, which is the root's."""
    return may(officer, Do.SEE_DASHBOARD, HOTLINE)
