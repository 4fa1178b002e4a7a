"""Who works in the demo: the four logins of the contract, colleagues nobody can sign in as, the calling machines."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.demo.people import invent_person
from backoffice.kernel import clock
from backoffice.kernel.hashing import new_token, token_hash
from backoffice.kernel.passwords import hash_password, verify_password
from backoffice.models import ClientKey, DisabledReason, MachineClient, Office, Officer, Role, Scope
from backoffice.rules.actors import Actor, client_actor, officer_actor


@dataclass(frozen=True)
class Post:
    """A demo login: who it is, in which role, at which office."""

    full_name: str
    role: Role
    office: str


POSTS = {
    "tieptan": Post("Trần Thu Hà", Role.RECEPTION, "00114"),
    "giamsat": Post("Nguyễn Quốc Bình", Role.SUPERVISOR, "001"),
    "tongdai": Post("Phạm Thanh Tâm", Role.HOTLINE, "000"),
    "quantri": Post("Lê Minh Quân", Role.ADMINISTRATOR, "000"),
}
_RATE = 60_000
"""Requests a minute: whoever tries the demo out is not slowed."""
COLLEAGUE = "ngoclan"
_COLLEAGUE = Post("Vũ Ngọc Lan", Role.RECEPTION, "00114")

Keys = Mapping[str, Mapping[str, str]]
"""What var/demo.json holds: {"logins": {name: password}, "clients": {name: key}}."""


def is_staffed(session: Session) -> bool:
    """Tell whether the demo's officers are there, which come in one transaction with all the rest."""
    return session.scalars(select(Officer.id).where(Officer.username == "tieptan")).first() is not None


def add_staff(session: Session, office_ids: Mapping[str, int], desks: Sequence[str], keys: Keys) -> dict[str, Actor]:
    """Add officers and machines; return the officers by user name, those at the `desks` (office codes) as desk.<code>.

    Colleagues have a password that nobody knows.
    """
    nobodys = hash_password(new_token())
    posts = {**POSTS, COLLEAGUE: _COLLEAGUE}
    rng = random.Random(2000)  # noqa: S311 - invented data, no secret
    for code in desks:
        posts[f"desk.{code}"] = Post(invent_person(rng).full_name, Role.RECEPTION, code)
    officers = {}
    for username, post in posts.items():
        officers[username] = Officer(
            username=username,
            full_name=post.full_name,
            role=post.role,
            office=session.get_one(Office, office_ids[post.office]),
            password_hash=hash_password(keys["logins"][username]) if username in POSTS else nobodys,
            created_at=clock.now(),
        )
    session.add_all(officers.values())
    clients = [
        MachineClient(name=name.value, scopes=[name.value], rate=_RATE, created_at=clock.now()) for name in Scope
    ]
    session.add_all(clients)
    session.flush()
    for client in clients:
        _give_key(session, client, keys["clients"][client.name])
    return {username: officer_actor(officer) for username, officer in officers.items()}


def intake_client(session: Session) -> Actor:
    """Return the machine that sends the demo's declarations."""
    return client_actor(session.scalars(select(MachineClient).where(MachineClient.name == Scope.INTAKE.value)).one())


def keep_in_step(session: Session, keys: Keys) -> None:
    """Give the demo's officers and machines the passwords and keys of `keys`, where those were made anew.

    Who was disabled for being unused is let in again; who was disabled by hand is not.
    """
    for officer in session.scalars(select(Officer).where(Officer.username.in_(POSTS))):
        _let_in(officer)
        if not verify_password(officer.password_hash, keys["logins"][officer.username]):
            officer.password_hash = hash_password(keys["logins"][officer.username])
    names = [scope.value for scope in Scope]
    for client in session.scalars(select(MachineClient).where(MachineClient.name.in_(names))):
        _give_key(session, client, keys["clients"][client.name])


def _let_in(officer: Officer) -> None:
    """Let a demo that is started after months of rest have its logins: those days count for nobody as unused."""
    officer.enabled_at = clock.now()
    if officer.disabled_reason is DisabledReason.UNUSED:
        officer.disabled_at = officer.disabled_reason = None


def _give_key(session: Session, client: MachineClient, key: str) -> None:
    """Let `key` open for `client`, in the place of the keys it had."""
    wanted, is_there = token_hash(key), False
    for one in session.scalars(select(ClientKey).where(ClientKey.client_id == client.id)):
        if one.key_hash == wanted:
            one.ends_at, is_there = None, True
        else:
            one.ends_at = one.ends_at or clock.now()
    if not is_there:
        session.add(ClientKey(client_id=client.id, key_hash=wanted, ending=key[-4:], created_at=clock.now()))
