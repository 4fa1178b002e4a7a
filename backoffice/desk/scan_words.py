"""What the officer is told of a scan, and what the history tells of scans and of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backoffice.decision.scan import Reading
from backoffice.desk.ledger import HOWS
from backoffice.identity.scan import CitizenScan, HealthScan, NumberScan, ReceiptScan, Scan
from backoffice.models import How, Item, TrailEvent
from backoffice.rules.ledger import short_label

Note = dict[str, str]
_KINDS = {"citizen_card": "Căn cước/CCCD", "health_card": "thẻ BHYT", "number": "số đã nhập"}


def note(kind: str, text: str, href: str = "", link: str = "") -> Note:
    """Return a note beside the ledger: `kind` good, warn, bad or info, and perhaps a link."""
    return {"kind": kind, "text": text, "href": href, "link": link}


def note_on(reading: Reading) -> Note:
    """Return what a scan came to, in one or two sentences."""
    if isinstance(reading.scan, ReceiptScan):
        return note("good", "Đã quét mẫu số 01: bạn đang giữ hồ sơ này, hồ sơ đã được ghi là đã nộp.")
    born = f"Ngày sinh không khai; trên giấy tờ là {reading.born:%d/%m/%Y}." if reading.born else ""
    changed = "Theo ngày sinh trên giấy tờ, các mục cần xác minh đã đổi." if reading.items_changed else ""
    text = " ".join(filter(None, (_compared(reading), born, changed, _unread(reading.scan))))
    return note(_kind(reading), text)


def told(event: TrailEvent, facts: Mapping[str, Any]) -> str:
    """Return what the history says of a scan or an entry; "" where another line tells it already."""
    if event is TrailEvent.SCAN:
        found = _found(*(_names(facts.get(name, ())) for name in ("filled", "differing")))
        return f"Quét {_KINDS.get(facts.get('kind', ''), 'giấy tờ')}" + (f": {found}" if found else "")
    names = _names(facts.get("items", ()))
    if event is TrailEvent.UNVERIFY:
        return f"Bỏ xác minh {names}"
    how = How(facts.get("how", How.SEEN))
    return "" if how is How.SCANNED else f"{_capital(HOWS[how])}: {names}"


def _unread(scan: Scan) -> str:
    """Return which parts of a damaged card could not be read; what scanners do to letters stands beside the table."""
    return scan.notes[0] if isinstance(scan, CitizenScan | HealthScan) and scan.unread else ""


def _kind(reading: Reading) -> str:
    if _is_anothers(reading):
        return "bad"
    return "warn" if reading.differing else "good" if reading.filled else "info"


def _compared(reading: Reading) -> str:
    what = _what(reading.scan)
    if _is_anothers(reading):
        return f"{_capital(what)} này không phải của người khai hồ sơ này. Xin kiểm tra lại giấy tờ."
    if reading.is_guardians:
        return f"Đã quét {what} của người đi cùng: xin so với người giám hộ đã khai."
    same = f"trùng {len(reading.filled)} mục" if reading.filled else ""
    differing = f"khác {_names(reading.differing)}" if reading.differing else ""
    found = ", ".join(filter(None, (same, differing)))
    return f"{_capital(what)}: {found}." if found else f"Đã quét {what}; xin so bằng mắt các mục còn lại."


def _found(same: str, differing: str) -> str:
    return "; ".join(filter(None, (same and f"trùng {same}", differing and f"khác {differing}")))


def _is_anothers(reading: Reading) -> bool:
    """Tell whether the card is somebody else's; a child's guardian may show their own."""
    return reading.is_own is False and not reading.is_guardians


def _what(scan: Scan) -> str:
    if isinstance(scan, NumberScan):
        return "số vừa nhập"
    return "thẻ BHYT" if isinstance(scan, HealthScan) else "Căn cước/CCCD"


def _names(items: Sequence[str]) -> str:
    return ", ".join(_lower(Item(item)) for item in items)


def _lower(item: Item) -> str:
    """Return the item's name within a sentence; the abbreviation stays."""
    name = short_label(item)
    return name[0].lower() + name[1:]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
