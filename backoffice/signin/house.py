"""What the room opens once at the start of a process: the settings."""

from __future__ import annotations

from backoffice.config import Settings

_settings: Settings | None = None


def configure(settings: Settings) -> None:
    """Set the room up for `settings`; a second call replaces the first."""
    global _settings
    _settings = settings


def settings() -> Settings:
    """Return the settings of this process; raises RuntimeError before `configure`."""
    if _settings is None:
        raise RuntimeError("signin.configure was not called")
    return _settings
