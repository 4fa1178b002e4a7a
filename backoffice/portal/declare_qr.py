"""Filling in the form from a photo of a card's QR, which is not kept: POST /declare/qr (issue 10, point 2).

The button is part of the form of what is typed, so nothing typed is lost. What is empty is filled in; what says
something else stays as typed, with the card's beside it, until somebody says to take that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import Response, request

from backoffice.gateways.photos import PhotoRefused, Refusal, get_pool
from backoffice.gateways.photos.limits import MAX_BYTES
from backoffice.gateways.photos.refusal import SENTENCES
from backoffice.identity.malformed import Malformed
from backoffice.intake import drafts
from backoffice.intake.draft_rows import Draft
from backoffice.intake.from_card import FromCard, fill, read_card
from backoffice.kernel import rates
from backoffice.kernel.errors import InvalidInput, Unavailable
from backoffice.portal import declare_room
from backoffice.portal.declare_card import FAULT, SAID, note_of
from backoffice.portal.declare_data import typed_in
from backoffice.portal.declare_room import draft, has_draft, lead, room, save, token
from backoffice.portal.declare_steps import Step
from backoffice.web.fragments import show
from backoffice.web.guard import public
from backoffice.web.uploads import sent_file, takes_files

pages = room("declare_qr", __name__)

READS = 60 * 1024 * 1024
"""Bytes of a photo too large for us are read, so that what was typed beside it is kept (deploy/proxy.md: 64 MB)."""
QR_A_MINUTE = 30
"""From one address."""
_NONE_CHOSEN = "Chưa có ảnh nào được chọn. Xin chụp hoặc chọn ảnh có mã QR của thẻ, rồi bấm “Đọc mã QR”."
_NOT_FOUND = (
    "Không thấy mã QR trên ảnh nên chưa điền gì. Xin chụp gần để mã QR choán khoảng một phần ba ảnh, giữ thẳng, đủ "
    "sáng, không lóa, rồi gửi lại; hoặc gõ vào các mục dưới đây."
)


@pages.post("/qr")
@public
@takes_files(MAX_BYTES, when=has_draft, reads=READS)
def read_qr() -> Response:
    """Keep what was typed; read the photo's QR, or take or leave what a card said before."""
    at = declare_room.step(draft(), "data")
    found = save(at, typed_in(request.form), place_q=request.form.get("place_q", ""))
    match request.form.get("act"):
        case "qr_take":
            drafts.put(token(), _flat(note_of(found).get("kept", {})) | {SAID: ""})
        case "qr_leave":
            drafts.put(token(), {SAID: ""})
        case _:
            rates.count("declare_qr", request.remote_addr or "", QR_A_MINUTE, 60)
            _read(found, at)
    return lead(f"{at.href}#qr")


@pages.errorhandler(413)
def _too_large(_error: Exception) -> Response:
    """Answer a photo that was not even read."""
    if not has_draft():
        return show("portal/declare/refused.html", status=413, title="Ảnh quá lớn")
    drafts.put(token(), {FAULT: SENTENCES[Refusal.TOO_MANY_BYTES]})
    return lead("/declare/data#qr")


def _read(found: Draft, at: Step) -> None:
    """Write what the card on the photo says into the draft, or why it says nothing."""
    try:
        text = get_pool().read_qr(sent_file("qr", _NONE_CHOSEN))
        if text is None:
            drafts.put(token(), {FAULT: _NOT_FOUND, SAID: ""})
        else:
            _fill(found, at, read_card(text))
    except (Malformed, PhotoRefused, InvalidInput, Unavailable) as refusal:
        drafts.put(token(), {FAULT: refusal.message, SAID: ""})


def _fill(found: Draft, at: Step, card: FromCard) -> None:
    filling = fill(card, found.values, at.fields)
    note = {"card": card.card, "filled": list(filling.filled), "kept": filling.kept}
    sought = {"_place_q": card.sought} if card.sought and "address" in filling.filled else {}
    drafts.put(token(), _flat(filling.filled) | sought | {FAULT: "", SAID: json.dumps(note, ensure_ascii=False)})


def _flat(groups: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {name: value for group in groups.values() for name, value in group.items()}
