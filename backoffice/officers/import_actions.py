"""Importing a list of officers: what a file would change is shown, then applied whole or not at all (D8)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.gateways.sheets import Line, line_of, read_table
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import DisabledReason, ImportDraft, Officer, TrailEvent
from backoffice.officers import editing
from backoffice.officers.actions import Handed, hand_link
from backoffice.officers.importing import Entry, Plan, counts, named, offices_named, plan
from backoffice.officers.sheet import COLUMNS
from backoffice.officers.standing import lock_officers, require_administrator
from backoffice.rules import import_drafts
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, require

KIND = "officers"
MOST_LINES = 500
"""A one-time link with its QR code is made for each new officer."""
_GONE = (
    "Tệp này đã được áp dụng rồi, hoặc bản xem trước đã quá 2 giờ. Không có gì thay đổi thêm; "
    "xin xem danh sách người dùng, hoặc chọn lại tệp."
)
_FAULTY = "Tệp còn dòng sai nên chưa áp dụng dòng nào. Xin sửa tệp rồi gửi lại."
_CHANGED = (
    "Trong lúc bạn xem, người khác đã thay đổi người dùng có trong tệp, nên chưa áp dụng gì. Bản xem trước dưới đây "
    "đã lập lại theo hiện trạng; xin xem lại rồi bấm áp dụng."
)


@dataclass(frozen=True)
class Preview:
    """A file that waits to be applied: the token of its draft, and what it would do now."""

    token: str
    file_name: str
    plan: Plan


@dataclass(frozen=True)
class Applied:
    """What was done, and the links of those who were added."""

    counts: dict[str, int]
    handed: list[Handed]


def upload(actor: Actor, data: bytes, file_name: str) -> Preview:
    """Keep the rows of a file for two hours and return what they would do; nothing of an officer changes.

    Raises Forbidden, InvalidInput (field file) for a file that cannot be read.
    """
    require(actor, Do.EDIT_OFFICERS)
    table = read_table(data, COLUMNS, most_lines=MOST_LINES)
    with transaction() as session:
        token, name = import_drafts.keep(session, actor, KIND, file_name, [line.kept() for line in table.lines])
        return Preview(token, name, plan(session, actor, table.lines))


def preview(actor: Actor, token: str) -> Preview:
    """Return what the draft would do, as things stand now; raises Forbidden, Conflict (draft_gone)."""
    require(actor, Do.EDIT_OFFICERS)
    with transaction() as session:
        draft = _draft(session, actor, token)
        return Preview(token, draft.file_name, plan(session, actor, _lines(draft)))


def apply(actor: Actor, token: str, seen: str) -> Applied:
    """Do what the preview with the mark `seen` showed, all of it in one transaction; once.

    Raises Forbidden, Conflict (draft_gone, rows_at_fault, last_administrator; changed_meanwhile when it would not do
    what was shown).
    """
    require(actor, Do.EDIT_OFFICERS)
    try:
        with transaction() as session:
            return _apply(session, actor, token, seen)
    except IntegrityError as taken:  # a new user name was taken at this very moment
        raise Conflict(_CHANGED, code="changed_meanwhile") from taken


def _apply(session: Session, actor: Actor, token: str, seen: str) -> Applied:
    draft = _draft(session, actor, token)
    lines = _lines(draft)
    editing.hold_offices(session, *offices_named(lines))
    ids = session.scalars(select(Officer.id).where(Officer.username.in_(named(lines)))).all()
    locked = lock_officers(session, ids)
    made = plan(session, actor, lines)
    if made.mark != seen:
        raise Conflict(_CHANGED, code="changed_meanwhile")
    if made.faults:
        raise Conflict(_FAULTY, code="rows_at_fault")
    password = editing.nobodys_password()
    handed = [_add(session, actor, one, password) for one in made.new]
    for one in made.entries:
        _change(session, actor, one)
    require_administrator(session, locked)
    done = counts(made)
    record(session, TrailEvent.OFFICER_IMPORT, actor, counts=done)
    import_drafts.forget(session, draft)
    return Applied(done, handed)


def _add(session: Session, actor: Actor, entry: Entry, password: str) -> Handed:
    return hand_link(session, actor, editing.add(session, actor, entry.username, entry.values, password))


def _change(session: Session, actor: Actor, entry: Entry) -> None:
    if entry.officer is None:
        return
    editing.put(session, actor, entry.officer, entry.values)
    if entry.disables:
        editing.disable(session, actor, entry.officer, DisabledReason.BY_HAND)


def _draft(session: Session, actor: Actor, token: str) -> ImportDraft:
    draft = import_drafts.find(session, actor, KIND, token, locked=True)
    if draft is None:
        raise Conflict(_GONE, code="draft_gone")
    return draft


def _lines(draft: ImportDraft) -> list[Line]:
    return [line_of(row) for row in draft.rows]
