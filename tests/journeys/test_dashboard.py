"""A supervisor's figures in a browser: the country, a province, an office, the hotline; an officer's own."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from tests.dashboards.scene import Scene, played
from tests.journeys.looking import hindrances
from tests.journeys.officers import be_signed_in

pytestmark = pytest.mark.browser


@pytest.fixture
def scene(database: None) -> Scene:
    return played()


def look(page: Page, name: str) -> None:
    """Keep a picture where LOOK says."""
    if folder := os.environ.get("LOOK"):
        for width, height in ((1366, 768), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=f"{folder}/dashboard-{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1366, "height": 768})


def test_nothing_hinders_who_reads_the_figures(page: Page, address: str, scene: Scene):
    found = {}
    for username, paths in {
        "quocgia": ["", "?office=001", "?office=00114", "/hotline", "/hotline/calls", "/officers?office=00114"],
        "truongphong": ["", "/list/waiting", "/list/approved", "/list/declared?since=&until=", "/list/failed"],
        "giamsat": ["/list/expired", "/list/rejected?reason=photo_unusable"],
        "tongdai": ["/me"],
    }.items():
        be_signed_in(page, address, username)
        for path in paths:
            page.goto(f"{address}/dashboard{path}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            look(page, (username + path).replace("/", "-").replace("?", "-"))
            found[username + path] = hindrances(page)
    assert {path: faults for path, faults in found.items() if faults} == {}
