"""From templates/messages to text: an SMS of one part, an e-mail in two halves; pure: no database, no clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from backoffice.config import ROOT
from backoffice.kernel import clock
from backoffice.kernel.passwords import LENGTH
from backoffice.models import NoticeKind
from backoffice.rules.reasons import plain_sms

FOLDER = ROOT / "templates" / "messages"
"""One file per message and channel; what several share begins with "_"."""
MASK = "*" * LENGTH
"""Stands for the password in what is kept; as long as the password, so that parts and characters are exact."""
CODE_LENGTH = 6
CODE_MASK = "*" * CODE_LENGTH
"""Likewise for a one-time code."""
MAIL_CODE_LENGTH = 8
MAIL_CODE_MASK = "*" * MAIL_CODE_LENGTH
"""Likewise for one by e-mail: longer, for it is the only thing that is asked for (A5)."""
LINK_MASK = "*" * 43
"""Likewise for the token of a link that opens the form anew; as long as kernel.hashing.new_token makes it."""
LINK_DAYS = 30
"""For so long such a link counts."""
SMS_LENGTH = 160

_STARS = re.compile(r"\*+")
# What GSM-7 lacks or sends as two characters, each in its place something that costs one.
_TO_GSM7 = str.maketrans("[]{}\\^~|`", "()()/ -/'")


@dataclass(frozen=True)
class Mail:
    """One e-mail's words: subject, plain text, and the same in HTML."""

    subject: str
    text: str
    html: str


def sms(kind: NoticeKind, **words: object) -> str:
    """Return one part: printable GSM-7 characters, each sent as one."""
    text = environment().get_template(f"{kind}.sms.txt").render(words)
    return plain_sms(text).translate(_TO_GSM7)


def mail(kind: NoticeKind, **words: object) -> Mail:
    """Return both halves; the plain one also says the subject.

    `name` is whom it addresses ("" for nobody by name); `child`: it addresses the guardian of whom `name` is (D11).
    """
    words = {"child": False, "name": ""} | words
    plain = environment().get_template(f"{kind}.mail.txt").make_module(words)
    subject = str(getattr(plain, "subject"))  # noqa: B009 (the template sets it)
    html = environment().get_template(f"{kind}.mail.html").render(words, subject=subject)
    return Mail(" ".join(subject.split()), str(plain).strip() + "\n", html)


def with_password(body: str, password: str) -> str:
    """Return the SMS as it goes out, `password` in the place of MASK; raises ValueError unless it has just that."""
    return _filled(body, MASK, password)


def with_code(body: str, code: str) -> str:
    """Return the message as it goes out, `code` in the place of its mask; raises ValueError unless it has just that."""
    return _filled(body, "*" * len(code), code)


def cut(text: str, room: int) -> str:
    """Return `text` in at most `room` characters, cut between words where it can be."""
    if len(text) <= room:
        return text
    kept = text[: room - 3]
    if not text[room - 3].isspace():
        kept = kept.rpartition(" ")[0] or kept
    return kept.rstrip(" .,;:") + "..."


def sms_time(instant: datetime) -> str:
    """Return an instant for an SMS: "09:42 27/11/2026"."""
    return clock.local(instant).strftime("%H:%M %d/%m/%Y")


def mail_time(instant: datetime) -> str:
    """Return an instant for a letter: "09:42 ngày 27/11/2026"."""
    return clock.local(instant).strftime("%H:%M ngày %d/%m/%Y")


@cache
def environment() -> Environment:
    """Return this room's own environment: HTML is escaped, a missing word is an error."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(("html",), default_for_string=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _filled(body: str, mask: str, secret: str) -> str:
    """Put `secret` in the place of `mask`, the one run of stars of that very length; others are not its place."""
    places = [run for run in _STARS.finditer(body) if run[0] == mask]
    if len(places) != 1:
        raise ValueError(f"this message has no place, or several, for a secret of {len(mask)} characters")
    return body[: places[0].start()] + secret + body[places[0].end() :]
