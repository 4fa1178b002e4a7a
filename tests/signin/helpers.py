"""What the tests of this room say in one word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
from sqlalchemy import select, text

from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.models import Officer, OfficerSession, TrailEvent, TrailRow
from backoffice.signin import actions, enrolment, links, totp
from backoffice.signin.entry import SignInResult
from backoffice.signin.tries import Browser
from tests.factories import PASSWORD, make_officer

MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""08:00 in Vietnam."""


def after(**span: float) -> Any:
    """The clock, so much later than MORNING."""
    return clock.at(MORNING + timedelta(**span))


def an_officer(username: str = "lan", **values: Any) -> Officer:
    with transaction() as session:
        return make_officer(session, username, **values)


def with_authenticator(username: str, **values: Any) -> pyotp.TOTP:
    """An officer with a second step, and the authenticator."""
    with transaction() as session:
        uri = totp.give_secret(make_officer(session, username, **values))
    return pyotp.TOTP(parse_qs(urlsplit(uri).query)["secret"][0])


def a_link(officer: Officer) -> str:
    """The token of a new link for the officer."""
    with transaction() as session:
        return links.make_link(session, session.get_one(Officer, officer.id), None)


def taken(proposal: str) -> pyotp.TOTP:
    """The authenticator that holds what was proposed."""
    return pyotp.TOTP(enrolment.read(proposal).secret)


def digits(authenticator: pyotp.TOTP) -> str:
    return authenticator.at(clock.now())


def enter(username: str = "lan", password: str = PASSWORD, code: str = "", **browser: Any) -> SignInResult:
    """Sign in and be in, by the browser that tells so of itself (device_token, address, agent)."""
    result = actions.sign_in(username, password, code, browser=Browser(**browser))
    assert isinstance(result, SignInResult)
    return result


def ends() -> list[str | None]:
    """Why sessions ended, None for open ones, oldest first."""
    with transaction() as session:
        return list(session.scalars(select(OfficerSession.end_reason).order_by(OfficerSession.created_at)))


def trail(*events: TrailEvent) -> list[TrailRow]:
    with transaction() as session:
        return list(session.scalars(select(TrailRow).where(TrailRow.event.in_(events)).order_by(TrailRow.id)))


def until_waiting() -> None:
    """Go on once somebody waits for a lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        given_up = monotonic() + 30
        while not connection.scalar(text(waiting)):
            assert monotonic() < given_up, "nobody waits"
