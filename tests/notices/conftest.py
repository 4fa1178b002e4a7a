"""Every test here sends through gateways of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backoffice.notices import doors
from tests.notices.gateways import Mail, Sms


@pytest.fixture
def sms() -> Sms:
    return Sms()


@pytest.fixture
def mail() -> Mail:
    return Mail()


@pytest.fixture
def gateways(database: None, sms: Sms, mail: Mail) -> Iterator[None]:
    """The desk sends through `sms` and `mail`."""
    doors.use(doors.Doors((sms,), mail))
    yield
    doors.use(None)
