"""What the commands share: settings read with a plain message, and the common start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import click

from backoffice import config


def settings() -> config.Settings:
    """Return the settings; ends the command with every fault named when they are not fit."""
    return _plainly()


def fit(environ: Mapping[str, str] | None = None) -> config.Settings:
    """Return the settings of `environ` (default: the process's), asked of the gateways too: what is not built, a key
    that is none. Ends the command with every fault named when they are not fit.
    """
    from backoffice import dossier
    from backoffice.notices import doors

    return _plainly(environ, (dossier.faults, doors.faults))


def _plainly(
    environ: Mapping[str, str] | None = None, checks: Iterable[Callable[[config.Settings], list[str]]] = ()
) -> config.Settings:
    try:
        return config.load(environ, checks)
    except config.Misconfigured as error:
        raise click.ClickException(str(error)) from error


def demand_keys(found: config.Settings) -> bool:
    """End the command, naming each fault, when photos need a key that PHOTO_KEYS lacks or has wrong (production).

    Returns False when the database could not be asked.
    """
    from backoffice import dossier

    try:
        return dossier.demand_keys(found)
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

    found = fit()
    start.start(found, (redact_event,))
    return found
