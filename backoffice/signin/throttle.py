"""How often may be tried (design 5): counted before the password is looked at, so that races cannot pass the limit.

Keys are keyed hashes: the table says nothing about names or addresses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.errors import TooManyRequests
from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.rates import neighbourhood
from backoffice.models import SignInFailure

WINDOW = timedelta(minutes=5)
USER_LIMIT = 10
"""Failures within WINDOW for one user name from unknown browsers, and for one officer's known browser."""
ADDRESS_LIMIT = 100
"""Failures within WINDOW from one address before it is slowed down."""
ADDRESS_PAUSE = timedelta(seconds=2)
"""What lies between two tries of an address that is slowed down: it is never shut out."""


@dataclass(frozen=True)
class Counter:
    """What is counted under `key`: refused at USER_LIMIT, or slowed from ADDRESS_LIMIT on."""

    key: bytes
    slows: bool = False


def counters(username: str, address: str, known_device: tuple[int, bytes] | None) -> list[Counter]:
    """Return what a try counts under: a known device (officer's id, hash of its token) apart from everybody else."""
    if known_device is not None:
        officer_id, token = known_device
        return [Counter(lookup_hash("sign_in", f"device:{officer_id}:{token.hex()}"))]
    return [
        Counter(lookup_hash("sign_in", f"user:{username}")),
        Counter(lookup_hash("sign_in", f"address:{neighbourhood(address)}"), slows=True),
    ]


def reserve(session: Session, counted: Iterable[Counter]) -> list[int]:
    """Count a try as failed under each of `counted` and return the rows' ids; `release` takes it back.

    Raises TooManyRequests when one of them is used up. Tries of one key wait for each other until the commit.
    """
    rows = []
    for counter in counted:
        session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(counter.key[:8], "big", signed=True))))
        _check(session, counter)
        rows.append(SignInFailure(key_hash=counter.key, at=clock.now()))
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def release(session: Session, reserved: list[int]) -> None:
    """Forget a try that did not fail."""
    session.execute(delete(SignInFailure).where(SignInFailure.id.in_(reserved)))


def _check(session: Session, counter: Counter) -> None:
    since = clock.now() - WINDOW
    number, first, last = session.execute(
        select(func.count(), func.min(SignInFailure.at), func.max(SignInFailure.at)).where(
            SignInFailure.key_hash == counter.key, SignInFailure.at > since
        )
    ).one()
    if counter.slows:
        _check_pause(number, last)
    elif number >= USER_LIMIT:
        wait = _seconds(first + WINDOW)
        raise TooManyRequests(
            f"Đã nhập sai {USER_LIMIT} lần trong 5 phút nên hệ thống tạm dừng nhận. "
            f"Xin đợi {-(-wait // 60)} phút rồi đăng nhập lại; nếu quên mật khẩu, xin liên hệ người quản trị.",
            retry_after=wait,
        )


def _check_pause(number: int, last: datetime | None) -> None:
    if number >= ADDRESS_LIMIT and last is not None and last + ADDRESS_PAUSE > clock.now():
        raise TooManyRequests(
            "Có quá nhiều lần đăng nhập sai từ mạng này nên hệ thống nhận chậm lại. Xin đợi vài giây rồi bấm lại.",
            retry_after=_seconds(last + ADDRESS_PAUSE),
        )


def _seconds(until: datetime) -> int:
    return max(1, int((until - clock.now()).total_seconds()) + 1)
