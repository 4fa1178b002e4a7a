"""What every way out for messages has in common: how it went, in three answers, and what a receipt says later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Sent:
    """The gateway took the message; `delivered` when it has arrived, else a receipt may follow under `gateway_id`."""

    gateway_id: str | None
    delivered: bool


class GatewayRefused(Exception):
    """Refused for good: trying again is no use. `reason_vi` says why, in plain Vietnamese, naming nobody."""

    def __init__(self, reason_vi: str) -> None:
        super().__init__(reason_vi)
        self.reason_vi = reason_vi


class GatewayDown(Exception):
    """Not taken this time: try again later. `reason_vi` says why, in plain Vietnamese, naming nobody.

    `unsure`: it may have been taken all the same (no answer came), so no other gateway is asked at once.
    """

    def __init__(self, reason_vi: str, *, unsure: bool = False) -> None:
        super().__init__(reason_vi)
        self.reason_vi = reason_vi
        self.unsure = unsure


ID_LENGTH = 65
"""Of a message id, at most (SMPP 3.4, 5.2.23)."""
GATHER_SECONDS = 0.05
"""So long the first fate of a window waits for others to be told with it."""
Fate = Sent | GatewayRefused | GatewayDown
"""How one message fared at a gateway."""


class Sms(NamedTuple):
    """One SMS: `text` in GSM-7 characters, `to` a normal number (10 digits from 0); `attempt` counts from 1."""

    to: str
    text: str
    notice_id: int
    attempt: int = 1


class SmsGateway(Protocol):
    """A way to send SMS, one after the other."""

    @property
    def name(self) -> str:
        """Return the name by which health and receipts speak of it."""

    @property
    def rate(self) -> float:
        """Return how many messages a second it takes, 0 for as many as can be."""

    def send(self, *, to: str, text: str, notice_id: int, attempt: int = 1) -> Sent:
        """Send one SMS (see Sms). Raises GatewayRefused (for good) or GatewayDown. Takes at most some ten seconds."""

    def forget(self, notice_ids: set[int]) -> None:
        """Remove what was kept here of these notices; nothing to do where nothing is kept."""

    def close(self) -> None:
        """Give up connections; a later call opens them anew."""


@runtime_checkable
class Windowed(Protocol):
    """A gateway that can have several messages under way."""

    def send_each(self, messages: Iterable[Sms]) -> Iterator[Sequence[tuple[Sms, Fate]]]:
        """Send `messages`, asking for the next only while fewer than the window are under way or not yet told.

        Whoever takes what is yielded before asking on has never more than a window of messages without a fate.
        """


def only_fate(told: Iterable[Sequence[tuple[Sms, Fate]]]) -> Sent:
    """Return how the only message of `told` went; raises what it met with."""
    ((_, fate),) = [pair for batch in told for pair in batch]
    if isinstance(fate, Sent):
        return fate
    raise fate


@runtime_checkable
class Listening(Protocol):
    """A gateway that is told receipts over its own session."""

    def listen(self, sink: Callable[[str, Sequence[Receipt]], None]) -> None:
        """Give receipts, with the gateway's name, to `sink` from now on, from another thread; twice is once."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a network reports of a message later: it arrived, or it never will and `reason_vi` says why.

    `gateway_id`: as given when it was taken, in any spelling. `phone`: the recipient's normal number, "" if untold.
    """

    gateway_id: str
    phone: str
    arrived: bool
    reason_vi: str = ""


def plain_id(text: str) -> str:
    """Return a gateway's message id as it is kept: lower case, without zeros before it and what cannot be printed."""
    if not text.isprintable():
        text = "".join(char for char in text if char.isprintable())
    text = text.strip().lower()[:ID_LENGTH]
    return text.lstrip("0") or text[:1]


def spellings(gateway_id: str) -> list[str]:
    """Return how the same id may have been spelled when the message was taken, the likeliest first.

    Message centres give an id in hexadecimal and report it in decimal, or the other way round (SMPP 3.4, appendix B).
    """
    plain = plain_id(gateway_id)
    found = [plain]
    if plain.isascii() and plain.isdecimal() and len(plain) <= 20:
        found.append(f"{int(plain):x}")
    if plain.isascii() and plain.isalnum() and len(plain) <= 16 and all(char in "0123456789abcdef" for char in plain):
        found.append(str(int(plain, 16)))
    return list(dict.fromkeys(found))
