"""No scanner, or one that is broken: the QR is read from a photo of it (issue 4, item 1)."""

from __future__ import annotations

from backoffice.decision.queries import declaration_for
from backoffice.decision.refusals import require_open
from backoffice.decision.scan import Reading, scan
from backoffice.gateways.photos import get_pool
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do

NOT_READ = (
    "Chưa đọc được mã QR trên ảnh, chưa có gì thay đổi. Xin đưa thẻ gần ống kính để mã QR choán khoảng một phần ba "
    "ảnh, đủ sáng, không lóa, không nghiêng, rồi chụp lại; hoặc gõ số giấy tờ vào ô quét."
)


def ask_to_scan(receipt_code: str, officer: Actor) -> None:
    """Raise as `scan_photo` does when `officer` cannot scan for this declaration now; changes nothing."""
    with transaction() as session:
        require_open(session, declaration_for(session, receipt_code, officer, Do.SCAN))


def scan_photo(receipt_code: str, officer: Actor, data: bytes) -> Reading:
    """Read the QR on the photo in `data` and take it like a scan with that text (decision.scan.scan); it is not kept.

    Raises InvalidInput (field photo) when no QR can be read on it, PhotoRefused for what is no photo or too heavy,
    Unavailable when photos cannot be read now; else as a scan does.
    """
    ask_to_scan(receipt_code, officer)
    text = get_pool().read_qr(data)
    if text is None:
        raise InvalidInput([Fault("photo", NOT_READ)], NOT_READ)
    return scan(receipt_code, officer, text)
