"""Importing a list of offices: what a file would change is shown, then applied whole or not at all (D8)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from backoffice.gateways.sheets import line_of, read_table
from backoffice.identity.names import fold
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.models import ImportDraft, Office, OfficeKind, OfficeWard, TrailEvent
from backoffice.offices import history, tree, values
from backoffice.offices.history import Facts
from backoffice.offices.importing import Change, Plan, standing
from backoffice.offices.planning import plan
from backoffice.offices.sheet import COLUMNS
from backoffice.rules import import_drafts
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.office_names import short_name
from backoffice.rules.permissions import Do, require

KIND = "offices"
MOST_LINES = 2000
_GONE = (
    "Bản xem trước này đã hết hạn (sau 2 giờ) hoặc không phải của bạn. Chưa có gì thay đổi; xin chọn lại tệp để "
    "xem trước."
)
_FAULTY = "Tệp còn dòng sai nên chưa áp dụng dòng nào. Xin sửa tệp rồi gửi lại."


@dataclass(frozen=True)
class Preview:
    """A file that waits to be applied, and what it would do; or, once it was applied, what it did."""

    file_name: str
    plan: Plan | None
    done: dict[str, int] | None = None


class Changed(Conflict):
    """The offices are not as the preview showed them any more."""

    code = "changed_meanwhile"

    def __init__(self) -> None:
        super().__init__(
            "Trong lúc bạn xem, người khác đã thay đổi cơ quan có trong tệp, nên chưa áp dụng gì. Bản xem trước dưới "
            "đây đã được lập lại theo hiện trạng; xin xem lại rồi bấm áp dụng."
        )


def upload(actor: Actor, data: bytes, file_name: str) -> str:
    """Keep the rows of a file for the officer to look at and return the draft's token; nothing of an office changes.

    Raises Forbidden, InvalidInput (field file) for a file that cannot be read.
    """
    require(actor, Do.EDIT_OFFICES)
    table = read_table(data, COLUMNS, most_lines=MOST_LINES)
    with transaction() as session:
        token, _ = import_drafts.keep(session, actor, KIND, file_name, [line.kept() for line in table.lines])
        return token


def preview(actor: Actor, token: str) -> Preview:
    """Return what the draft would change, as things stand now; raises Forbidden, NotFound (over, or another's)."""
    require(actor, Do.EDIT_OFFICES)
    with transaction() as session:
        draft = _draft(session, actor, token)
        if done := _done(draft):
            return Preview(draft.file_name, None, done)
        return Preview(draft.file_name, _plan(session, draft, actor))


def apply(actor: Actor, token: str, seen: str) -> None:
    """Do what the preview showed, all of it in one transaction; `seen` is the mark of the plan that was shown.

    Done twice it changes nothing more. Raises Forbidden, NotFound, Conflict when a row is at fault, Changed when it
    would not do what was shown.
    """
    require(actor, Do.EDIT_OFFICES)
    with transaction() as session:
        tree.lock_tree(session)
        draft = _draft(session, actor, token, locked=True)
        if _done(draft):
            return
        made = _plan(session, draft, actor)
        if made.faults:
            raise Conflict(_FAULTY, code="rows_at_fault")
        if made.mark != seen:
            raise Changed
        _hold(session, made)
        for change in sorted(made.changes, key=lambda change: (len(change.code), change.number)):
            _put(session, actor, change)
        done = {"new": made.new, "changed": len(made.changes) - made.new, "unchanged": made.unchanged}
        draft.rows = [{"done": done}]
        if made.changes:
            fields = sum(len(one.fields) for one in made.changes)
            record(session, TrailEvent.OFFICE_IMPORT, actor, counts=done, fields=fields)


def tidy() -> int:
    """Delete the drafts, of every kind, that nobody may apply any more; return how many."""
    with transaction() as session:
        return import_drafts.forget_old(session)


def _draft(session: Session, actor: Actor, token: str, *, locked: bool = False) -> ImportDraft:
    draft = import_drafts.find(session, actor, KIND, token, locked=locked)
    if draft is None:
        raise NotFound(_GONE)
    return draft


def _done(draft: ImportDraft) -> dict[str, int] | None:
    done = draft.rows[0].get("done") if draft.rows else None
    return dict(done) if done else None


def _plan(session: Session, draft: ImportDraft, actor: Actor) -> Plan:
    return plan([line_of(row) for row in draft.rows], standing(session, actor))


def _hold(session: Session, made: Plan) -> None:
    """Lock what is to be changed, with the branches of what is to hang elsewhere."""
    changed = {change.code: change for change in made.changes if not change.is_new}
    offices = session.scalars(select(Office).where(Office.code.in_(changed))).all()
    moved = [one.path for one in offices if changed[one.code].before["parent"] != changed[one.code].after["parent"]]
    tree.hold_branches(session, moved, *(one.id for one in offices))


def _put(session: Session, actor: Actor, change: Change) -> None:
    """Write one office, its wards and the history of its fields."""
    after = change.after
    parent = session.scalars(select(Office).where(Office.code == after["parent"])).one_or_none()
    if change.is_new:
        office = _added(session, change, parent)
    else:
        office = session.scalars(select(Office).where(Office.code == change.code)).one()
        if parent is not None and parent.id != office.parent_id:
            tree.hang_under(session, office, parent)
    _give(office, after, change.before)
    session.flush()
    if after["wards"] != change.before.get("wards"):
        wards = [{"office_id": office.id, "ward_code": ward} for ward in (after["wards"] or "").split()]
        session.execute(delete(OfficeWard).where(OfficeWard.office_id == office.id))
        if wards:
            session.execute(insert(OfficeWard), wards)
    history.write(session, office.id, actor.id, change.before, after)


def _added(session: Session, change: Change, parent: Office | None) -> Office:
    if parent is None:
        raise ValueError("a new office hangs under another")
    office = Office(
        code=change.code,
        kind=OfficeKind(change.after["kind"] or ""),
        parent_id=parent.id,
        path=f"{parent.path}{change.code}.",
        provenance="public_2025" if change.provisional else "imported",
    )
    session.add(office)
    return office


def _give(office: Office, after: Facts, before: Facts) -> None:
    name = after["name"] or ""
    office.name, office.folded_name, office.short_name = name, fold(name), short_name(name)
    office.province_code, office.address = after["province_code"], after["address"]
    office.phone, office.email = after["phone"], after["email"]
    if after["position"] != before.get("position"):
        office.latitude, office.longitude = values.read_position(after["position"] or "") or (None, None)
