"""Officers as a spreadsheet: what is exported is what can be imported again, with when each was seen last."""

from __future__ import annotations

from collections.abc import Iterator

from backoffice.gateways.sheets import Column
from backoffice.gateways.sheets.writing import write_table
from backoffice.identity.malformed import Malformed
from backoffice.identity.names import fold
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import TrailEvent
from backoffice.officers import queries, words
from backoffice.officers.queries import Line, Wanted
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, require
from backoffice.rules.role_words import ROLES

IN_USE, DISABLED = "Đang được sử dụng", "Đã ngừng sử dụng"
COLUMNS = (
    Column("username", "Tên đăng nhập", ("user", "tài khoản"), required=True, width=20),
    Column("name", "Họ tên", ("họ và tên", "họ tên cán bộ"), required=True, width=30),
    Column("role", "Vai trò", required=True, width=26),
    Column("office", "Mã cơ quan", ("cơ quan", "mã cơ quan bhxh"), required=True, width=14),
    Column("email", "E-mail", ("thư điện tử", "email công vụ"), width=30),
    Column("second_office", "Cơ quan thứ hai", ("mã cơ quan thứ hai", "làm thay ở"), width=18),
    Column("second_until", "Đến ngày", ("đến hết ngày", "làm thay đến ngày"), width=14),
    Column("state", "Tình trạng", width=22),
)
_SEEN = Column("seen", "Dùng lần cuối", width=20)
_DISABLED = frozenset(map(fold, (DISABLED, "ngừng sử dụng", "đã ngừng", "ngừng", "nghỉ", "đã nghỉ")))
_IN_USE = frozenset(map(fold, (IN_USE, "đang sử dụng", "đang làm việc", "đang dùng")))


def export(actor: Actor, wanted: Wanted) -> bytes:
    """Return an .xlsx file of the officers wanted in the actor's branch; raises Forbidden."""
    require(actor, Do.SEE_OFFICERS)
    with transaction() as session:
        lines = queries.everybody(session, actor, wanted)
        record(session, TrailEvent.EXPORT, actor, what="officers", count=len(lines))
    return write_table("Người dùng", (*COLUMNS, _SEEN), _rows(lines))


def empty_sheet() -> bytes:
    """Return an .xlsx file with the headings alone, to be filled in."""
    return write_table("Người dùng", COLUMNS, ())


def read_state(text: str) -> bool | None:
    """Return whether a row says that the officer is disabled, None when it says nothing; raises Malformed."""
    said = fold(text[:100])
    if not said:
        return None
    if said in _DISABLED or said.startswith("tu ngung"):
        return True
    if said in _IN_USE:
        return False
    raise Malformed(f"Tình trạng chỉ ghi “{IN_USE}”, “{DISABLED}”, hoặc để trống.", code="state_invalid")


def _rows(lines: list[Line]) -> Iterator[dict[str, str | None]]:
    for line in lines:
        stands_in = line.second_until is not None and line.second_until >= clock.today()
        yield {
            "username": line.username,
            "name": line.full_name,
            "role": ROLES[line.role],
            "office": line.office_code,
            "email": line.email,
            "second_office": line.second_code if stands_in else None,
            "second_until": f"{line.second_until:%d/%m/%Y}" if stands_in else None,
            "state": DISABLED if line.disabled_at else IN_USE,
            "seen": words.last_seen(line),
        }
