"""The common start: every log line, of whoever and with whatever traceback, passes the redaction."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

CODE = """
import logging, sys
import structlog
from dataclasses import replace
from backoffice import config
from backoffice.identity.redaction import redact_event
from backoffice.kernel.start import configure_logging

settings = config.load({
    "APP_ENV": "test", "DATABASE_URL": "postgresql://a/b", "REDIS_URL": "unix:///r", "SECRET_KEY": "s",
    "LOOKUP_KEY": "l", "TRAIL_KEY": "t", "PHOTO_STORE_URL": "file:///p", "SMS_URL": "sandbox:", "SMTP_URL": "sandbox:",
    "PHOTO_KEYS": "a:Mr8Fg/lOty8VsxBij9CjLYJx5zyNnoAflx7Xne+FqjQ=", "PUBLIC_URL": "http://localhost",
})
configure_logging(replace(settings, app_env=sys.argv[1]), [redact_event])
structlog.get_logger("desk").info("gửi tới 0912345678", declaration_id=7, phone="0912345678")
logging.getLogger("library").warning("sending %s to %s", "mat khau abcd2345efgh", "0912345678")
try:
    raise ValueError("duplicate key (0912345678)")
except ValueError:
    logging.getLogger("library").exception("failed")
raise RuntimeError("no answer from 0912345678")
"""


@pytest.fixture(params=["demo", "production"])
def written(request: pytest.FixtureRequest) -> str:
    """What a process writes to stderr in each environment, its own end by an error included."""
    done = subprocess.run([sys.executable, "-c", CODE, request.param], capture_output=True, text=True, env=os.environ)
    assert done.stdout == ""
    return done.stderr


def test_no_line_and_no_traceback_names_a_phone_or_a_password(written: str) -> None:
    assert "0912345678" not in written
    assert "abcd2345efgh" not in written
    for kept in (
        "gửi tới [number]",
        "sending mat khau [secret]",
        "duplicate key ([number])",
        "no answer from [number]",
    ):
        assert kept in written


@pytest.mark.parametrize("written", ["production"], indirect=True)
def test_in_production_every_line_is_one_json_object(written: str) -> None:
    events = [json.loads(line) for line in written.splitlines()]
    assert [event["level"] for event in events] == ["info", "warning", "error", "critical"]
    assert events[0] | {"timestamp": None} == {
        "event": "gửi tới [number]",
        "level": "info",
        "logger": "desk",
        "timestamp": None,
        "declaration_id": 7,
        "phone": "[hidden]",
    }
    assert "ValueError" in events[2]["exception"]
