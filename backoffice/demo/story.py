"""What is to happen to one declaration of the demo: told before it is played, so that it can be tested alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from backoffice.demo.people import Person
from backoffice.demo.pictures import Picture
from backoffice.models import Channel, Purpose


class Act(StrEnum):
    """A step in a declaration's life; backoffice.demo.life plays it."""

    DECLARE = "declare"
    REMIND = "remind"
    HAND_IN = "hand_in"
    HOLD = "hold"
    SUPPLEMENT = "supplement"
    ESCALATE = "escalate"
    APPROVE = "approve"
    REJECT = "reject"
    SIGN_IN = "sign_in"
    EXPIRE = "expire"


@dataclass(frozen=True, eq=False)
class Story:
    """One declaration: who, where, when it was declared, and what came after, each step with its instant.

    `said` names the columns in which the declaration differs from the person; `replaces` the story refused before.
    A story without pictures of the ID was verified by the population database (D4).
    """

    person: Person
    office: str
    declared_at: datetime
    steps: tuple[tuple[datetime, Act], ...] = ()
    pictures: tuple[Picture, ...] = ()
    said: Mapping[str, Any] = field(default_factory=dict)
    email: str | None = None
    channel: Channel = Channel.APP
    reasons: tuple[str, ...] = ()
    note: str = ""
    replaces: Story | None = None
    purpose: Purpose = Purpose.REGISTER
    rests_on: Story | None = None
    """The story whose approval opened the account that is adjusted or stopped, or a child's guardian's (D2, D11)."""
    is_entered: bool = False
    """An officer entered it at the desk, for somebody who asked for help."""

    @property
    def phone(self) -> str:
        """The declared number."""
        return str(self.said.get("phone", self.person.phone))

    @property
    def has_id_photos(self) -> bool:
        """Tell whether more than the portrait was sent."""
        return len(self.pictures) > 1

    def did(self, act: Act) -> bool:
        """Tell whether `act` is one of the steps."""
        return any(step is act for _, step in self.steps)
