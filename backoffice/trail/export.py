"""A person's or an officer's trail as a spreadsheet, within seconds whatever the trail's size."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from backoffice.gateways.sheets import Column
from backoffice.gateways.sheets.long import write_long_table
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import officer_subject, record
from backoffice.rules.permissions import Do, require
from backoffice.trail import queries
from backoffice.trail.forms import Asked, What, from_token
from backoffice.trail.lines import Names, lines_of

MOST = 100_000
"""Lines of one file: some months of a busy officer, all that was ever done to a person."""
COLUMNS = (
    Column("day", "Ngày", width=22),
    Column("time", "Giờ", width=10),
    Column("who", "Ai", width=28),
    Column("username", "Tên đăng nhập", width=18),
    Column("office", "Cơ quan", width=32),
    Column("what", "Việc", width=60),
    Column("receipt", "Mã hồ sơ", width=16),
    Column("account", "Tài khoản số", width=14),
)


def export(viewer: Actor, token: str) -> bytes:
    """Return what was asked for as an .xlsx file of text cells; that it was taken out, and how many lines, is noted.

    Raises NotFound when the token is another's or too old, Conflict (too_many) when there are more than MOST lines.
    """
    require(viewer, Do.SEE_TRAIL)
    asked = from_token(token, viewer)
    if asked.what is What.ACTS:
        raise Conflict(
            "Chỉ xuất được nhật ký về một người dân hoặc một cán bộ. Xin chọn một người.", code="whole_office"
        )
    with transaction() as session:
        counted = _Counted()
        data = write_long_table("Nhật ký truy cập", COLUMNS, counted.of(_texts(session, asked, viewer)))
        subject = officer_subject(asked.officer_id) if asked.officer_id else bytes.fromhex(asked.subjects[0])
        facts = asked.facts() | {"count": counted.number}
        record(session, TrailEvent.TRAIL_EXPORT, viewer, subject_hash=subject, **facts)
        return data


class _Counted:
    """Counts the lines that go by, and refuses to go on beyond MOST."""

    number = 0

    def of(self, lines: Iterator[list[str]]) -> Iterator[list[str]]:
        for line in lines:
            self.number += 1
            if self.number > MOST:
                raise Conflict(
                    f"Có hơn {MOST:,} dòng nên chưa xuất tệp. Xin chọn khoảng thời gian ngắn hơn.".replace(",", "."),
                    code="too_many",
                )
            yield line


def _texts(session: Session, asked: Asked, viewer: Actor) -> Iterator[list[str]]:
    names = Names(session)
    for rows in queries.every(session, asked, viewer, MOST + 1):
        for line in lines_of(names, rows):
            yield [getattr(line, column.key) for column in COLUMNS]
