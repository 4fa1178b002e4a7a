"""Gateways for these tests: they keep what they were given and answer as told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from backoffice.gateways.email import Letter
from backoffice.gateways.sms import Sent
from backoffice.kernel import db
from backoffice.models import Notice


@dataclass
class Sms:
    """Takes every SMS, unless `act` raises."""

    act: Callable[[str], None] = lambda _to: None
    delivered: bool = True
    sent: list[tuple[int, str]] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)
    forgotten: set[int] = field(default_factory=set)
    name: str = "first"
    rate: float = 0.0

    def send(self, *, to: str, text: str, notice_id: int, attempt: int = 1) -> Sent:
        self.attempts.append(attempt)
        self.offered.append(text)
        self.act(to)
        self.sent.append((notice_id, text))
        return Sent(f"g{notice_id}", self.delivered)

    def forget(self, notice_ids: set[int]) -> None:
        self.forgotten |= notice_ids

    def close(self) -> None:
        """Nothing to give up."""

    def passwords(self) -> list[str]:
        """The word after "mat khau" in every message it was offered, taken or not, in order."""
        return [text.partition(" mat khau ")[2].split()[0] for text in self.offered]


@dataclass
class Mail:
    """Takes every letter, unless `act` raises."""

    act: Callable[[str], None] = lambda _to: None
    sent: list[tuple[int, Letter]] = field(default_factory=list)
    forgotten: set[int] = field(default_factory=set)
    name: str = "smtp"
    rate: float = 0.0

    def send(self, letter: Letter, *, notice_id: int) -> Sent:
        self.act(letter.to)
        self.sent.append((notice_id, letter))
        return Sent(None, delivered=False)

    def forget(self, notice_ids: set[int]) -> None:
        self.forgotten |= notice_ids

    def close(self) -> None:
        """Nothing to give up."""


def saying(error: Exception) -> Callable[[str], None]:
    """Raise `error` at every call."""

    def act(_to: str) -> None:
        raise error

    return act


def all_notices(session: Session) -> list[Notice]:
    return session.query(Notice).order_by(Notice.id).all()


def notices() -> list[Notice]:
    """All rows as they are now, oldest first."""
    with db.transaction() as session:
        return all_notices(session)
