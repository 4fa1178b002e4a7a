"""SMPP 3.4 in words: a message as its parts, an answer as a fate, a deliver_sm as a receipt."""

from __future__ import annotations

import re
import struct
from typing import Any, NamedTuple

from smpplib import consts

from backoffice.gateways.delivery import GatewayDown, GatewayRefused, Receipt
from backoffice.gateways.sms import wording
from backoffice.gateways.sms.encoding import Encoding, encoded
from backoffice.identity.malformed import Malformed
from backoffice.identity.phone import normalize_phone

THROTTLED = frozenset({consts.SMPP_ESME_RTHROTTLED, consts.SMPP_ESME_RMSGQFUL})
_BAD_NUMBERS = frozenset(
    {
        consts.SMPP_ESME_RINVDSTADR,
        consts.SMPP_ESME_RINVDSTTON,
        consts.SMPP_ESME_RINVDSTNPI,
        consts.SMPP_ESME_RINVNUMDESTS,
    }
)
_REFUSED = frozenset({consts.SMPP_ESME_RINVMSGLEN, consts.SMPP_ESME_RINVESMCLASS})
_RECEIPT = re.compile(
    rb"\bid:(?P<id>\S+).*?\bstat:(?P<stat>[A-Z]+)(?:.*?\berr:(?P<err>\w+))?", re.IGNORECASE | re.DOTALL
)
_STATES = {2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 8: "REJECTD"}
"""message_state of a receipt that has an end (SMPP 3.4, 5.2.28); any other tells nothing yet, or nothing at all."""
_ESM_RECEIPT, _ESM_UNDER_WAY = 0x04 | 0x08, 0x20
"""esm_class of deliver_sm: a receipt or an acknowledgement of delivery; an intermediate notification."""


_HEADER = struct.Struct(">LLLL")
HEADER_LENGTH = _HEADER.size
_SUBMIT, _SUBMITTED = 0x00000004, 0x80000004
_LONGEST_ADDRESS = 20


class Answer(NamedTuple):
    """What came back for a submit_sm: its answer, or that the centre did not understand it."""

    sequence: int
    status: int
    message_id: bytes = b""
    is_nack: bool = False


class Part(NamedTuple):
    """One submit_sm of a message: bytes in the message centre's alphabet, with its user data header if it has one."""

    content: bytes
    data_coding: int
    esm_class: int
    is_last: bool
    """The receipt is asked for the last part alone: it has arrived when that has."""


def parts_of(text: str, reference: int) -> list[Part]:
    """Return the parts of `text`: one, or several joined by user data headers of that `reference` (3GPP TS 23.040).

    Raises UnicodeError for half a character, ValueError for more than 255 parts.
    """
    encoding, contents = encoded(text)
    coding = consts.SMPP_ENCODING_DEFAULT if encoding is Encoding.GSM7 else consts.SMPP_ENCODING_ISO10646
    if len(contents) == 1:
        return [Part(contents[0], coding, consts.SMPP_MSGTYPE_DEFAULT, is_last=True)]
    count = len(contents)
    return [
        Part(_header(reference, count, number) + content, coding, consts.SMPP_GSMFEAT_UDHI, number == count)
        for number, content in enumerate(contents, start=1)
    ]


def address(ton: int, npi: int, number: str) -> bytes:
    """Return an address as a PDU has it, cut off where it is too long (SMPP 3.4, 5.2.5 to 5.2.9)."""
    return bytes((ton, npi)) + number.encode("latin-1")[:_LONGEST_ADDRESS] + b"\0"


def submit_sm(sequence: int, source: bytes, destination: bytes, part: Part) -> bytes:
    """Return the PDU that hands a part over (SMPP 3.4, 4.4.1); all that is not given is the centre's to choose.

    Written here, not by smpplib, which takes as long for it as all else that a message costs.
    """
    content = part.content
    body = b"".join(
        (
            b"\0",  # service_type
            source,
            destination,
            bytes((part.esm_class, 0, 0)),  # protocol_id, priority_flag
            b"\0\0",  # schedule_delivery_time, validity_period
            bytes((part.is_last, 0, part.data_coding, 0, len(content))),  # registered_delivery, replace_if_present, …
            content,
        )
    )
    return _HEADER.pack(HEADER_LENGTH + len(body), _SUBMIT, consts.SMPP_ESME_ROK, sequence) + body


def answer_in(pdu: bytes | bytearray) -> Answer | None:
    """Return what a submit_sm_resp says (SMPP 3.4, 4.4.2); None for any other PDU."""
    _, command, status, sequence = _HEADER.unpack_from(pdu)
    if command != _SUBMITTED:
        return None
    return Answer(sequence, status, bytes(pdu[HEADER_LENGTH:]).partition(b"\0")[0])


def refusal(status: int) -> GatewayRefused | GatewayDown:
    """Return what the status of a submit_sm_resp other than ESME_ROK means."""
    code = str(status)
    if status in _BAD_NUMBERS:
        return GatewayRefused(wording.with_code(wording.BAD_NUMBER, code))
    if status in _REFUSED:
        return GatewayRefused(wording.with_code(wording.REFUSED, code))
    return GatewayDown(wording.with_code(wording.BUSY, code))


def is_receipt(pdu: Any) -> bool:
    """Tell whether a deliver_sm is a receipt; else somebody has written to us, whom nobody answers."""
    esm_class = pdu.esm_class or 0
    if esm_class & _ESM_UNDER_WAY:
        return False
    return bool(esm_class & _ESM_RECEIPT) or pdu.receipted_message_id is not None


def receipt_of(pdu: Any) -> Receipt | None:
    """Return what a receipt says, None while the message is still under way, or when it names no message."""
    found = _RECEIPT.search(pdu.short_message or pdu.message_payload or b"")
    gateway_id = _text(pdu.receipted_message_id) or (_text(found["id"]) if found else "")
    state = _STATES.get(pdu.message_state or 0, "") or (_text(found["stat"]).upper() if found else "")
    if not gateway_id or state not in _STATES.values():
        return None
    phone = _phone(_text(pdu.source_addr))
    if state == "DELIVRD":
        return Receipt(gateway_id, phone, arrived=True)
    error = _text(found["err"]) if found and found["err"] else ""
    return Receipt(gateway_id, phone, arrived=False, reason_vi=wording.of_state(state, error.lstrip("0")))


def _header(reference: int, count: int, number: int) -> bytes:
    """Return "part `number` of `count`" (3GPP TS 23.040, 9.2.3.24.1)."""
    return bytes([5, 0, 3, reference % 256, count, number])


def _text(value: bytes | str | None) -> str:
    if value is None:
        return ""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return text.strip("\0 ")


def _phone(address: str) -> str:
    try:
        return normalize_phone(address)
    except Malformed:
        return ""
