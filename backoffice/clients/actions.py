"""Use cases of administrators of the root office: let a machine in, change it, its keys, stop it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.clients import forms, keys, queries
from backoffice.clients.forms import Typed
from backoffice.kernel import clock
from backoffice.kernel.db import savepoint, transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from backoffice.models import ClientKey, MachineClient, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import MACHINES, Do, may, require

STALE = (
    "Phần mềm này vừa được người khác sửa sau khi bạn mở trang. Những gì bạn gõ còn nguyên bên dưới, chưa được ghi. "
    "Xin xem lại rồi bấm “Lưu” nếu vẫn muốn ghi."
)
_KEY_SINCE = (
    "Từ khi bạn mở trang đã có người tạo khóa mới cho phần mềm này, hoặc bạn đã bấm hai lần. Chưa tạo thêm khóa; "
    "xin xem danh sách khóa bên dưới."
)


@dataclass(frozen=True)
class Made:
    """A key just made: told this once."""

    client_id: int
    name: str
    key: str


def show_clients(officer: Actor) -> dict[str, Any]:
    """Return all machine clients by name; raises NotFound for administrators of a part of the country."""
    require(officer, Do.SEE_CLIENTS, MACHINES)
    with transaction() as session:
        return {"clients": queries.lines(session), "may_edit": may(officer, Do.EDIT_CLIENTS, MACHINES)}


def show_client(officer: Actor, client_id: int) -> dict[str, Any]:
    """Return one client with its keys; raises NotFound."""
    require(officer, Do.SEE_CLIENTS, MACHINES)
    with transaction() as session:
        client = _client(session, client_id)
        shown = queries.shown(session, client)
        return shown | {"may_edit": may(officer, Do.EDIT_CLIENTS, MACHINES)}


def show_form(officer: Actor, client_id: int | None = None) -> tuple[Typed, str]:
    """Return the form filled from a client, or empty for a new one, and the client's name; raises NotFound."""
    require(officer, Do.EDIT_CLIENTS, MACHINES)
    if client_id is None:
        return Typed(), ""
    with transaction() as session:
        client = _client(session, client_id)
        return forms.filled(client), client.name


def create(officer: Actor, typed: Typed) -> Made:
    """Let a machine in and make its first key; raises InvalidInput, also when the name is taken."""
    require(officer, Do.EDIT_CLIENTS, MACHINES)
    with transaction() as session:
        client = add(session, officer, forms.columns_of(session, typed))
        return Made(client.id, client.name, keys.make(session, client, officer))


def edit(officer: Actor, client_id: int, typed: Typed) -> None:
    """Change what is known of a machine; it holds from its next request on.

    Raises NotFound, InvalidInput, Conflict (code stale) when another has changed it since the form was filled.
    """
    require(officer, Do.EDIT_CLIENTS, MACHINES)
    with transaction() as session:
        client = _client(session, client_id, lock=True)
        if typed.seen != forms.mark_of(client):
            raise Conflict(STALE, code="stale")
        wanted = forms.columns_of(session, typed)
        changed = {name: value for name, value in wanted.items() if getattr(client, name) != value}
        _change(session, client, changed)
        if changed:
            codes = {name: changed[name] for name in ("scopes", "office_codes", "rate") if name in changed}
            record(session, TrailEvent.CLIENT_EDIT, officer, client=client.id, fields=sorted(changed), **codes)


def rotate(officer: Actor, client_id: int, overlap: str, newest: str) -> Made:
    """Make a new key; those before it end after `overlap` (a value of keys.Overlap).

    `newest` is the number of the newest key the page showed ("" for none). Raises NotFound, InvalidInput, Conflict
    (code key_since) when there is a newer one: pressed twice, or two people at once.
    """
    require(officer, Do.EDIT_CLIENTS, MACHINES)
    try:
        chosen = keys.Overlap(overlap)
    except ValueError:
        raise InvalidInput([Fault("overlap", "Xin chọn khi nào khóa cũ hết hiệu lực.", "missing")]) from None
    with transaction() as session:
        client = _client(session, client_id, lock=True)
        if newest != queries.newest_key(session, client.id):
            raise Conflict(_KEY_SINCE, code="key_since")
        return Made(client.id, client.name, keys.replace(session, client, officer, chosen))


def end_key(officer: Actor, client_id: int, key_id: int) -> None:
    """Let a key open nothing from now on; one that has ended stays as it was. Raises NotFound."""
    require(officer, Do.EDIT_CLIENTS, MACHINES)
    with transaction() as session:
        client = _client(session, client_id, lock=True)
        key = session.get(ClientKey, key_id, with_for_update=True)
        if key is None or key.client_id != client.id:
            raise NotFound
        keys.end(session, key, officer, clock.now())


def disable(officer: Actor, client_id: int) -> None:
    """Let a machine in no more, from its next request on, whatever its keys; raises NotFound."""
    require(officer, Do.EDIT_CLIENTS, MACHINES)
    with transaction() as session:
        client = _client(session, client_id, lock=True)
        if client.disabled_at is None:
            client.disabled_at = clock.now()
            record(session, TrailEvent.CLIENT_DISABLE, officer, client=client.id)


def enable(officer: Actor, client_id: int) -> None:
    """Let a machine in again with the keys that are still good; raises NotFound."""
    require(officer, Do.EDIT_CLIENTS, MACHINES)
    with transaction() as session:
        client = _client(session, client_id, lock=True)
        if client.disabled_at is not None:
            client.disabled_at = None
            record(session, TrailEvent.CLIENT_ENABLE, officer, client=client.id)


def add(session: Session, by: Actor, columns: dict[str, Any]) -> MachineClient:
    """Add a machine without a key; raises InvalidInput when its name is taken."""
    client = MachineClient(created_at=clock.now())
    _change(session, client, columns)
    codes = {name: columns[name] for name in ("scopes", "office_codes", "rate") if name in columns}
    record(session, TrailEvent.CLIENT_CREATE, by, client=client.id, **codes)
    return client


def _change(session: Session, client: MachineClient, columns: dict[str, Any]) -> None:
    try:
        with savepoint(session):
            for name, value in columns.items():
                setattr(client, name, value)
            session.add(client)
            session.flush()
    except IntegrityError as error:
        if "name" not in str(error.orig):
            raise
        taken = f"Đã có phần mềm tên “{columns['name']}”. Xin chọn tên khác."
        raise InvalidInput([Fault("name", taken, "name_taken")], taken) from None


def _client(session: Session, client_id: int, *, lock: bool = False) -> MachineClient:
    asked = select(MachineClient).where(MachineClient.id == client_id)
    client = session.scalars(asked.with_for_update() if lock else asked).one_or_none()
    if client is None:
        raise NotFound
    return client
