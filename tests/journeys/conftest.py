"""A real browser, where a Chromium is found; elsewhere the run says loudly that it was skipped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.middleware.shared_data import SharedDataMiddleware

from tests.gateways.photos.samples import card, on_table, saved
from tests.journeys import looking
from tests.processes import served

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--renderer-process-limit=1",  # no process to be started for each page
    "--disable-site-isolation-trials",
    "--disable-features=SpareRendererForSitePerProcess",
]
CAMERA_FLAGS = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


def chromium() -> str | None:
    """The browser without a window where there is one: it takes half of the processor's time."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("NO CHROMIUM FOUND: the browser journeys were NOT run (install chromium, or set CHROMIUM)")
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def camera_browser(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with a webcam before which lies a card with its QR code."""
    seen = tmp_path_factory.mktemp("camera") / "card.mjpeg"
    seen.write_bytes(saved(on_table(card(1100), 4, size=(1280, 720))) * 2)
    flags = [*FLAGS, *CAMERA_FLAGS, f"--use-file-for-fake-video-capture={seen}"]
    started = browser.browser_type.launch(executable_path=chromium(), args=flags)
    yield started
    started.close()


@pytest.fixture(scope="session")
def address(app: Flask) -> Iterator[str]:
    """The desk, and beside its pages what looks at them."""
    with served(SharedDataMiddleware(app, looking.SERVED, cache_timeout=86_400)) as where:
        looking.served_at.add(where)
        yield where


@pytest.fixture(scope="session")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """What the pages of most tests share, as those of a computer do: what was fetched once is at hand."""
    with profile_of(browser) as made:
        yield made


@contextmanager
def profile_of(browser: Browser) -> Iterator[BrowserContext]:
    """A counter's screen, 1366×768. Nothing moves on it, so that a colour is looked at when it has come to rest."""
    made = browser.new_context(viewport={"width": 1366, "height": 768}, locale="vi-VN", reduced_motion="reduce")
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def page(profile: BrowserContext, database: None) -> Iterator[Page]:
    """A page as officers have it; nothing is left of it for the next."""
    with page_of(profile) as opened:
        yield opened


@contextmanager
def page_of(profile: BrowserContext) -> Iterator[Page]:
    """A page that fails at the end when its policy was broken or a script of it failed."""
    opened = profile.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("console", lambda message: troubles.append(message.text) if _is_trouble(message.text) else None)
    yield opened
    _forget(profile)
    assert troubles == []


def _forget(profile: BrowserContext) -> None:
    """Close every page and forget what its computer kept."""
    profile.clear_cookies()
    for left in profile.pages:
        if left.url.startswith("http"):
            left.evaluate("localStorage.clear()")
        left.close()


def _is_trouble(text: str) -> bool:
    return "Content Security Policy" in text or "Uncaught" in text
