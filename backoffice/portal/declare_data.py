"""The step of what is typed: /declare/data, with the search for where one lives."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request

from backoffice.intake import drafts
from backoffice.intake.draft_rows import Draft
from backoffice.kernel import rates
from backoffice.kernel.errors import InvalidInput
from backoffice.portal import declare_room
from backoffice.portal.declare_card import told_of_card
from backoffice.portal.declare_room import draft, faults_in, go_on, lead, room, save, show_step
from backoffice.portal.declare_steps import OPTIONAL, beside
from backoffice.portal.declare_words import PAPER_CHOICES, PLACES_OF_REGISTRATION
from backoffice.rules.place_search import find_places
from backoffice.rules.places import Place, find_place
from backoffice.web.guard import public

pages = room("declare_data", __name__)

MOST_SHOWN = 6
SEARCHES_A_MINUTE = 240
"""From one address: with scripts on, each pause while typing asks once."""


@pages.get("/data")
@public
def data_page() -> Response:
    """Show what was typed so far."""
    return _page(draft())


@pages.post("/data")
@public
def take_data() -> Response:
    """Keep what was typed, whatever it is; go on, back, or look for the place that was typed."""
    before = draft()
    at = declare_room.step(before, "data")
    act = request.form.get("act", "next")
    known = save(at, typed_in(request.form), place_q=request.form.get("place_q", ""))
    if act == "save":
        return Response(status=204)
    if act == "back":
        return lead(beside(known.kind, at)[0])
    if act == "find":
        return lead(f"{at.href}#place")
    return go_on(known, at, faults_in(known, at))


@pages.post("/places")
@public
def places() -> Response:
    """Answer what is being typed with the places it may mean."""
    rates.count("declare_places", request.remote_addr or "", SEARCHES_A_MINUTE, 60)
    found = drafts.put(declare_room.token(), {"_place_q": request.form.get("place_q", "")})
    return _page(found, block="places")


def _page(found: Draft, block: str | None = None) -> Response:
    sought = found.values.get("_place_q", "")
    chosen = chosen_place(found)
    answer = find_places(sought, MOST_SHOWN) if sought.strip() else None
    return show_step(
        found,
        declare_room.step(found, "data"),
        block=block,
        qr=told_of_card(found),
        id_types=PAPER_CHOICES,
        registered_places=PLACES_OF_REGISTRATION,
        others_open=any(found.values.get(name) for name in OPTIONAL),
        place_q=sought,
        places=[(codes_of(one), one) for one in answer.places if one != chosen] if answer else [],
        more_places=bool(answer and answer.more),
        is_sought=answer is not None,
        chosen=(codes_of(chosen), chosen) if chosen else None,
    )


def chosen_place(found: Draft) -> Place | None:
    """Return the place whose codes the draft holds, None when there are none that fit together."""
    try:
        return find_place(*(found.values.get(name, "") for name in ("province", "district", "ward")))
    except InvalidInput:
        return None


def codes_of(place: Place) -> str:
    """Return the codes of a place as the choice of the form names it: province-district-ward."""
    return "-".join(unit.code if unit else "" for unit in (place.province, place.district, place.ward))


def typed_in(form: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed by the names of a draft: the chosen place by its codes."""
    return {**form, **_chosen_place(form.get("place", ""))}


def _chosen_place(codes: str) -> dict[str, str]:
    """Return the codes of a choice by their names; nothing when none was made."""
    parts = codes.split("-")
    return dict(zip(("province", "district", "ward"), parts, strict=True)) if len(parts) == 3 else {}
