"""Looking: queue, search, review. Every look at citizen data is a trail row in the same transaction (design 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backoffice.desk import notes
from backoffice.desk.finding import Found, find
from backoffice.desk.looks import note_look
from backoffice.desk.opening import declaration_to_show
from backoffice.desk.queries import counts, page
from backoffice.desk.review import review_of
from backoffice.desk.rotation import photo_for
from backoffice.desk.rows import Shown, shown_rows
from backoffice.desk.tabs import ELSEWHERE, LABELS, Tab, tabs_of
from backoffice.dossier.form01 import form01_pdf
from backoffice.dossier.photos import read_photo
from backoffice.identity.malformed import Malformed
from backoffice.identity.search import Query, understand
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Account, Status, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import HasCode, record, subject_of
from backoffice.rules.permissions import Do
from backoffice.rules.serving import coming_merge

WATCHED = frozenset({Tab.DUE_TODAY, Tab.FLAGGED, Tab.ESCALATED, Tab.UNDELIVERED})
"""Tabs where any number calls for attention."""


def show_queue(officer: Actor, tab: Tab, after: str | None) -> dict[str, Any]:
    """Return what the queue page shows of `tab`: one page of rows, and where the next begins.

    The tabs come without counts: the page asks for those once its rows are on screen (`show_counts`).
    """
    with transaction() as session:
        found = page(session, officer, tab, after)
        rows = shown_rows(session, found.rows)
        record(session, TrailEvent.QUEUE, officer, tab=tab.value, listed=[line.id for line in found.rows])
        return {
            "rows": rows,
            "more_href": f"/desk?list={tab.value}&after={found.next}" if found.next else None,
            "heading": LABELS[tab],
            "coming": _coming(session, officer) if after is None else "",
            "empty_text": f"Không có hồ sơ nào trong mục “{LABELS[tab]}”.",
            **_tabs(tab, officer, {}),
        }


def _coming(session: Session, officer: Actor) -> str:
    """Return what is planned for the office where the officer works, as a sentence; "" for nothing."""
    merge = coming_merge(session, officer.office_id or 0)
    if merge is None:
        return ""
    return (
        f"Từ ngày {merge.day:%d/%m/%Y}, {officer.office_name} hợp nhất vào {merge.heir}. Hồ sơ chưa giải quyết và cán "
        "bộ tự chuyển sang vào đầu ngày đó; hồ sơ đang giữ trở về danh sách chờ."
    )


def show_counts(officer: Actor, tab: Tab) -> dict[str, Any]:
    """Return the tabs with their counts alone: what the page asks for at once and then every minute."""
    with transaction() as session:
        return _tabs(tab, officer, counts(session, officer))


@dataclass(frozen=True)
class SearchResult:
    """What a search shows; `opens` is the receipt code when exactly one declaration answers it."""

    opens: str | None
    looked: str
    rows: list[Shown]
    notes: list[dict[str, str]]


def search(text: str, officer: Actor) -> SearchResult:
    """Look for `text` (anything: code, card, ID number, phone, receipt code, name words, a scanned QR).

    Raises InvalidInput (field q) when it cannot be anything that can be sought.
    """
    try:
        query = understand(text)
    except Malformed as fault:
        raise InvalidInput([Fault("q", fault.message)], fault.message) from None
    with transaction() as session:
        found = find(session, query, officer)
        _record_search(session, query, found, officer)
        opens = _the_one(query, found)
        if opens is not None:
            return SearchResult(opens, "", [], [])
        return SearchResult(
            None, notes.looked_for(query), shown_rows(session, found.rows), notes.notes_on(session, found, query)
        )


def open_review(receipt_code: str, officer: Actor) -> dict[str, Any]:
    """Return everything the review page shows of one declaration, and note that it was looked at."""
    with transaction() as session:
        declaration = declaration_to_show(session, receipt_code, officer, Do.REVIEW)
        record(session, TrailEvent.REVIEW, officer, declaration=declaration)
        return review_of(session, declaration, officer)


def show_state(receipt_code: str, officer: Actor) -> dict[str, Any]:
    """Return the same as `open_review` for an act or a poll of an open page, which is one look with its opening."""
    with transaction() as session:
        declaration = declaration_to_show(session, receipt_code, officer, Do.REVIEW, is_open=True)
        note_look(session, declaration, officer)
        return review_of(session, declaration, officer)


def open_photo(receipt_code: str, kind: str, size: str, officer: Actor, version: str = "") -> bytes:
    """Return a photo of the declaration as JPEG; the full one is a look of its own, the thumbnail one with the page.

    `version`: the number of a former version, for the photo that was last of that one.
    """
    with transaction() as session:
        declaration = declaration_to_show(session, receipt_code, officer, Do.SEE_PHOTO, is_open=True)
        photo = photo_for(session, declaration, kind, version)
        if size == "full":
            record(session, TrailEvent.PHOTO, officer, declaration=declaration, kind=photo.kind.value, **_of(version))
        else:
            note_look(session, declaration, officer)
    return read_photo(photo, "full" if size == "full" else "thumb")


def _of(version: str) -> dict[str, Any]:
    return {"version": version} if version else {}


def print_form01(receipt_code: str, officer: Actor) -> bytes:
    """Return form 01 as PDF for printing at the desk."""
    with transaction() as session:
        declaration = declaration_to_show(session, receipt_code, officer, Do.PRINT_FORM01)
        record(session, TrailEvent.FORM01, officer, declaration=declaration)
        return form01_pdf(session, declaration.id)


def _tabs(chosen: Tab, officer: Actor, numbers: Mapping[Tab, int]) -> dict[str, Any]:
    return {
        "chosen": chosen.value,
        "counts": [
            {
                "key": tab.value,
                "label": LABELS[tab],
                "number": numbers.get(tab),
                "href": ELSEWHERE.get(tab, f"/desk?list={tab.value}"),
                "tone": "warn" if tab in WATCHED else "none",
            }
            for tab in tabs_of(officer.role)
        ],
        "counts_href": f"/desk/counts?list={chosen.value}",
        "as_of": f"{clock.local(clock.now()):%H:%M}" if numbers else "",
    }


def _the_one(query: Query, found: Found) -> str | None:
    """Return the receipt code to open at once: the only row, or the only undecided one of an exact search.

    A decided one hides no undecided one of another office: then both are told (K8).
    """
    declarations = list(found.rows)
    if not query.words:
        undecided = [one for one in declarations if one.status is Status.SUBMITTED]
        if not undecided and found.elsewhere:
            return None
        declarations = undecided if len(undecided) == 1 else declarations
    return declarations[0].receipt_code if len(declarations) == 1 else None


def _record_search(session: Session, query: Query, found: Found, officer: Actor) -> None:
    """Note what was looked for as keyed hashes, and each listed declaration by its id (design 5)."""
    sought = {kind.value: lookup_hash(kind.value, value).hex() for kind, value in query.values.items()}
    listed = [line.id for line in found.rows] + [one.id for one in found.elsewhere]
    subject = _subject(found)
    record(
        session,
        TrailEvent.SEARCH,
        officer,
        subject_hash=subject,
        sought=sought,
        listed=listed,
        accounts=[account.id for account in found.accounts],
    )
    for account in _beside(found) if subject is None else ():
        whose: dict[str, Any] = {"subject_hash": subject_of(account), "accounts": [account.id]}
        record(session, TrailEvent.SEARCH, officer, sought=sought, listed=[], **whose)


def _subject(found: Found) -> bytes | None:
    listed: list[HasCode] = [*found.rows, *found.elsewhere, *found.accounts]
    people = {subject_of(one) for one in listed}
    return people.pop() if len(people) == 1 else None


def _beside(found: Found) -> list[Account]:
    """Return the accounts of people of whom no declaration is listed: the trail knows a list by its declarations."""
    declared: list[HasCode] = [*found.rows, *found.elsewhere]
    listed = {subject_of(one) for one in declared}
    return [one for one in found.accounts if subject_of(one) not in listed]
