"""What the pages of offices show: plain values, words and days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from backoffice.identity.text import visible
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import NotFound
from backoffice.models import Office, OfficeKind, OfficeMerge
from backoffice.offices import forms, history, queries, tree, words
from backoffice.offices.actions import scope_of
from backoffice.offices.forms import Typed
from backoffice.offices.queries import Line
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, require
from backoffice.rules.places import province_now, wards
from backoffice.rules.serving import serving

Shown = dict[str, Any]


def show_tree(actor: Actor, opened: str, *, closed: bool) -> Shown:
    """Return root and provinces, with what is under the office of code `opened` ("" for none of them)."""
    require(actor, Do.SEE_OFFICES)
    with transaction() as session:
        root = queries.children(session, None, closed=closed)
        tops = [line for one in root for line in queries.children(session, one.office.id, closed=closed)]
        return {
            "root": _line(root[0]) if root else None,
            "branches": [_branch(session, line, opened, closed=closed) for line in tops],
            "closed": closed,
        }


def show_branch(actor: Actor, opened: str, *, closed: bool, folded: bool) -> Shown:
    """Return one province with what is under it, or `folded` without; raises NotFound."""
    require(actor, Do.SEE_OFFICES)
    with transaction() as session:
        office = tree.find_office(session, opened)
        among = queries.children(session, office.parent_id, closed=True)
        line = next(one for one in among if one.office.id == office.id)
        return {"branch": _branch(session, line, "" if folded else office.code, closed=closed), "closed": closed}


def show_found(actor: Actor, q: str, *, closed: bool) -> Shown:
    """Return what a search finds; offices alone, so its words may stand in an address."""
    require(actor, Do.SEE_OFFICES)
    with transaction() as session:
        lines, more = queries.search(session, q, closed=closed)
        return {"found": [_line(line) for line in lines], "more": more, "closed": closed}


def show_office(actor: Actor, code: str) -> Shown:
    """Return all about one office, its history included; raises NotFound."""
    require(actor, Do.SEE_OFFICES)
    with transaction() as session:
        office = tree.find_office(session, code)
        parent = session.get(Office, office.parent_id) if office.parent_id else None
        had = queries.counts(session, office)
        return {
            "office": _facts(session, office),
            "scope": scope_of(office),
            "parent": _brief(parent),
            "below": [_line(line) for line in queries.children(session, office.id, closed=False)],
            "merged_from": [_brief(one) for one in queries.merged_into(session, office)],
            "officers": had.officers,
            "stand_ins": had.stand_ins,
            "may_have_below": tree.kind_under(office) is not None and office.closed_at is None,
            **_merges(session, office),
            "history": words.told(session, history.changes(session, office.id), office.province_code),
        }


def show_form(actor: Actor, code: str, typed: Typed | None = None) -> Shown:
    """Return the form of an office as it stands, or as `typed`; raises Forbidden, NotFound."""
    require(actor, Do.EDIT_OFFICES)
    with transaction() as session:
        office = tree.find_office(session, code)
        require(actor, Do.EDIT_OFFICES, scope_of(office))
        parent = session.get(Office, office.parent_id) if office.parent_id else None
        served = tuple(history.wards_of(session, office.id))
        form = typed or forms.filled(office, parent.code if parent else "", served)
        kinds = [OfficeKind.ROOT] if office.kind is OfficeKind.PROVINCE else [OfficeKind.PROVINCE]
        return {
            "office": _brief(office),
            "form": form,
            "version": history.version(session, office.id),
            "asks_province": office.kind is OfficeKind.PROVINCE,
            "parents": _parents(session, actor, kinds, parent) if parent else [],
            "ward_names": _ward_names(office.province_code),
            "province_code": office.province_code,
        }


def show_new(actor: Actor, parent_code: str, typed: Typed | None = None) -> Shown:
    """Return the form of a new office, under the parent of that code if there is one; raises Forbidden."""
    require(actor, Do.EDIT_OFFICES)
    with transaction() as session:
        found = _above(session, parent_code or (typed or {}).get("parent", ""), actor)
        form = typed or (dict.fromkeys(forms.FIELDS, "") | {"parent": found.code if found else ""})
        province = found.province_code if found and found.kind is OfficeKind.PROVINCE else None
        return {
            "office": None,
            "form": form,
            "version": 0,
            "asks_province": found is None or found.kind is OfficeKind.ROOT,
            "parents": _parents(session, actor, [OfficeKind.ROOT, OfficeKind.PROVINCE], found),
            "ward_names": _ward_names(province),
            "province_code": province,
        }


def show_merge(actor: Actor, code: str, typed: dict[str, str] | None = None) -> Shown:
    """Return what planning a merge of the office asks and would move; raises Forbidden, NotFound."""
    require(actor, Do.EDIT_OFFICES)
    with transaction() as session:
        office = tree.find_office(session, code)
        require(actor, Do.EDIT_OFFICES, scope_of(office))
        kinds = (
            [OfficeKind.PROVINCE] if office.kind is OfficeKind.PROVINCE else [OfficeKind.PROVINCE, OfficeKind.DISTRICT]
        )
        others = [one for kind in kinds for one in queries.in_work(session, actor.office_path, kind)]
        return {
            "office": _facts(session, office),
            "had": queries.counts(session, office)._asdict(),
            "wards": len(history.wards_of(session, office.id)),
            "others": [_brief(one) for one in sorted(others, key=_nearness(office)) if one.id != office.id],
            "form": typed or {"successor": "", "day": clock.today().isoformat(), "decision": ""},
            **_merges(session, office),
        }


def show_since(code: str, changes: Sequence[history.Changed]) -> list[Shown]:
    """Return in words what somebody else changed in the office meanwhile."""
    with transaction() as session:
        return words.told(session, changes, tree.find_office(session, code).province_code)


def _nearness(office: Office) -> Any:
    """Return a key that sorts offices of the same branch to the front, then by code."""
    branch = office.path.removesuffix(f"{office.code}.")
    return lambda one: (not one.path.startswith(branch), one.code)


def _above(session: Session, code: str, actor: Actor) -> Office | None:
    if not visible(code[:100]):
        code = "" if actor.office_code == "000" else actor.office_code
    try:
        found = tree.find_office(session, code)
    except NotFound:
        return None
    return found if tree.may_change(actor, found) and tree.kind_under(found) else None


def _parents(session: Session, actor: Actor, kinds: list[OfficeKind], now: Office | None) -> list[Shown]:
    found = [one for one in queries.parents(session, actor.office_path) if one.kind in kinds]
    if now is not None and now.id not in {one.id for one in found}:
        found.insert(0, now)
    return [{"code": one.code, "name": one.name} for one in found]


def _ward_names(province_code: str | None) -> list[str]:
    province = province_now(province_code) if province_code else None
    return [ward.name for ward in wards(province.code)] if province else []


def _branch(session: Session, line: Line, opened: str, *, closed: bool) -> Shown:
    is_open = line.office.code == opened
    below = queries.children(session, line.office.id, closed=closed) if is_open else []
    return {"office": _line(line), "is_open": is_open, "children": [_line(one) for one in below]}


def _line(line: Line) -> Shown:
    office = line.office
    return {
        "code": office.code,
        "name": office.name,
        "kind": words.KINDS[office.kind],
        "address": office.address or "",
        "phone": words.phone(office.phone),
        "below": line.below,
        "state": words.state(office),
        "successor": _brief(line.successor),
    }


def _brief(office: Office | None) -> Shown | None:
    return {"code": office.code, "name": office.name} if office else None


def _facts(session: Session, office: Office) -> Shown:
    provinces = province_now(office.province_code) if office.province_code else None
    return {
        "code": office.code,
        "name": office.name,
        "short_name": office.short_name,
        "kind": words.KINDS[office.kind],
        "state": words.state(office),
        "is_closed": office.closed_at is not None,
        "is_root": office.kind is OfficeKind.ROOT,
        "province": provinces.name if provinces else "",
        "address": office.address or "",
        "phone": words.phone(office.phone),
        "dial": office.phone or "",
        "email": office.email or "",
        "map_href": words.map_href(office),
        "wards": words.wards(history.wards_of(session, office.id), office.province_code),
        "is_provisional": office.provenance == "public_2025",
    }


def _merges(session: Session, office: Office) -> Shown:
    """Return what is planned for the office and into it, and by what it ended."""
    planned, done = queries.open_merge_of(session, office), queries.done_merge_of(session, office)
    into = queries.open_merges_into(session, office)
    successor = serving(session, office) if office.successor_id else None
    return {
        "planned": _plan(session, planned) if planned else None,
        "planned_into": [_plan(session, merge) | {"office": _brief(former)} for merge, former in into],
        "ended": {"successor": _brief(successor), **_plan(session, done)} if done else None,
        "successor": _brief(successor),
    }


def _plan(session: Session, merge: OfficeMerge) -> Shown:
    heir = serving(session, session.get_one(Office, merge.successor_id))
    return {
        "into": _brief(heir),
        "day": f"{merge.on_day:%d/%m/%Y}",
        "decision": merge.decision,
        "is_due": merge.on_day <= clock.today(),
        "is_stuck": merge.on_day <= clock.today() and heir.closed_at is not None,
        "declarations": merge.moved_declarations,
        "officers": merge.moved_officers,
    }
