"""What the dialog "Chụp lại" shows (templates/desk/retake.html), and what is told once a photo was replaced."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from backoffice import config
from backoffice.decision import photo_links, retake
from backoffice.decision.photo_links import Invitation, Link
from backoffice.decision.retake import Retaken
from backoffice.desk.looks import note_look
from backoffice.desk.opening import declaration_to_show
from backoffice.desk.photo_facts import quality_words
from backoffice.dossier.photos import StoredPhoto, read_photo
from backoffice.gateways.pdf.pictures import qr_svg
from backoffice.gateways.photos.limits import MAX_BYTES
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import NotFound
from backoffice.models import Declaration, Status, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.ledger import short_label
from backoffice.rules.lifecycle import is_overdue
from backoffice.rules.permissions import Do, may
from backoffice.rules.photo_wording import WANTED

Values = dict[str, Any]


def open_dialog(receipt_code: str, kind: str, officer: Actor) -> Values:
    """Return what the dialog shows to whoever may take this photo anew now; raises as decision.retake says."""
    wanted = retake.ask_to_retake(receipt_code, kind, officer)
    return {
        **camera_of(receipt_code),
        "how": WANTED[wanted].how,
        "shape": "2:3" if WANTED[wanted].is_face else "",
        **phone_of(receipt_code, photo_links.link_of(receipt_code, kind, officer)),
    }


def camera_of(receipt_code: str) -> Values:
    """Return what any dialog with the camera shows."""
    return {"receipt_code": receipt_code, "receipt": format_receipt_code(receipt_code), "most_bytes": MAX_BYTES}


def phone_of(receipt_code: str, link: Link) -> Values:
    """Return the part of the dialog about the citizen's phone, without the code: that is shown once (`invited`)."""
    path = f"/desk/{receipt_code}/photos/{link.kind.value}"
    state = "arrived" if link.sent else "waiting" if link.until else "none"
    return {
        "path": path,
        "name": WANTED[link.kind].name,
        "phone": {
            "state": state,
            "left": _left(link.until) if link.until else "",
            "qr": "",
            "sent": _sent(path, link.sent) if link.sent else None,
        },
    }


def invited(receipt_code: str, invitation: Invitation) -> Values:
    """Return the same with the QR code of a link just made."""
    values = phone_of(receipt_code, Link(invitation.kind, invitation.expires_at, None))
    svg = qr_svg(f"{config.current().public_url}/anh/{invitation.token}")
    values["phone"]["qr"] = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
    return values


def told(done: Retaken) -> tuple[str, str]:
    """Return kind (good, warn) and text of what is said once a photo was replaced."""
    parts = [f"Đã thay {WANTED[done.kind].name}."]
    if done.has_card:
        parts.append("Đã đọc mã QR trên ảnh mới.")
    if done.notes:
        parts.append(f"Xin xem lại: {', '.join(note.label for note in done.notes)}.")
    if done.lapsed:
        parts.append(f"Cần xác minh lại: {', '.join(short_label(item) for item in done.lapsed)}.")
    return "warn" if done.notes else "good", " ".join(parts)


def fresh(shown: list[Values], done: Retaken) -> Values:
    """Return of the viewer's photos the one that was replaced, at addresses that no browser has a picture of yet.

    Raises NotFound when it is gone again: the declaration expired.
    """
    photo = next((one for one in shown if one["kind"] == done.kind.value), None)
    if photo is None:
        raise NotFound
    version = f"v={done.photo_id.hex[:8]}"
    return {
        **photo,
        "href": f"{photo['href']}?{version}",
        "thumb_href": f"{photo['thumb_href']}&{version}",
        "several": len(shown) > 1,
    }


def scan_href(declaration: Declaration, officer: Actor) -> str:
    """Return where a QR is read by the camera, "" where nothing is scanned any more; asks no database."""
    is_open = declaration.status is Status.SUBMITTED and not is_overdue(declaration)
    return f"/desk/{declaration.receipt_code}/scan-photo" if is_open and may(officer, Do.SCAN, declaration) else ""


def open_sent(receipt_code: str, kind: str, size: str, officer: Actor) -> bytes:
    """Return as JPEG the photo that was sent and waits; the full one is a look of its own, the thumbnail is not.

    Raises NotFound when none waits.
    """
    with transaction() as session:
        declaration = declaration_to_show(session, receipt_code, officer, Do.SEE_PHOTO, is_open=True)
        sent = photo_links.newest_link(session, declaration, retake.photo_kind(kind)).sent
        if sent is None:
            raise NotFound("Ảnh gửi bằng điện thoại không còn chờ nữa: đã được dùng hoặc đã bỏ.")
        if size == "full":
            record(session, TrailEvent.PHOTO, officer, declaration=declaration, kind=sent.kind.value, source="phone")
        else:
            note_look(session, declaration, officer)
    return read_photo(sent, "full" if size == "full" else "thumb")


def _left(until: datetime) -> str:
    """Return how long a link can still be used: "9 phút 40 giây"."""
    minutes, seconds = divmod(max(0, int((until - clock.now()).total_seconds())), 60)
    return f"{minutes} phút {seconds:02d} giây" if minutes else f"{seconds} giây"


def _sent(path: str, sent: StoredPhoto) -> Values:
    href = f"{path}/sent"
    return {
        "photo_id": str(sent.id),
        "href": href,
        "thumb_href": f"{href}?size=thumb&v={sent.id.hex[:8]}",
        "width": sent.width,
        "height": sent.height,
        "notes": quality_words(sent.notes, has_card=sent.citizen_card is not None),
    }
