"""Where encrypted photos lie: one small interface; a folder (`folder`) or an object store (`s3`) behind it.

`open_store` chooses by PHOTO_STORE_URL. What is stored is opaque here. A key names one blob: 32 lower-case letters or
digits (a random number, never anything of a person), and a suffix if need be, as in "0f3c…e1.thumb".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, Protocol

from backoffice.kernel.errors import NotFound, Unavailable

_KEY = re.compile(r"[a-z0-9]{32}(?:[._-][a-z0-9]{1,16})?")


class PhotoMissing(NotFound):
    """The store has no such blob."""

    code = "photo_missing"

    def __init__(self) -> None:
        super().__init__("Ảnh này không còn trong kho ảnh. Xin báo quản trị hệ thống nếu tờ khai vẫn còn hiệu lực.")


class StoreUnavailable(Unavailable):
    """The store cannot write or read now (disk full, fault of the disk or the network); nothing was kept."""

    code = "photo_store_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "Kho ảnh tạm thời không dùng được nên ảnh chưa lưu hoặc chưa mở được. Xin thử lại sau ít phút."
        )


class Blob(NamedTuple):
    """A blob as a listing tells of it: its key, and when it was put (by the store's clock)."""

    key: str
    put_at: datetime


class PhotoStore(Protocol):
    """Blobs by key. Every call raises ValueError on what is no key, and `StoreUnavailable` when the store is out."""

    def put(self, key: str, blob: bytes) -> None:
        """Keep a blob, in place of one of that key; once this returns it survives a crash of the machine."""

    def get(self, key: str) -> bytes:
        """The blob; raises `PhotoMissing`."""
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Remove the blobs; nothing happens where there is none. A crash may bring some back."""

    def listed(self, after: str = "") -> Iterator[Blob]:
        """Every blob whose key comes after `after`, in the order of the keys.

        What is put or deleted meanwhile may or may not be among them; what is no blob of ours never is. Holds no more
        than a few thousand of them at once.
        """
        ...

    def tidy(self) -> None:
        """Remove what killed processes left half written."""


def checked(key: str) -> str:
    """The key itself; ValueError when it is none."""
    if not is_key(key):
        raise ValueError("not a photo key")
    return key


def is_key(text: str) -> bool:
    """Whether `text` is a key."""
    return _KEY.fullmatch(text) is not None
