"""Whose figures they are: of an office, an officer, the hotline, and all that a dashboard shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backoffice.dashboards.tallies import Figures
from backoffice.models import OfficeKind


@dataclass(frozen=True)
class OfficeFigures:
    """The figures of one office."""

    office_id: int
    code: str
    name: str
    path: str
    kind: OfficeKind
    is_closed: bool
    figures: Figures


@dataclass(frozen=True)
class OfficerFigures:
    """What one officer did; for that officer and the supervisors of the branch alone (fairness)."""

    officer_id: int
    name: str
    figures: Figures


@dataclass(frozen=True)
class HotlineFigures:
    """The figures of the hotline, by day, and what each agent did."""

    figures: Figures
    agents: Sequence[OfficerFigures]


@dataclass(frozen=True)
class Board:
    """What a dashboard shows, read by one statement; what was not asked for is empty."""

    office: OfficeFigures
    """Which office it is of; its figures are those of its branch."""
    figures: Figures
    officers: Sequence[OfficerFigures]
    """Of this very office, today."""
    officers_before: Sequence[OfficerFigures]
    """The same a week ago."""
    below: Sequence[OfficeFigures]
    """Of the offices right under it, each with all under that: what the dashboard shows of them, without keys."""
    hotline: Figures
