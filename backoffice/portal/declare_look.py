"""The final look and the sending: /declare/look, POST /declare/send (D10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import Response, request

from backoffice.intake import drafts
from backoffice.intake.draft_rows import Draft
from backoffice.kernel import limits
from backoffice.kernel.errors import InvalidInput
from backoffice.kernel.limits import Limit
from backoffice.kernel.rates import neighbourhood
from backoffice.models import Channel
from backoffice.offices import public as offices
from backoffice.portal import declare_room, human
from backoffice.portal.declare_data import chosen_place
from backoffice.portal.declare_office import gone
from backoffice.portal.declare_room import DONE, draft, lead, room, save, show_step, token
from backoffice.portal.declare_steps import FORMS, Step, beside, where_to_mend
from backoffice.portal.declare_words import LABELS, said, told
from backoffice.rules import consent
from backoffice.rules.actors import CITIZEN
from backoffice.rules.photo_wording import WANTED
from backoffice.web.guard import public

pages = room("declare_look", __name__)

FROM_ADDRESS = Limit("declare sent from", 60, timedelta(hours=1))
_ASKED = "_sent"
"""Set once sending was tried: from then on the page shows what is wrong with the whole."""
_ANSWERED_FOR = "_answered_for"
"""The phone that the last sending was refused with: of that alone the page tells whether it is taken."""
_TOO_MANY_FROM = (
    "Có quá nhiều tờ khai gửi từ mạng này nên hệ thống tạm dừng nhận. Nội dung đã điền vẫn còn; "
    "xin đợi {wait} rồi bấm Gửi lại."
)


@pages.get("/look")
@public
def look_page() -> Response:
    """Show everything once more, and what is still wrong."""
    return _page(draft())


@pages.post("/look")
@public
def leave_look() -> Response:
    """Keep what was ticked and go back a step."""
    found = draft()
    at = declare_room.step(found, "look")
    save(at, {**request.form, "consent": found.values.get("consent", "")})
    return lead(beside(found.kind, at)[0])


@pages.post("/send")
@public
def send() -> Response:
    """Make the declaration, once somebody has shown to be no machine; a second press leads to the confirmation too."""
    found = drafts.open_draft(token())
    if found.receipt is not None:
        return lead(DONE)
    at = declare_room.step(found, "look")
    found = save(at, {**request.form, "consent": found.values.get("consent", "")}, sent="1")
    if not human.is_shown(found, token(), request.form):
        return lead(f"{at.href}#human")
    limits.spend(FROM_ADDRESS, neighbourhood(request.remote_addr or ""), _TOO_MANY_FROM)
    try:
        drafts.send(token(), CITIZEN, Channel.PORTAL)
    except InvalidInput:
        drafts.put(token(), {_ANSWERED_FOR: found.values.get("phone", "")})
        return lead(at.href)
    return lead(DONE)


def _page(found: Draft) -> Response:
    at = declare_room.step(found, "look")
    faults = _faults(found) if found.values.get(_ASKED) else gone(found)
    place = chosen_place(found)
    return show_step(
        found,
        at,
        faults=faults,
        mend=_to_mend(found, faults),
        lines=_lines(found, place.one_line(found.values.get("line", "")) if place else ""),
        photos=[(kind, WANTED[kind].name) for kind in found.photos],
        office=offices.by_code(found.values.get("office_code", "")),
        undertaking=consent.undertaking(consent.current()),
        consent=consent.consent(consent.current()),
        is_human=human.is_known(found),
        human_fault=found.values.get(human.FAULT, ""),
        challenge=human.challenge(found, token()),
    )


def _to_mend(found: Draft, faults: Mapping[str, str]) -> list[tuple[Step, str, str]]:
    """Return (step, field, sentence) of each fault, in the order of the steps and of the fields on them."""
    steps = FORMS[found.kind].steps
    each = [(where_to_mend(found.kind, name), name, text) for name, text in faults.items()]
    return sorted(each, key=lambda one: (steps.index(one[0]), [*one[0].fields, one[1]].index(one[1])))


def _faults(found: Draft) -> dict[str, str]:
    """Return all that sending would name now; whether a phone is taken (D6) only of the one it was sent with.

    Else whoever has shown once to be no machine could ask for one phone after the other by looking.
    """
    is_answered = found.values.get(_ANSWERED_FOR) == found.values.get("phone", "")
    try:
        drafts.check(token(), CITIZEN)
    except InvalidInput as refusal:
        return told(fault for fault in refusal.faults if is_answered or fault.code != "phone_taken")
    return {}


def _lines(found: Draft, address: str) -> list[tuple[str, str, str]]:
    """Return (field, label, what stands there) of all that is typed, the address as one."""
    typed: Mapping[str, str] = found.values
    names = [name for step in FORMS[found.kind].steps for name in step.fields if name in LABELS]
    lines = [(name, LABELS[name], said(name, typed)) for name in names]
    lines = [line for line in lines if line[2] and (line[0] != "send_form01_by_email" or typed.get("email"))]
    if "line" in {name for step in FORMS[found.kind].steps for name in step.fields}:
        after = next((at for at, line in enumerate(lines) if line[0] in ("phone", "email")), len(lines))
        lines.insert(after, ("line", LABELS["address"], address))
    return lines
