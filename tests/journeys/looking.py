"""Looking at a page as it stands: does anything hinder anybody (axe-core, WCAG 2.2), is it wider than its window?"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

_FILE = Path(__file__).parent / "vendor" / "axe.min.js"
_ADDRESS = "/axe.min.js"
SERVED = {_ADDRESS: str(_FILE)}
served_at: set[str] = set()
"""Whose pages find axe-core beside them: what a browser made of a file it keeps, of a text it makes it anew."""
COUNTER, SMALL, DOUBLED, PHONE = (1366, 768), (1024, 768), (683, 384), (390, 844)
"""A counter's screen, a small one, the counter's at 200 %, a phone."""


def violations(page: Page) -> list[str]:
    """What axe-core finds."""
    if not page.evaluate("'axe' in window"):
        _bring_axe(page)
    found = page.evaluate("axe.run(document, {reporter: 'no-passes', preload: false}).then(found => found.violations)")
    return [f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes']]}" for one in found]


def _bring_axe(page: Page) -> None:
    origin = "/".join(page.url.split("/")[:3])
    if origin in served_at:
        page.add_script_tag(url=origin + _ADDRESS).evaluate("tag => tag.remove()")
    else:
        page.evaluate(_FILE.read_text())


def hindrances(page: Page, *windows: tuple[int, int]) -> list[str]:
    """What axe-core finds in each of `windows` (COUNTER and PHONE when none is given), and what is wider than it.

    The page keeps its state; at the end it is as wide as it was.
    """
    page.wait_for_load_state()
    before, found = page.viewport_size, []
    for window in windows or (COUNTER, PHONE):
        if is_too_wide(page, window):
            found.append(f"wider than {window[0]} pixels")
        found += [f"{one} ({window[0]} pixels)" for one in violations(page)]
    if before:
        page.set_viewport_size(before)
    return found


def is_too_wide(page: Page, window: tuple[int, int]) -> bool:
    """Look at the page in a window of that width and height: does it have to be moved sideways?"""
    page.set_viewport_size({"width": window[0], "height": window[1]})
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))
