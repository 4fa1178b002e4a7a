"""A zip of photos as a stranger sends it: looked at before anything is unpacked, then read one photo at a time.

Names are never used as places on a disk: nothing is ever written. What is no photo by its size or packing is told by
name, so that the rest can be taken.
"""

from __future__ import annotations

import unicodedata
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

from backoffice.gateways.photos.limits import MAX_BYTES
from backoffice.identity.text import visible
from backoffice.kernel.errors import Fault, InvalidInput

MOST_ENTRIES = 20_000
MOST_DIRECTORY = 4 * 1024 * 1024
"""Bytes of the table of contents: some 40,000 entries, which take 30 MB once read."""
MOST_RATIO = 4
"""Photos are packed already: a zip of them is hardly smaller than they are."""
SMALL = 32 * 1024 * 1024
"""What may come out of any zip."""
LONGEST_NAME = 200
_KNOWN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NOTHING_DONE = "Chưa lấy ảnh nào trong tệp này."
_OLE, _RAR, _7Z = b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf\x27\x1c"
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_OF_SYSTEMS = frozenset({"thumbs.db", "desktop.ini", ".ds_store"})


@dataclass(frozen=True)
class Entry:
    """A file in the zip: its place there, its path with "/" in NFC, its size unpacked, and a mark of its contents."""

    at: int
    path: str
    size: int
    crc: int


class Bundle:
    """An opened zip; `entries` are its files without folders and what operating systems leave in."""

    def __init__(self, data: bytes) -> None:
        """Look at the zip; raises InvalidInput (field "photos") with a sentence for one that is not taken."""
        self._archive = _opened(data)
        infos = self._archive.infolist()
        _bound(infos, len(data))
        self._infos = infos
        self.entries: Sequence[Entry] = [
            Entry(at, path, info.file_size, info.CRC)
            for at, info in enumerate(infos)
            if not info.is_dir() and not _is_of_systems(path := _path(info))
        ]

    def read(self, entry: Entry) -> bytes | None:
        """Return what is in a file, at most one byte more than a photo may have; None when it does not unpack."""
        try:
            with self._archive.open(self._infos[entry.at]) as opened:
                return opened.read(MAX_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
            return None


def unfit(sentence: str, code: str) -> InvalidInput:
    """Return the refusal of a zip."""
    whole = f"{sentence} {_NOTHING_DONE}"
    return InvalidInput([Fault("photos", whole, code)], whole)


class _Bounded(BytesIO):
    """The bytes of a zip, of which nobody reads a table of contents that is too long."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MOST_DIRECTORY:
            raise unfit("Tệp zip có quá nhiều tệp bên trong. Xin chia thành nhiều tệp zip rồi gửi lại.", "too_many")
        return super().read(size)


def _opened(data: bytes) -> zipfile.ZipFile:
    if not data.strip(b"\0"):
        raise unfit("Tệp ảnh trống. Xin chọn tệp zip có ảnh của từng người.", "empty")
    if data.startswith((_RAR, _7Z, _OLE)):
        raise unfit("Tệp ảnh không phải zip. Xin nén lại thành .zip (không đặt mật khẩu) rồi gửi lại.", "not_zip")
    try:
        return zipfile.ZipFile(_Bounded(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
        code = "broken" if data.startswith(b"PK") else "not_zip"
        sentence = "Tệp zip bị hỏng hoặc tải lên chưa đủ" if code == "broken" else "Tệp ảnh không phải zip"
        raise unfit(f"{sentence}. Xin nén lại thành .zip (không đặt mật khẩu) rồi gửi lại.", code) from None


def _bound(infos: Sequence[zipfile.ZipInfo], packed: int) -> None:
    if len(infos) > MOST_ENTRIES:
        raise unfit("Tệp zip có quá nhiều tệp bên trong. Xin chia thành nhiều tệp zip rồi gửi lại.", "too_many")
    if any(info.flag_bits & _ENCRYPTED for info in infos):
        raise unfit("Tệp zip đặt mật khẩu nên không mở được. Xin nén lại không đặt mật khẩu rồi gửi lại.", "encrypted")
    if any(info.compress_type not in _KNOWN for info in infos):
        raise unfit("Tệp zip nén theo cách ít dùng nên không mở được. Xin nén lại thành .zip thường.", "packing")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > max(SMALL, MOST_RATIO * packed):
        raise unfit("Tệp zip phình quá lớn khi mở ra nên không được nhận. Xin nén lại riêng các ảnh.", "bomb")


def _path(info: zipfile.ZipInfo) -> str:
    """Return the path as people read it: macOS writes UTF-8 without saying so, Windows writes backslashes."""
    name = info.filename
    if not info.flag_bits & _UTF8_NAME:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    parts = [visible(part) for part in unicodedata.normalize("NFC", name).replace("\\", "/").split("/")]
    return "/".join(part for part in parts if part not in ("", ".", ".."))[-LONGEST_NAME:]


def _is_of_systems(path: str) -> bool:
    """Tell whether a system left it in: nobody misses it, so nobody is told."""
    parts = path.split("/")
    return "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1].casefold() in _OF_SYSTEMS
