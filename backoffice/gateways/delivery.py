"""What every way out for messages has in common: how it went, in three answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
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
    """Not taken this time: try again later. `reason_vi` says why, in plain Vietnamese, naming nobody."""

    def __init__(self, reason_vi: str) -> None:
        super().__init__(reason_vi)
        self.reason_vi = reason_vi
