"""How long a sign-in lasts: what sessions, and whoever asks which colleagues are here now, go by (design 5)."""

from __future__ import annotations

from datetime import timedelta

IDLE = timedelta(minutes=15)
"""Without input for so long, a session opens nothing any more until the password is given again."""
ABSOLUTE = timedelta(hours=12)
"""Whatever happens, a session ends so long after the sign-in."""
