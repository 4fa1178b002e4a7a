"""How the database finds what is leased next, by a plan made before it knows how many are asked for."""

from __future__ import annotations

import psycopg
import pytest

from backoffice.kernel import queue
from backoffice.kernel.pipe import _Prepared
from backoffice.notices.leases import TAKING, taking
from tests.expiry.traces import plain
from tests.notices.test_ahead import post

pytestmark = pytest.mark.usefixtures("gateways")
MANY = 20_000
_OTHERS = """
SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
WHERE table_name = 'notices' AND column_name <> 'id' AND is_generated = 'NEVER'
"""


def test_of_a_long_queue_only_what_is_leased_is_read(addresses: dict[str, str]) -> None:
    post(1)
    asked = _Prepared("take", TAKING)
    values = ", ".join(f"'{(value or b'').decode()}'" for value in asked.values(taking(queue.DEFAULT, 400)))
    with psycopg.connect(plain(addresses["owner"])) as connection:
        (others,) = connection.execute(_OTHERS).fetchone() or ("",)
        connection.execute(
            f"INSERT INTO notices ({others}) SELECT {others} FROM notices, generate_series(1, {MANY})".encode()
        )
        connection.execute("ANALYZE notices")
        connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        connection.execute(b"PREPARE take AS " + asked.sql)
        plan = [line for (line,) in connection.execute(f"EXPLAIN EXECUTE take ({values})".encode())]
        connection.rollback()
    assert not [line for line in plan if "Seq Scan on notices" in line]
