"""/sandbox: what the sandbox gateways took, for demonstration and tests; production has no such page."""

from __future__ import annotations

import json
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from flask import Blueprint, Response

from backoffice import config
from backoffice.rules.permissions import Do
from backoffice.web.fragments import show
from backoffice.web.guard import permit

pages = Blueprint("sandbox", __name__)
MOST = 50


@pages.get("/sandbox")
@permit(Do.SEE_SANDBOX)
def inbox() -> Response:
    """Show the latest messages of both sandboxes, newest first."""
    folder = config.current().sandbox
    return show("notices/sandbox.html", sms=_sms(folder / "sms.jsonl"), mail=_mail(folder / "mail"))


def _sms(path: Path) -> list[dict[str, Any]]:
    lines = path.read_text().splitlines()[-MOST:] if path.exists() else []
    return [json.loads(line) for line in reversed(lines)]


def _mail(folder: Path) -> list[dict[str, str]]:
    files = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True) if folder.exists() else []
    return [_read(path) for path in files[:MOST]]


def _read(path: Path) -> dict[str, str]:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",)) if isinstance(message, EmailMessage) else None
    return {
        "to": str(message["To"]),
        "subject": str(message["Subject"]),
        "text": body.get_content() if body is not None else "",
        "attached": ", ".join(part.get_filename() or "" for part in message.iter_attachments())
        if isinstance(message, EmailMessage)
        else "",
    }
