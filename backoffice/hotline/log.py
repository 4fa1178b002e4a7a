"""The hotline's day: an agent's own calls and reasons; for supervisors of the hotline the figures of all."""

from __future__ import annotations

from typing import Any

from backoffice.hotline import queries, words
from backoffice.kernel.db import transaction
from backoffice.models import CallReason, HotlineCall
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import HOTLINE, Do, may, require


def day(officer: Actor) -> dict[str, Any]:
    """Return the officer's calls and reasons of today; `agents` and `all_reasons` are None for who may not see them.

    Nothing in it is a citizen's. Raises NotFound for who is not of the hotline.
    """
    require(officer, Do.USE_HOTLINE, HOTLINE)
    with transaction() as session:
        sees_all = may(officer, Do.SEE_HOTLINE_LOG, HOTLINE)
        return {
            "calls": [_line(call) for call in queries.calls_today(session, officer)],
            "reasons": _shares(queries.reasons_today(session, officer.id)),
            "agents": queries.agents_today(session) if sees_all else None,
            "all_reasons": _shares(queries.reasons_today(session)) if sees_all else None,
        }


def _line(call: HotlineCall) -> dict[str, Any]:
    return {
        "at": words.hour(call.at),
        "matched": call.matched,
        "reason": words.REASONS[call.reason] if call.reason else "",
        "acts": words.acts_said(call.acts),
    }


def _shares(found: list[tuple[CallReason, int]]) -> list[dict[str, Any]]:
    total = sum(number for _, number in found)
    return [
        {"label": words.REASONS[reason], "number": number, "share": round(100 * number / total)}
        for reason, number in found
    ]
