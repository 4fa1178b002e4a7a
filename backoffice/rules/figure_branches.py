"""Sums over branches of offices: what an office's figures are, all under it included, is kept and not added up anew.

Only who holds `FOLDING` writes sums; steps (rules.figures) are written by anybody, and nobody waits for anybody.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

FOLDING = 7_310_041
"""The advisory lock of whoever writes sums."""

ANCESTORS = """
    CROSS JOIN LATERAL unnest(string_to_array(rtrim(o.path, '.'), '.')) AS above (code)
    JOIN offices AS a ON a.code = above.code
"""
"""To be put after a FROM with the offices `o`: `a` is each of them and every office above it."""

_HANG = text("""
    INSERT INTO figure_branches AS b (office_id, day, figure, key, number, seconds)
    SELECT a.id, own.day, own.figure, own.key, :sign * own.number, :sign * own.seconds
    FROM offices AS o
    CROSS JOIN LATERAL unnest(string_to_array(rtrim(o.path, '.'), '.')) AS above (code)
    JOIN offices AS a ON a.code = above.code AND a.id <> o.id
    JOIN figure_branches AS own ON own.office_id = o.id
    WHERE o.id = :office
    ORDER BY 1, 2, 3, 4
    ON CONFLICT (office_id, day, figure, key)
    DO UPDATE SET number = b.number + excluded.number, seconds = b.seconds + excluded.seconds
""")


def hold(session: Session) -> None:
    """Wait until nobody else writes sums, and keep it so until the transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": FOLDING})


def held(session: Session) -> bool:
    """Tell whether nobody else writes sums now; if so, it stays so until the transaction ends."""
    return bool(session.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": FOLDING}).scalar_one())


def cut_off(session: Session, office_id: int) -> None:
    """Take what an office and all under it counted out of the sums above it: it is going to hang elsewhere."""
    hold(session)
    session.execute(_HANG, {"office": office_id, "sign": -1})


def hang(session: Session, office_id: int) -> None:
    """Add what an office and all under it counted to the sums above it, where it hangs now."""
    session.execute(_HANG, {"office": office_id, "sign": 1})
