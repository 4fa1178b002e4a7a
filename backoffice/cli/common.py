"""What the commands share: settings read with a plain message, and the common start."""

from __future__ import annotations

import click

from backoffice import config


def settings() -> config.Settings:
    """Return the settings; ends the command with every fault named when they are not fit."""
    try:
        return config.load()
    except config.Misconfigured as error:
        raise click.ClickException(str(error)) from error


def started() -> config.Settings:
    """Return the settings with the rooms ready: use cases and jobs may be called."""
    from backoffice import dossier

    found = connected()
    dossier.configure(found)
    return found


def connected() -> config.Settings:
    """Return the settings with database, queue, hashes and logging ready (nothing personal in the logs)."""
    from backoffice.identity.redaction import redact_event
    from backoffice.kernel import start

    found = settings()
    start.start(found, (redact_event,))
    return found
