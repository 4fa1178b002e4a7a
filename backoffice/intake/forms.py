"""Reading what a machine sends: multipart with one JSON part and photos, within bounds (RFC 7578, RFC 8259).

The parts stay in memory: photos of papers must not pass through temporary files in clear.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Protocol

from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from backoffice.kernel.errors import DomainError, TooLarge

MAX_REQUEST_BYTES = 49 * 1024 * 1024
"""The whole request: four photos of 12 MiB and the words."""
MAX_JSON_BYTES = 64 * 1024
MAX_PARTS = 8
MAX_DEPTH = 8
_CHUNK = 64 * 1024
_DECODER_BYTES = 4 * _CHUNK
"""What the decoder may hold back while it looks for a boundary: headers and preambles are bounded by it."""


class Stream(Protocol):
    """Bytes to be read once."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""
        ...


class MalformedRequest(DomainError):
    """Not the multipart or the JSON it says it is (400)."""

    status = 400
    code = "malformed"
    title = "Yêu cầu không đọc được"


class WrongContentType(DomainError):
    """Another kind of body than is taken (415)."""

    status = 415
    code = "wrong_content_type"
    title = "Kiểu dữ liệu không đúng"


@dataclass(frozen=True)
class Sent:
    """What came: the JSON value of part `declaration` (None without one), and the bytes of every other part."""

    declaration: object = None
    photos: dict[str, bytes] = field(default_factory=dict)


def read_sent(stream: Stream, content_type: str) -> Sent:
    """Return the parts of a multipart body.

    Raises WrongContentType, MalformedRequest (also for a part sent twice), TooLarge; werkzeug's RequestEntityTooLarge
    for too many parts or endless headers.
    """
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data":
        raise WrongContentType("Xin gửi dữ liệu theo kiểu multipart/form-data: phần declaration và các ảnh.")
    parts: dict[str, bytes] = {}
    try:
        for name, data in _parts(stream, options.get("boundary", "").encode("ascii")):
            if name in parts:
                raise MalformedRequest("Có phần được gửi hai lần trong một yêu cầu. Xin gửi mỗi phần một lần.")
            parts[name] = data
    except ValueError:
        raise MalformedRequest(
            "Không tách được các phần của dữ liệu multipart: thiếu boundary, hoặc dữ liệu bị cắt. Xin gửi lại."
        ) from None
    declaration = parts.pop("declaration", None)
    return Sent(None if declaration is None else read_json(declaration), parts)


def read_json(data: bytes) -> object:
    """Return the JSON value in UTF-8 `data`; raises MalformedRequest, also for a name given twice and for NaN."""
    try:
        value: object = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_constant)
        _check_depth(value)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        raise MalformedRequest(
            "Phần declaration không phải JSON đúng cách viết, bảng mã UTF-8, mỗi mục một lần. Xin xem lại rồi gửi lại."
        ) from None
    return value


def _parts(stream: Stream, boundary: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each part, but for file boxes that were left empty; raises ValueError."""
    if not boundary:
        raise ValueError("no boundary")
    decoder = MultipartDecoder(boundary, _DECODER_BYTES, max_parts=MAX_PARTS)
    part: Field | File | None = None
    pieces: list[bytes] = []
    for chunk in chain(iter(lambda: stream.read(_CHUNK), b""), (None,)):
        decoder.receive_data(chunk)
        while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
            if isinstance(event, Field | File):
                part, pieces = event, []
            elif isinstance(event, Data) and part is not None:
                pieces.append(event.data)
                _bound(part, pieces)
                if not event.more_data and not _left_empty(part, pieces):
                    yield part.name or "", b"".join(pieces)


def _bound(part: Field | File, pieces: list[bytes]) -> None:
    if part.name == "declaration" and sum(map(len, pieces)) > MAX_JSON_BYTES:
        raise TooLarge("Phần declaration lớn hơn 64 KB. Xin gửi ảnh trong các phần riêng, không đặt trong JSON.")


def _left_empty(part: Field | File, pieces: list[bytes]) -> bool:
    return isinstance(part, File) and not part.filename and not any(pieces)


def _check_depth(value: object, room: int = MAX_DEPTH) -> None:
    if room == 0:
        raise ValueError("nested too deeply")
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for inner in inside:
        _check_depth(inner, room - 1)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name given twice")
    return made


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
