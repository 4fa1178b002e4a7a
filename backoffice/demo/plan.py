"""The whole demo as stories: the scenes every desk must show, and ordinary ones around them until there are enough."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import cycle

from backoffice.demo.cast import Cast
from backoffice.demo.moments import Moments
from backoffice.demo.offices import OfficeRow
from backoffice.demo.scenes import scenes
from backoffice.demo.story import Story
from backoffice.demo.teller import HOME, Teller

SEED = 2026
NEIGHBOURS = ("00115", "00108", "00106", "00125", "00109")
DISTANT = ("07901", "04802", "03102", "09201", "04001")
OFFICES = (HOME, *NEIGHBOURS, *DISTANT)

Kind = Callable[[Teller, str], Story | list[Story]]

_KINDS: dict[str, Kind] = {
    "waiting": lambda t, office: t.waiting(office, own=0.88 if office == HOME else 0.15),
    "presented": lambda t, office: t.presented(office, own=1.0 if office == HOME else 0.15),
    "supplement": lambda t, office: t.supplement(office, own=1.0 if office == HOME else 0.15),
    "escalated": lambda t, office: t.escalated(office, own=1.0),
    "approved today": lambda t, office: t.approved(office, back=(0, 1), own=0.3 if office == HOME else 0.0),
    "rejected today": lambda t, office: t.rejected(office, back=(0, 1), own=0.3 if office == HOME else 0.0),
    "approved": lambda t, office: t.approved(office),
    "rejected": lambda t, office: t.rejected(office),
    "withdrawn": lambda t, office: t.withdrawn(office),
    "expired": lambda t, office: t.expired(office),
}
_HOME = {
    "waiting": 10, "presented": 4, "supplement": 2, "escalated": 1, "approved today": 8, "rejected today": 2,
    "approved": 62, "rejected": 9, "withdrawn": 1, "expired": 11,
}  # fmt: skip
_NEIGHBOUR = {
    "waiting": 5, "presented": 1, "supplement": 1, "approved today": 1, "approved": 8, "rejected": 1, "expired": 2,
}  # fmt: skip
_DISTANT = {"waiting": 3, "presented": 1, "approved": 5, "rejected": 1, "expired": 1}


def tell(offices: Mapping[str, OfficeRow], now: datetime, days: int, count: int) -> list[Story]:
    """Return at least `count` stories (300 or so are meant) that led to how things stand at `now`, oldest first.

    `days` is the time for handing in (EXPIRY_DAYS). At the same moment the stories are always the same ones.
    """
    rng = random.Random(SEED)  # noqa: S311 - invented data, no secret
    teller = Teller(rng, Cast(rng, offices), Moments(now, days))
    stories = scenes(teller)
    for kind, office in cycle(_ordinary(rng)):
        if len(stories) >= count:
            break
        told = _KINDS[kind](teller, office)
        stories += told if isinstance(told, list) else [told]
    return sorted(stories, key=lambda story: story.declared_at)


def _ordinary(rng: random.Random) -> list[tuple[str, str]]:
    """Return (kind, office) of the stories around the scenes, well mixed."""
    shares = {HOME: _HOME} | dict.fromkeys(NEIGHBOURS, _NEIGHBOUR) | dict.fromkeys(DISTANT, _DISTANT)
    mixed = [(kind, office) for office, share in shares.items() for kind, times in share.items() for _ in range(times)]
    rng.shuffle(mixed)
    return mixed
