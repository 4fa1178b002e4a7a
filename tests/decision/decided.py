"""Declarations as they are the moment after: decided by an officer, their messages in the outbox or sent."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from backoffice.config import Settings
from backoffice.decision import steps
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import Account, Declaration, Notice, NoticeChannel
from backoffice.notices import jobs
from backoffice.rules.actors import Actor
from tests.factories import make_declaration


def approved(officer: Actor, **values: Any) -> Declaration:
    """A declaration that `officer` has just approved."""
    with transaction() as session:
        declaration = make_declaration(session, **values)
        steps.approve(session, declaration, officer)
    return declaration


def rejected(officer: Actor, **values: Any) -> Declaration:
    """A declaration that `officer` has just refused."""
    with transaction() as session:
        declaration = make_declaration(session, **values)
        steps.reject(session, declaration, officer, ["id_invalid"], "Xin mang giấy tờ gốc.")
    return declaration


def sent_back(officer: Actor, **values: Any) -> Declaration:
    """A declaration that `officer` has just sent back for a supplement."""
    with transaction() as session:
        declaration = make_declaration(session, **values)
        steps.supplement(session, declaration, officer, "Chụp lại mặt sau")
    return declaration


def send() -> None:
    """Send what is due, through the sandbox."""
    for lane in queue.LANES:
        jobs.drain(lane)


def messages(declaration: Declaration, channel: NoticeChannel = NoticeChannel.SMS) -> list[Notice]:
    """What was ordered about a declaration, oldest first."""
    with transaction() as session:
        of_it = session.query(Notice).filter_by(declaration_id=declaration.id, channel=channel)
        return of_it.order_by(Notice.id).all()


def account_of(declaration: Declaration) -> Account:
    with transaction() as session:
        return session.query(Account).filter_by(declaration_id=declaration.id).one()


def arrived(settings: Settings, to: str) -> list[str]:
    """The SMS that the sandbox took for this number, oldest first."""
    path = settings.sandbox / "sms.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [row["text"] for row in rows if row["to"] == to]


def passwords(settings: Settings, to: str) -> list[str]:
    """The words after "mat khau" in what this number received, where there is one."""
    texts = arrived(settings, to)
    return [text.partition(" mat khau ")[2].split()[0] for text in texts if " mat khau " in text]


def age(declaration: Declaration, **earlier: Any) -> None:
    """Let what was told of it have been ordered, and sent, so much earlier (arguments of timedelta)."""
    then = clock.now() - timedelta(**earlier)
    with transaction() as session:
        kept = session.get_one(Declaration, declaration.id)
        kept.supplement_at = then if kept.supplement_at else None
        for notice in session.query(Notice).filter_by(declaration_id=declaration.id):
            notice.created_at = then
            notice.sent_at = then if notice.sent_at else None
