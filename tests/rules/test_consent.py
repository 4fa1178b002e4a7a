"""What is agreed to names the days that are set until what is not handed in goes (K4, D13), and stays as agreed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backoffice import config
from backoffice.config import Settings
from backoffice.rules import consent


@pytest.mark.parametrize(("days", "name"), [(10, "2026-01"), (15, "2026-01/15")])
def test_k4_the_consent_names_the_days_that_are_set(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, days: int, name: str
):
    monkeypatch.setattr(config, "current", lambda: replace(settings, expiry_days=days))
    assert consent.current() == name
    assert f"sẽ bị xóa sau {days} ngày" in consent.consent(consent.current())


def test_what_was_agreed_to_under_other_days_is_told_as_it_was_then():
    assert "sau 15 ngày" in consent.consent("2026-01/15")
    assert consent.undertaking("2026-01/15") == consent.undertaking("2026-01")
    assert "chịu trách nhiệm trước pháp luật" in consent.undertaking("2026-01")
