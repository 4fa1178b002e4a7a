"""One try at proving who one is: counted as failed before the password is looked at, until it succeeds (design 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import lookup_hash, token_hash
from backoffice.models import ActorKind, Officer, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.signin import throttle
from backoffice.signin.queries import find_officer
from backoffice.signin.usernames import is_username, normal_username


@dataclass(frozen=True)
class Browser:
    """Who asks, as far as the request tells: the token it may be known by, its address, its header User-Agent."""

    device_token: str | None = None
    address: str = ""
    agent: str = ""


UNKNOWN = Browser()


@dataclass(frozen=True)
class Try:
    """A try by `browser` as `username`: the officer of that name, whether the browser is known to be theirs."""

    username: str
    officer: Officer | None
    browser: Browser
    is_known: bool
    reserved: list[int]


def begin(username: str, browser: Browser) -> Try:
    """Count a try, then say whose it is; the database is left before the slow look at the password.

    Raises TooManyRequests when there were too many failures.
    """
    name = normal_username(username)
    device = token_hash(browser.device_token) if browser.device_token else None
    with transaction() as session:
        officer, is_known = find_officer(session, name if is_username(name) else "", device)
        known_device = (officer.id, device) if officer and device and is_known else None
        reserved = throttle.reserve(session, throttle.counters(name, browser.address, known_device))
    return Try(name, officer, browser, is_known, reserved)


def fail(tried: Try, *, second_step: bool = False) -> None:
    """Write the failed try to the trail: the name only as a keyed hash, for it may be a mistyped password.

    With the office of who has that name, so that their supervisors see it. `second_step`: the password was right, and
    the code was not.
    """
    officer_id, office_id = (tried.officer.id, tried.officer.office_id) if tried.officer else (None, None)
    step: dict[str, Any] = {"second_step": True} if second_step else {}
    name_hash = lookup_hash("username", tried.username).hex()
    with transaction() as session:
        nobody = Actor(ActorKind.OFFICER, office_id=office_id)
        record(session, TrailEvent.SIGN_IN_FAILED, nobody, username_hash=name_hash, officer_id=officer_id, **step)


def take_back(tried: Try) -> None:
    """Let a try that did not fail count no more."""
    with transaction() as session:
        throttle.release(session, tried.reserved)


def locked(session: Session, officer_id: int) -> Officer:
    """Return the officer as they are now, locked until the transaction ends; what refers to them does not wait."""
    asked = select(Officer).where(Officer.id == officer_id).with_for_update(of=Officer, key_share=True)
    return session.scalars(asked.execution_options(populate_existing=True)).one()


def is_as_checked(now: Officer, checked: Officer) -> bool:
    """Tell whether the officer may still sign in, by the password that was looked at."""
    return now.disabled_at is None and now.password_hash == checked.password_hash
