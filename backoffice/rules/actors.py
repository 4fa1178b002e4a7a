"""Who acts: an officer, a machine client, a citizen, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.models import ActorKind, MachineClient, Office, Officer, Role


@dataclass(frozen=True)
class Actor:
    """Whoever asks for something, as use cases need to know them; plain values, safe outside a session."""

    kind: ActorKind
    id: int | None = None
    name: str = ""
    username: str = ""
    role: Role | None = None
    office_id: int | None = None
    office_code: str = ""
    office_name: str = ""
    office_path: str = ""
    limits: tuple[str, ...] = ()
    """Of a machine client: codes of the offices it may declare for and ask about, with all under them; none: all."""


SYSTEM = Actor(ActorKind.SYSTEM, name="Hệ thống")
CITIZEN = Actor(ActorKind.CITIZEN, name="Công dân")


def officer_actor(officer: Officer, at: Office | None = None) -> Actor:
    """Return the actor that `officer` is: at their own office, or at the one where they stand in now."""
    office = at or officer.office
    return Actor(
        kind=ActorKind.OFFICER,
        id=officer.id,
        name=officer.full_name,
        username=officer.username,
        role=officer.role,
        office_id=at.id if at else officer.office_id,
        office_code=office.code,
        office_name=office.name,
        office_path=office.path,
    )


def client_actor(client: MachineClient) -> Actor:
    """Return the actor that the machine `client` is."""
    return Actor(kind=ActorKind.CLIENT, id=client.id, name=client.name, limits=tuple(client.office_codes))
