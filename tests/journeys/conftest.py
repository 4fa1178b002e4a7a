"""A real browser, where a Chromium is found; elsewhere the run says loudly that it was skipped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.processes import served

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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
def address(app: Flask) -> Iterator[str]:
    with served(app) as where:
        yield where


@pytest.fixture
def page(browser: Browser, database: None) -> Iterator[Page]:
    """A page as officers have it: 1366×768. A broken policy or a script error fails the test.

    Nothing moves on it, so that a colour is looked at when it has come to rest.
    """
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="vi-VN", reduced_motion="reduce")
    context.set_default_timeout(15_000)
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("console", lambda message: troubles.append(message.text) if _is_trouble(message.text) else None)
    yield opened
    context.close()
    assert troubles == []


def _is_trouble(text: str) -> bool:
    return "Content Security Policy" in text or "Uncaught" in text
