"""An owner's browser, and a second one."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.portal.owners import FIRST_BROWSER, Browser


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    client.set_cookie("account_device", FIRST_BROWSER)
    return Browser(client)


@pytest.fixture
def second(app: Flask, database: None) -> Browser:
    return Browser(app.test_client())
