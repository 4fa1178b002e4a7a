"""What a row is given: the engines, and the sets by name, each made when first asked for."""

from __future__ import annotations

import logging

from backoffice import dossier
from backoffice.config import Settings
from backoffice.identity.redaction import redact_event
from backoffice.kernel import db
from backoffice.kernel.start import start
from tests.bench.data import LARGE, SMALL, Plan, ready
from tests.bench.engines import Engines
from tests.bench.measure import saying

PLANS = {
    "small": SMALL,
    "large": LARGE,
    "middle": Plan(
        100_000, desk=12_000, desk_open=9_000, twins=False, open_share=0.1, recent_share=0.3, is_used_up=True
    ),
}


class Bench:
    """One run."""

    def __init__(self, engines: Engines) -> None:
        self.engines = engines
        self._made: dict[str, Settings] = {}

    def set(self, name: str) -> Settings:
        """Return the settings of a desk on the set `name`: small, large or middle."""
        if name not in self._made:
            with saying(f"set {name}, {PLANS[name].count:,} declarations"):
                self._made[name] = ready(self.engines, f"bench_{name}", PLANS[name])
        return self._made[name]


def begin(settings: Settings) -> None:
    """Let this process work for `settings`, quietly; connections inherited from a parent are left alone."""
    db.forget_connections()
    start(settings, processors=[redact_event])
    dossier.configure(settings)
    logging.getLogger().setLevel(logging.WARNING)
