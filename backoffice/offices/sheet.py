"""The list of offices as a spreadsheet: what is written is what may be read back (D8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from backoffice.gateways.sheets import Column
from backoffice.gateways.sheets.writing import write_table
from backoffice.kernel.db import transaction
from backoffice.models import Office, OfficeWard, TrailEvent
from backoffice.offices import values
from backoffice.offices.forms import wards_lines
from backoffice.offices.queries import search
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, require

IN_WORK, CLOSED = "Đang hoạt động", "Ngừng hoạt động"
COLUMNS = (
    Column("code", values.LABELS["code"], ("mã", "mã BHXH", "mã cơ quan BHXH"), width=12),
    Column("name", values.LABELS["name"], ("tên", "tên BHXH", "cơ quan BHXH", "office name"), required=True, width=36),
    Column("parent", "Mã cơ quan cấp trên", ("mã cấp trên", "cấp trên", "parent code"), width=14),
    Column(
        "province", "Mã tỉnh", ("mã tỉnh, thành phố", "province code", "province code 34", "tỉnh, thành phố"), width=10
    ),
    Column("address", values.LABELS["address"], width=48),
    Column("phone", values.LABELS["phone"], ("số điện thoại", "điện thoại liên hệ", "đt"), width=16),
    Column("email", values.LABELS["email"], ("thư điện tử", "hộp thư"), width=28),
    Column("position", values.LABELS["position"], ("vị trí", "tọa độ", "vĩ độ, kinh độ"), width=22),
    Column("wards", values.LABELS["wards"], ("xã, phường", "địa bàn", "địa bàn phục vụ"), width=60),
    Column("former", "Tên trước đây", ("former office", "tên cũ", "cơ quan cũ", "cơ quan trước đây"), width=28),
    Column("state", "Tình trạng", ("trạng thái",), width=16),
    Column("successor", values.LABELS["successor"], ("sáp nhập vào", "cơ quan kế thừa"), width=14),
)
"""`former` is read only: it helps to find an office that a list without codes speaks of."""
_WRITTEN = tuple(column for column in COLUMNS if column.key != "former")
_ALL = 100_000


def export(actor: Actor, q: str = "", *, closed: bool = False, own: bool = False) -> bytes:
    """Return the offices as an .xlsx file: all of them, or those the search `q` finds (with `closed` ones on demand).

    `own`: those alone that the officer may change. Offices are public; that the list was taken is in the trail all the
    same. Raises Forbidden.
    """
    require(actor, Do.SEE_OFFICES)
    with transaction() as session:
        found = _found(session, q, closed) if q.strip() else _all(session, actor.office_path if own else "")
        content = write_table("Cơ quan BHXH", _WRITTEN, list(_lines(session, found)))
        record(session, TrailEvent.OFFICE_EXPORT, actor, count=len(found), sought=bool(q.strip()), own=own)
    return content


def template() -> bytes:
    """Return the empty file to be filled in."""
    return write_table("Cơ quan BHXH", _WRITTEN, ())


def wards_by_office(session: Session, ids: Iterable[int] | None = None) -> Mapping[int, tuple[str, ...]]:
    """Return the codes of the wards served, in order, by the office's id; of all offices when no ids are given."""
    query = select(OfficeWard.office_id, OfficeWard.ward_code).order_by(OfficeWard.office_id, OfficeWard.ward_code)
    if ids is not None:
        query = query.where(OfficeWard.office_id.in_(list(ids)))
    served: dict[int, list[str]] = defaultdict(list)
    for office_id, ward in session.execute(query):
        served[office_id].append(ward)
    return {office_id: tuple(wards) for office_id, wards in served.items()}


def _all(session: Session, branch: str) -> Sequence[Office]:
    return session.scalars(select(Office).where(func.starts_with(Office.path, branch)).order_by(Office.path)).all()


def _found(session: Session, q: str, closed: bool) -> Sequence[Office]:
    lines, _ = search(session, q, closed=closed, most=_ALL)
    return [line.office for line in lines]


def _lines(session: Session, offices: Sequence[Office]) -> Iterator[dict[str, str | None]]:
    served = wards_by_office(session, (office.id for office in offices))
    parent, successor = aliased(Office), aliased(Office)
    above = {
        row.id: row
        for row in session.execute(
            select(Office.id, parent.code.label("parent"), successor.code.label("successor"))
            .outerjoin(parent, parent.id == Office.parent_id)
            .outerjoin(successor, successor.id == Office.successor_id)
            .where(Office.id.in_([office.id for office in offices]))
        )
    }
    for office in offices:
        yield {
            "code": office.code,
            "name": office.name,
            "parent": above[office.id].parent,
            "province": office.province_code,
            "address": office.address,
            "phone": office.phone,
            "email": office.email,
            "position": values.position_text(office.latitude, office.longitude),
            "wards": wards_lines(served.get(office.id, ()), office.province_code).replace("\n", "; "),
            "state": CLOSED if office.closed_at else IN_WORK,
            "successor": above[office.id].successor,
        }
