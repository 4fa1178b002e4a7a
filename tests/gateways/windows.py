"""Messages for a gateway's window, and how they fared."""

from __future__ import annotations

from collections.abc import Iterable

from backoffice.gateways.delivery import Fate, Sms, Windowed


def many(count: int) -> list[Sms]:
    """Return messages 0 … `count` - 1, each to a number of its own."""
    return [Sms(f"09812{number:05d}", f"BHXH: tin {number}", number) for number in range(count)]


def fates(gateway: Windowed, messages: Iterable[Sms]) -> dict[int, Fate]:
    """Send `messages` and return how each fared, by its number."""
    return {sms.notice_id: fate for batch in gateway.send_each(iter(messages)) for sms, fate in batch}
