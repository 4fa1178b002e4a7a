"""What the tests of the app's API share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from backoffice.kernel.db import transaction
from backoffice.models import Account, Scope
from tests.factories import make_client
from tests.mobile.phone import Phone
from tests.portal.owners import FIRST_PHONE, account_in_use


@pytest.fixture
def key(database: None) -> str:
    """The app's own key."""
    with transaction() as session:
        return make_client(session, Scope.APP)[1]


@pytest.fixture
def new_phone(app: Flask, key: str) -> Callable[[str], Phone]:
    """Makes a phone by the name it has for itself."""
    return lambda device: Phone(app.test_client(), key, device)


@pytest.fixture
def phone(new_phone: Callable[[str], Phone]) -> Phone:
    """The owner's phone."""
    return new_phone(FIRST_PHONE)


@pytest.fixture
def other(new_phone: Callable[[str], Phone]) -> Phone:
    """Another phone."""
    return new_phone("dien-thoai-thu-hai")


@pytest.fixture
def account(database: None) -> Account:
    """An account in use, its address confirmed; the password is MINE."""
    return account_in_use(email="nguoi.thu@example.vn", email_confirmed="nguoi.thu@example.vn")


@pytest.fixture
def here(phone: Phone, account: Account) -> Phone:
    """The owner's phone, signed in."""
    assert phone.sign_in(account).status_code == 201
    return phone
