"""The archive an .xlsx file is, looked at before anything in it is unpacked (zip bombs, other kinds of file)."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from backoffice.gateways.sheets.refusal import broken, too_big, unfit

MOST_ENTRIES = 1000
MOST_UNPACKED = 50 * 1024 * 1024
MOST_RATIO = 200
_KNOWN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The ways of packing that the format knows (ECMA-376, part 2); others can make us use much more memory."""
_RATIO_COUNTS_FROM = 1024 * 1024
_CHUNK = 64 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OTHERS = ("word/", "ppt/")


def is_archive(data: bytes) -> bool:
    """Tell whether the file is an archive, as workbooks are; raises InvalidInput for the kinds of before 2007."""
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise unfit(
                "Tệp được đặt mật khẩu nên không đọc được. Xin bỏ mật khẩu trong Excel, lưu rồi gửi lại.", "encrypted"
            )
        raise unfit("Tệp là Excel đời cũ (.xls). Xin mở bằng Excel, lưu lại dạng .xlsx rồi gửi lại.", "old_excel")
    return data.startswith(b"PK")


def open_workbook(data: bytes) -> zipfile.ZipFile:
    """Return the archive of an .xlsx file, of a size that may be unpacked; raises InvalidInput saying what is wrong.

    The sizes an archive states may be trusted: `zipfile` gives no more of an entry than it states.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise broken() from None
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise too_big()
    if any(
        entry.file_size > _RATIO_COUNTS_FROM and entry.file_size > MOST_RATIO * max(1, entry.compress_size)
        for entry in entries
    ):
        raise too_big()
    if any(entry.flag_bits & 1 for entry in entries):
        raise unfit("Tệp được đặt mật khẩu nên không đọc được. Xin bỏ mật khẩu rồi gửi lại.", "encrypted")
    if any(entry.compress_type not in _KNOWN for entry in entries):
        raise unfit("Tệp được nén theo cách mà Excel không dùng. Xin mở bằng Excel, lưu lại dạng .xlsx rồi gửi lại.")
    _refuse_others(set(archive.namelist()))
    return archive


def chunks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield the unpacked bytes of an entry, little by little; raises InvalidInput when it is missing or broken."""
    try:
        with archive.open(name) as entry:
            while chunk := entry.read(_CHUNK):
                yield chunk
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        raise broken() from None


def _refuse_others(names: set[str]) -> None:
    if "xl/workbook.xml" in names:
        return
    if "mimetype" in names and "content.xml" in names:
        raise unfit("Tệp là OpenDocument (.ods). Xin lưu lại dạng Excel .xlsx rồi gửi lại.")
    if "xl/workbook.bin" in names:
        raise unfit("Tệp là Excel nhị phân (.xlsb). Xin lưu lại dạng .xlsx rồi gửi lại.")
    if any(name.startswith(_OTHERS) for name in names):
        raise unfit("Tệp không phải bảng tính Excel. Xin chọn tệp .xlsx.")
    raise broken()
