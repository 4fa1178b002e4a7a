"""How often a stranger may ask: counted in the queue's server, under keyed hashes of addresses.

A wiped or missing server lets everybody pass: these limits spare the machine, they guard no secret.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

import structlog
from redis.exceptions import RedisError

from backoffice.kernel.errors import TooManyRequests
from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.queue import connection

log = structlog.get_logger()


def count(what: str, address: str, most: int, seconds: int) -> None:
    """Count that `address` asks for `what`; raises TooManyRequests beyond `most` in a span of `seconds`."""
    key = f"rate:{what}:{lookup_hash('rate', neighbourhood(address)).hex()}"
    try:
        pipe = connection().pipeline()
        pipe.set(key, 0, ex=seconds, nx=True)
        pipe.incr(key)
        pipe.ttl(key)
        _, number, left = pipe.execute()
    except (RedisError, OSError) as error:
        log.warning("rate not counted, queue out", what=what, error=type(error).__name__)
        return
    if number > most:
        wait = max(1, left)
        raise TooManyRequests(
            f"Có quá nhiều lần gửi từ mạng này nên hệ thống tạm dừng nhận. Chưa có gì thay đổi; xin đợi {wait} giây "
            "rồi thử lại.",
            retry_after=wait,
        )


def neighbourhood(address: str) -> str:
    """Return the address as it is counted: IPv6 by its /64, of which one household has them all."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return (int(found) >> 64).to_bytes(8, "big").hex()
    return str(found.ipv4_mapped if isinstance(found, IPv6Address) else found)
