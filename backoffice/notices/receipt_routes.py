"""Where gateways report by HTTP how messages fared; the mark in the address proves that we asked for it."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from backoffice.gateways.sms.marks import PATH
from backoffice.kernel import rates
from backoffice.kernel.errors import Fault, InvalidInput, NotFound
from backoffice.notices import receipts
from backoffice.web.guard import proven

api = Blueprint("receipts", __name__)

FORGED_A_MINUTE = 60


@api.route(f"{PATH}/<gateway>/<mark>", methods=["GET", "POST"])
@proven
def receive(gateway: str, mark: str) -> Response:
    """Take one receipt: `status` as Kannel numbers it; 204 however often it is said, 404 for a mark that is forged."""
    try:
        receipts.report(gateway, mark, _status())
    except NotFound:
        rates.count("receipt_forged", request.remote_addr or "", FORGED_A_MINUTE, 60)
        raise
    return make_response("", 204)


def _status() -> int:
    given = request.values.get("status", "")
    if not (given.isascii() and given.isdecimal() and len(given) < 4):
        raise InvalidInput([Fault("status", "Thiếu hoặc sai mã trạng thái (1, 2, 4, 8 hoặc 16).")])
    return int(given)
