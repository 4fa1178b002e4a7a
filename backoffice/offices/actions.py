"""Adding an office, changing it, closing and reopening it (D8). Each is one transaction with its history and trail."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from backoffice.decision.offices import OfOffice
from backoffice.identity.text import visible
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from backoffice.models import Office, OfficeKind, OfficeWard, TrailEvent
from backoffice.offices import forms, history, tree, values
from backoffice.offices.forms import Reader, Typed, Values
from backoffice.offices.queries import Hindrance, hindrances
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, require


class Changed(Conflict):
    """Somebody else changed the office after the form was filled; `since` is what they did."""

    code = "changed_meanwhile"

    def __init__(self, since: list[history.Changed]) -> None:
        super().__init__(
            "Trong lúc bạn đang sửa, người khác đã thay đổi cơ quan này. Chưa ghi gì; nội dung bạn nhập vẫn còn. "
            "Xin xem các thay đổi bên dưới, sửa lại nếu cần rồi bấm ghi lần nữa."
        )
        self.since = since


class InTheWay(Conflict):
    """The office cannot be closed yet; `hindrances` say why."""

    code = "in_the_way"

    def __init__(self, found: list[Hindrance]) -> None:
        super().__init__("Chưa đóng được cơ quan này. Chưa có gì thay đổi. " + " ".join(one.sentence for one in found))
        self.hindrances = found


def create(actor: Actor, typed: Typed) -> str:
    """Add an office under the parent that the form names and return its code.

    Raises Forbidden, InvalidInput with every fault at its field; a parent out of scope is one that does not exist.
    """
    require(actor, Do.EDIT_OFFICES)
    with transaction() as session:
        tree.lock_tree(session)
        reader = Reader()
        parent, kind = _parent(session, actor, typed["parent"], reader)
        code = reader.read("code", lambda: values.read_code(typed["code"], kind)) or ""
        taken = session.scalars(select(Office).where(Office.code == code)).one_or_none() if code else None
        if taken is not None:
            reader.add("code", f"Mã {code} đã dùng cho {taken.name}. Xin kiểm tra lại mã.")
        read = forms.read(typed, kind or OfficeKind.DISTRICT, parent, reader)
        reader.finish()
        office = _added(session, code, kind or OfficeKind.DISTRICT, parent, read)
        _keep(session, office, {}, actor, TrailEvent.OFFICE_CREATE)
        return office.code


def edit(code: str, actor: Actor, typed: Typed, version: int) -> int:
    """Change an office to what the form says; `version` is what the form was filled from (history.version).

    Return how many wards outside its province it serves since this change moved it to another one, 0 otherwise.
    The code stays: it stands in letters and other systems; who needs another adds an office and merges this into it.
    Raises Forbidden, NotFound, Conflict when it is closed, Changed when somebody was quicker, InvalidInput.
    """
    with transaction() as session:
        office = tree.office_to_change(session, code, actor, under=typed["parent"])
        _require_in_work(office)
        if history.version(session, office.id) != version:
            raise Changed(history.changes(session, office.id, after=version))
        before, reader = history.read_facts(session, office), Reader()
        parent = _new_parent(session, actor, office, typed["parent"], reader)
        read = forms.read(typed, office.kind, parent, reader, _standing(office, before))
        reader.finish()
        if parent is not None and parent.id != office.parent_id:
            tree.hang_under(session, office, parent)
        read.put_into(office)
        _set_wards(session, office.id, read.wards)
        _keep(session, office, before, actor, TrailEvent.OFFICE_EDIT)
        moved = read.province_code != before["province_code"]
        return forms.elsewhere(read.wards, read.province_code) if moved else 0


def close(code: str, actor: Actor) -> None:
    """Close an office that nobody needs any more: no open declarations, officers or offices under it.

    Closed twice it changes nothing. Raises Forbidden, NotFound, InTheWay with what is to be done first.
    """
    with transaction() as session:
        office = tree.office_to_change(session, code, actor)
        if office.closed_at is not None:
            return
        if office.kind is OfficeKind.ROOT:
            raise Conflict("BHXH Việt Nam là gốc của cây cơ quan nên không đóng được. Chưa có gì thay đổi.")
        if found := hindrances(session, office):
            raise InTheWay(found)
        before = history.read_facts(session, office)
        office.closed_at = clock.now()
        _keep(session, office, before, actor, TrailEvent.OFFICE_CLOSE)


def reopen(code: str, actor: Actor) -> None:
    """Open an office again; raises Forbidden, NotFound, Conflict for one that was merged or whose parent is closed.

    What a merge moved has gone on living at the successor: that is not turned back, a new office is made.
    """
    with transaction() as session:
        office = tree.office_to_change(session, code, actor)
        if office.closed_at is None:
            return
        if office.successor_id is not None:
            successor = session.get_one(Office, office.successor_id)
            raise Conflict(
                f"{office.name} đã hợp nhất vào {successor.name}: hồ sơ và cán bộ đã chuyển sang đó nên không mở lại "
                "được. Chưa có gì thay đổi; nếu cần, xin lập cơ quan mới với mã mới."
            )
        parent = session.get_one(Office, office.parent_id)
        if parent.closed_at is not None:
            raise Conflict(f"{parent.name} đang đóng. Chưa có gì thay đổi; xin mở lại cơ quan cấp trên trước.")
        before = history.read_facts(session, office)
        office.closed_at = None
        _keep(session, office, before, actor, TrailEvent.OFFICE_REOPEN)


def _parent(session: Session, actor: Actor, code: str, reader: Reader) -> tuple[Office | None, OfficeKind | None]:
    """Return the open office under which `actor` may add one, and the kind of those under it; faults to `reader`.

    It stays open: nobody closes or moves an office without the lock of the tree, which the caller has.
    """
    try:
        parent = tree.find_office(session, code) if visible(code[:100]) else None
    except NotFound:
        parent = None
    if parent is None or not tree.may_change(actor, parent):
        reader.add("parent", "Chưa chọn cơ quan cấp trên, hoặc cơ quan đó không thuộc phạm vi của bạn. Xin chọn lại.")
        return None, None
    kind = tree.kind_under(parent)
    if kind is None:
        reader.add("parent", f"{parent.name} là cấp cơ sở nên không có cơ quan cấp dưới. Xin chọn cơ quan cấp tỉnh.")
    elif parent.closed_at is not None:
        reader.add("parent", f"{parent.name} đã đóng. Xin chọn cơ quan khác.")
    return parent, kind


def _new_parent(session: Session, actor: Actor, office: Office, code: str, reader: Reader) -> Office | None:
    """Return under which office it is to hang: where it does, or another one of the same level."""
    if office.parent_id is None:
        return None
    now = session.get_one(Office, office.parent_id)
    if visible(code[:100]) in ("", now.code):
        return now
    parent, kind = _parent(session, actor, code, reader)
    if kind is not None and kind is not office.kind:
        reader.add("parent", "Cơ quan này không chuyển được sang cấp khác. Xin chọn cơ quan cấp trên cùng cấp cũ.")
    return parent


def _standing(office: Office, before: history.Facts) -> forms.Standing:
    return forms.Standing(office.parent_id, office.province_code, len((before["wards"] or "").split()))


def _added(session: Session, code: str, kind: OfficeKind, parent: Office | None, read: Values) -> Office:
    if parent is None:
        raise InvalidInput([Fault("parent", "Chưa chọn cơ quan cấp trên.")])
    office = Office(code=code, kind=kind, parent_id=parent.id, path=f"{parent.path}{code}.", provenance="entered")
    read.put_into(office)
    session.add(office)
    session.flush()
    _set_wards(session, office.id, read.wards)
    return office


def _set_wards(session: Session, office_id: int, wards: tuple[str, ...]) -> None:
    had, wanted = set(history.wards_of(session, office_id)), set(wards)
    gone, new = had - wanted, sorted(wanted - had)
    if gone:
        session.execute(delete(OfficeWard).where(OfficeWard.office_id == office_id, OfficeWard.ward_code.in_(gone)))
    if new:
        session.execute(insert(OfficeWard), [{"office_id": office_id, "ward_code": ward} for ward in new])


def _keep(session: Session, office: Office, before: dict[str, Any], actor: Actor, event: TrailEvent) -> None:
    """Write history and trail of what was changed; where nothing was, nothing."""
    changed = history.write(session, office.id, actor.id, before, history.read_facts(session, office))
    if changed:
        record(session, event, actor, office=office.id, fields=changed)


def _require_in_work(office: Office) -> None:
    if office.closed_at is not None:
        raise Conflict(f"{office.name} đã đóng nên không sửa được. Chưa có gì thay đổi; xin mở lại trước.")


def scope_of(office: Office) -> OfOffice:
    """Return the office as a thing somebody may act on."""
    return OfOffice(office.id, office)
