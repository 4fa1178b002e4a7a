"""What the room does by itself: forgetting announced numbers, spoken resets and counted attempts in time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from backoffice.hotline import announced
from backoffice.kernel import clock, limits
from backoffice.kernel.db import transaction
from backoffice.models import SpokenReset

KEPT = timedelta(days=60)
"""As long as a password can be good: until it was used it is known that a voice read it out (accounts.sign_in)."""


def tidy() -> None:
    """Delete what has had its time. May run at any time and several times at once."""
    with transaction() as session:
        announced.tidy(session)
        session.execute(delete(SpokenReset).where(SpokenReset.at < clock.now() - KEPT))
    limits.tidy()
