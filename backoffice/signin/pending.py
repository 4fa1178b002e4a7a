"""The proof of a right password, between it and the second step: sealed, short-lived, kept by the browser."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta

from backoffice.kernel import clock
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.sealing import BrokenSeal, seal, unseal
from backoffice.models import Officer

VALID = timedelta(minutes=5)
TOO_OLD = "Đã quá 5 phút kể từ khi nhập mật khẩu. Xin nhập lại tên đăng nhập và mật khẩu."


def prove(officer: Officer) -> str:
    """Return the proof that the password of `officer` was given just now."""
    said = {"username": officer.username, "mark": mark(officer), "at": clock.now().isoformat()}
    return base64.urlsafe_b64encode(seal("password proof", "", json.dumps(said).encode())).decode()


def read(proof: str) -> tuple[str, str]:
    """Return user name and `mark` from a proof; raises InvalidInput when it is broken or older than 5 minutes."""
    try:
        said = json.loads(unseal("password proof", "", base64.urlsafe_b64decode(proof.encode())))
    except (BrokenSeal, ValueError) as broken:
        raise InvalidInput([Fault("", TOO_OLD, "too_old")], TOO_OLD) from broken
    if datetime.fromisoformat(said["at"]) + VALID < clock.now():
        raise InvalidInput([Fault("", TOO_OLD, "too_old")], TOO_OLD)
    return said["username"], said["mark"]


def mark(officer: Officer) -> str:
    """Return what changes when the officer's password changes, and says nothing about it."""
    return lookup_hash("password_mark", officer.password_hash).hex()
