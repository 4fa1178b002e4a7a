"""Who comes in: sign-in, sessions kept on the server, lock and unlock, officers and their second step (design 5)."""

from __future__ import annotations

from backoffice.signin.house import configure, settings

__all__ = ["configure", "settings"]
