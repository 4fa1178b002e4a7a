"""SURFACES: a public server has no officer route at all, an officer server no public one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from backoffice.app import create_app
from backoffice.config import Settings
from backoffice.kernel.start import start
from backoffice.web.guard import rule_of

PUBLIC = {"/healthz", "/readyz", "/static/<path:filename>"}


@pytest.fixture
def settings_again(started: Settings) -> Iterator[Settings]:
    yield started
    start(started)


def paths(settings: Settings, *surfaces: str) -> set[str]:
    app = create_app(replace(settings, surfaces=surfaces))
    return {str(rule) for rule in app.url_map.iter_rules()}


def test_the_api_alone(settings_again: Settings):
    assert all(path.startswith("/api/v1/") for path in paths(settings_again, "api") - PUBLIC)


def test_the_portal_alone(settings_again: Settings):
    found = paths(settings_again, "portal") - PUBLIC
    assert {path for path in found if not path.startswith(("/account", "/declare/"))} == {
        "/form01/<token>.pdf",
        "/anh/<token>",
        "/declare",
    }
    assert {"/account/sign-in", "/declare/offices", "/declare/look"} <= found


def test_the_desk_alone(settings_again: Settings):
    found = paths(settings_again, "desk")
    assert "/desk/<receipt_code>/approve" in found
    assert not [path for path in found if path.startswith(("/api", "/form01", "/anh", "/account"))]


def test_a_public_server_asks_no_officer_rule(settings_again: Settings):
    app = create_app(replace(settings_again, surfaces=("portal", "api")))
    rules = [rule_of(app, endpoint) for endpoint in app.view_functions]
    assert all(rule is not None and rule.do is None for rule in rules)


def test_a_route_that_declares_no_rule_stops_the_start(settings_again: Settings):
    from backoffice.web import guard

    app = create_app(settings_again)
    app.view_functions["bare"] = lambda: ""
    with pytest.raises(RuntimeError, match="bare"):
        guard.complete(app)


def test_the_counts_for_prometheus_are_on_the_internal_server_and_name_nobody(settings_again: Settings, database: None):
    answer = create_app(replace(settings_again, surfaces=("desk",))).test_client().get("/metrics")
    assert answer.mimetype == "text/plain"
    assert "backoffice_declarations_overdue 0.0" in answer.text
    assert "backoffice_photos_missing 0.0" in answer.text
    assert "backoffice_figure_steps 0.0" in answer.text
    assert "/metrics" not in paths(settings_again, "portal", "api")


def test_production_has_no_page_of_the_sandbox(settings_again: Settings):
    """It shows passwords in clear (the contract): there is no such address, and no entry in any menu."""
    real = create_app(replace(settings_again, app_env="production"))
    assert "/sandbox" in paths(settings_again, "desk")
    assert "/sandbox" not in {str(rule) for rule in real.url_map.iter_rules()}
