"""Reading the rows of a list of offices one by one: which office each speaks of, and what it says of it (D8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from backoffice.gateways.sheets import Line
from backoffice.identity.malformed import Malformed
from backoffice.identity.names import fold
from backoffice.identity.text import compact
from backoffice.models import Office, OfficeKind
from backoffice.offices import matching, tree, values
from backoffice.offices.forms import elsewhere
from backoffice.offices.history import Facts
from backoffice.offices.importing import Change, Plan, RowFault, Standing
from backoffice.offices.sheet import CLOSED, IN_WORK
from backoffice.rules.office_names import office_name
from backoffice.rules.place_names import province_named, ward_like
from backoffice.rules.places import Unit, province_now

CLEARED = "-"
"""What is written in a cell whose value is to be taken away; an empty one leaves it as it is."""
OUT_OF_SCOPE = "Không thuộc phạm vi của bạn."
Value = TypeVar("Value")


class _Unfit(Exception):
    """The row is at fault, and nothing more can be said of it."""


@dataclass
class _Row:
    """One row under way; `given` are the cells that are filled."""

    number: int
    given: Mapping[str, str]
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def read(self, reader: Callable[[str], Value], key: str) -> Value | None:
        """Return what `reader` makes of the cell; None, with a fault noted, when it raises Malformed."""
        try:
            return reader(self.given[key])
        except Malformed as error:
            self.faults.append(f"{values.LABELS.get(key, key)}: {error.message}")
            return None

    def stop(self, sentence: str) -> _Unfit:
        """Note a fault after which nothing more is looked at."""
        self.faults.append(sentence)
        return _Unfit()


def plan(lines: Sequence[Line], now: Standing) -> Plan:
    """Return what the lines would do to the offices as they stand; provinces first, for others may hang under them."""
    rows = [_Row(line.number, {key: text for key, text in line.values.items() if text}) for line in lines]
    now.reserved = frozenset(compact(row.given.get("code", "")) for row in rows)
    changes, unchanged = [], 0
    for row in sorted(rows, key=lambda row: len(compact(row.given.get("code", "-----"))) > 3):
        try:
            change = _change(row, now)
        except _Unfit:
            continue
        if change.fields and not row.faults:
            changes.append(change)
        unchanged += not change.fields and not row.faults
    return Plan(
        changes=tuple(sorted(changes, key=lambda change: change.number)),
        unchanged=unchanged,
        faults=_told((row.number, row.faults) for row in rows),
        warnings=_told((row.number, row.warnings) for row in rows),
    )


def _told(those: object) -> tuple[RowFault, ...]:
    return tuple(RowFault(number, tuple(said)) for number, said in sorted(those) if said)  # type: ignore[call-overload]


def _change(row: _Row, now: Standing) -> Change:
    """Return what the row changes; raises _Unfit when it does not tell which office it speaks of."""
    if "name" not in row.given:
        raise row.stop("Chưa có tên cơ quan. Xin ghi tên.")
    office = _by_code(row, now) if "code" in row.given else _by_name(row, now)
    if isinstance(office, Office):
        return _existing(row, now, office)
    return _new(row, now, *office)


def _by_code(row: _Row, now: Standing) -> Office | tuple[str, Office]:
    code = row.read(values.read_code, "code")
    if code is None:
        raise _Unfit
    if code in now.offices:
        return now.offices[code]
    parent_code = row.given.get("parent", now.root.code if len(code) == 3 else code[:3])
    return code, _parent(row, now, compact(parent_code), values.kind_of_code(code))


def _by_name(row: _Row, now: Standing) -> Office | tuple[str, Office]:
    """Return the office that a row of a published list means, or code and parent for a new one."""
    province = _province(row)
    if province is None:
        raise row.stop("Chưa có mã cơ quan. Xin ghi mã cơ quan, hoặc mã tỉnh để tìm theo tên.")
    near = matching.candidates(now.offices.values(), province.code)
    found = matching.same_office(near, row.given["name"], row.given.get("former", ""))
    if len(found) > 1:
        return _one_of(row, found, province)
    if found:
        return found[0]
    parent = matching.province_office(now.offices.values(), province.code)
    if parent is None:
        raise row.stop(
            f"Chưa có cơ quan BHXH của {province.name}. Xin lập cơ quan cấp tỉnh trước, hoặc ghi mã cơ quan."
        )
    parent = _parent(row, now, parent.code, OfficeKind.DISTRICT)
    code = now.free_code(parent)
    if code is None:
        raise row.stop(f"{parent.name} không còn mã tạm nào trống. Xin ghi mã cơ quan.")
    return code, parent


def _one_of(row: _Row, found: Sequence[Office], province: Unit) -> Office:
    """Return the one that the row's wards tell is meant, with a warning; raises _Unfit when they do not tell."""
    wards, _ = values.match_wards(row.given.get("wards", ""), province.code)
    chosen = matching.likeliest(found, wards)
    told = ", ".join(f"{one.name} ({one.code})" for one in found[:4])
    if chosen is None:
        raise row.stop(f"Có {len(found)} cơ quan có thể là cơ quan này: {told}. Xin ghi mã cơ quan.")
    row.warnings.append(
        f"Có {len(found)} cơ quan có thể là cơ quan này: {told}. Theo các xã, phường thì là {chosen.name} "
        f"({chosen.code}); nếu không đúng, xin ghi mã cơ quan."
    )
    return chosen


def _parent(row: _Row, now: Standing, code: str, kind: OfficeKind) -> Office:
    """Return the open office with this code, in scope, under which one of `kind` may hang; raises _Unfit."""
    parent = now.offices.get(code)
    if parent is None or not tree.may_change(now.actor, parent):
        raise row.stop(
            f"Không có cơ quan cấp trên mang mã {code[:12]}, hoặc cơ quan đó không thuộc phạm vi của bạn. "
            "Xin xem lại mã cơ quan cấp trên."
        )
    if parent.closed_at is not None:
        raise row.stop(f"{parent.name} đã ngừng hoạt động. Xin ghi mã cơ quan cấp trên khác.")
    if tree.kind_under(parent) is not kind:
        raise row.stop(f"{parent.name} không phải cấp ngay trên cơ quan này. Xin xem lại mã cơ quan cấp trên.")
    return parent


def _existing(row: _Row, now: Standing, office: Office) -> Change:
    if not tree.may_change(now.actor, office):
        raise row.stop(OUT_OF_SCOPE)
    _once(row, now, office.code)
    before, parent = now.facts[office.code], now.parent_of(office.code)
    named = compact(row.given.get("parent", ""))
    if parent is not None and named and named != parent.code:
        parent = _parent(row, now, named, office.kind)
    _refuse_moves(row, office, before)
    after = before | _said(row, office.kind, parent, before)
    _tell_of_wards_left(row, before, after)
    if after != before and office.closed_at is not None:
        row.faults.append(f"{office.name} đã ngừng hoạt động nên không sửa được. Xin bỏ dòng này, hoặc mở lại trước.")
    return Change(row.number, office.code, after["name"] or "", after["parent"], before, after)


def _tell_of_wards_left(row: _Row, before: Facts, after: Facts) -> None:
    """Warn where an office goes to another province and goes on serving wards outside it."""
    if after["province_code"] == before["province_code"]:
        return
    left = elsewhere((after["wards"] or "").split(), after["province_code"])
    if left:
        row.warnings.append(f"Chuyển sang tỉnh khác nhưng vẫn phục vụ {left} xã, phường ngoài tỉnh đó. Xin xem lại.")


def _new(row: _Row, now: Standing, code: str, parent: Office) -> Change:
    _once(row, now, code)
    kind = values.kind_of_code(code)
    if fold(row.given.get("state", IN_WORK)) == fold(CLOSED) or "successor" in row.given:
        row.faults.append("Cơ quan mới phải đang hoạt động. Xin bỏ dòng này, hoặc sửa mã cơ quan.")
    empty: Facts = dict.fromkeys(values.LABELS)
    after = empty | {"code": code, "kind": kind.value} | _said(row, kind, parent, empty)
    made = now.add(code, after["name"] or row.given["name"], kind, parent)
    made.province_code = after["province_code"]
    return Change(row.number, code, made.name, parent.code, {}, after, provisional="code" not in row.given)


def _once(row: _Row, now: Standing, code: str) -> None:
    """Raise _Unfit when an earlier row speaks of the same office."""
    first = now.rows.setdefault(code, row.number)
    if first != row.number:
        raise row.stop(f"Dòng {first} cũng là cơ quan này (mã {code}). Xin bỏ một trong hai dòng.")


def _refuse_moves(row: _Row, office: Office, before: Facts) -> None:
    """Note a fault where the row says an office is closed, open or merged and it is not: each is an act of its own."""
    state = row.given.get("state", "")
    if state and fold(state) != fold(CLOSED if office.closed_at else IN_WORK):
        row.faults.append(
            "Tình trạng khác hiện nay. Xin đóng, mở lại hoặc hợp nhất ở trang của cơ quan, rồi gửi lại tệp."
        )
    into = compact(row.given.get("successor", ""))
    if into and into != before["successor"]:
        row.faults.append("Cột “Hợp nhất vào” khác hiện nay. Xin hợp nhất ở trang của cơ quan, rồi gửi lại tệp.")


def _said(row: _Row, kind: OfficeKind, parent: Office | None, before: Facts) -> Facts:
    """Return the fields that the row gives, in normal form; faults are noted with the row."""
    province = _province_code(row, kind, parent, before)
    said: Facts = {"parent": parent.code if parent else None, "province_code": province}
    for key, reader in (
        ("name", lambda text: office_name(values.read_name(text))),
        ("address", values.read_address),
        ("phone", values.read_phone),
        ("email", values.read_email),
        ("position", lambda text: values.position_text(*(values.read_position(text) or (None, None))) or None),
        ("wards", lambda text: _wards(row, text, before.get("province_code") or province, before)),
    ):
        text = row.given.get(key, "")
        if text == CLEARED and key != "name":
            said[key] = None
        elif text and text != before.get(key):
            said[key] = row.read(reader, key)
    return said


def _province_code(row: _Row, kind: OfficeKind, parent: Office | None, before: Facts) -> str | None:
    """Return the province: of a district that of its parent, of a province what the row says."""
    if kind is OfficeKind.ROOT:
        return None
    stays = before["code"] and parent and parent.code == before["parent"]
    had = parent.province_code if kind is OfficeKind.DISTRICT and parent and not stays else before["province_code"]
    if "province" not in row.given:
        if had is None and kind is OfficeKind.PROVINCE and not before["code"]:
            row.faults.append(
                "Mã 3 chữ số là của cơ quan cấp tỉnh, mà chưa có mã tỉnh. Nếu là cấp cơ sở, xin ghi đủ 5 chữ số, "
                "cả số 0 ở đầu; nếu là cấp tỉnh, xin ghi mã tỉnh gồm 2 chữ số."
            )
        return had
    said, present = _province(row), province_now(had) if had else None
    if said is None or said == present:
        return had
    if kind is OfficeKind.DISTRICT:
        row.faults.append("Mã tỉnh khác với tỉnh của cơ quan cấp trên. Xin xem lại hai mã này.")
        return had
    return said.code


def _province(row: _Row) -> Unit | None:
    text = row.given.get("province", "")
    found = province_now(compact(text).zfill(2)) or province_named(text) if text else None
    if text and found is None:
        raise row.stop(f"Không có tỉnh, thành phố “{text[:40]}”. Xin ghi mã 2 chữ số, ví dụ 01 là Hà Nội.")
    return found


def _wards(row: _Row, text: str, province: str | None, before: Facts) -> str | None:
    """Return the codes of the wards; one that is not known is a fault, in a list without our codes a warning."""
    codes, unknown = values.match_wards(text, province)
    now = province_now(province) if province else None
    for name in unknown:
        like = ward_like(name, now.code) if now else None
        asked = f" Có phải {like.name} (mã {like.code})?" if like else ""
        if "code" in row.given:
            row.faults.append(
                f"Không nhận ra xã, phường “{name[:60]}”.{asked} Xin ghi tên từ 01/7/2025 hoặc mã 5 chữ số."
            )
        else:
            row.warnings.append(f"Không nhận ra xã, phường “{name[:60]}” nên không ghi.{asked}")
    if sentence := values.too_many(len(codes), len((before.get("wards") or "").split())):
        row.faults.append(sentence)
    return " ".join(codes) or None
