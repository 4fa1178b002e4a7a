"""Photos at rest: each under a data key of its own, which is wrapped by a key of PHOTO_KEYS and kept in the row.

- Contents: AES-256-GCM (NIST SP 800-38D). The data key is random, made for one photo and used for its few parts only
  (full, thumbnail), each under a random 96-bit nonce that stands before the ciphertext: with two or three messages to a
  key a repeated nonce is out of the question. The photo's id (`context`) is bound as associated data, so that a blob
  put in another photo's place does not open.
- Data key: AES key wrap (RFC 3394, NIST SP 800-38F). It needs no nonce, so there is no bound on how many keys one key
  of PHOTO_KEYS may wrap, and it notices tampering by itself.

Deleting the row deletes the wrapped key, and with it every copy of the blob. Changing the key (`rewrap`) touches rows
only, never blobs.
Blob: one byte version (1), 12 bytes nonce, ciphertext, 16 bytes tag.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from backoffice.kernel.errors import DomainError

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_LABEL = b"backoffice photo 1\x00"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_FEWEST_VALUES = 16  # 32 random bytes have fewer than 16 different values about once in 10^15


class PhotoUnreadable(DomainError):
    """A photo that does not open: altered, in another photo's place, or under a key that PHOTO_KEYS no longer has."""

    status = 500
    code = "photo_unreadable"
    title = "Không mở được ảnh"

    def __init__(self) -> None:
        super().__init__("Không mở được ảnh này. Tờ khai và các ảnh khác vẫn nguyên vẹn. Xin báo quản trị hệ thống.")


class KeyRing:
    """The keys of PHOTO_KEYS by name. The first one wraps what is new; the others open what is old."""

    def __init__(self, keys: Sequence[tuple[str, bytes]]) -> None:
        if not keys:
            raise ValueError("PHOTO_KEYS is empty: give at least one key as name:base64 of 32 random bytes")
        self._keys: dict[str, bytes] = {}
        for name, key in keys:
            _check_key(name, key)
            if name in self._keys:
                raise ValueError(f"PHOTO_KEYS names {name!r} twice")
            if key in self._keys.values():
                raise ValueError(f"PHOTO_KEYS has the key of {name!r} under another name as well")
            self._keys[name] = key
        self.current = keys[0][0]

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """The ring of a setting "name:base64-of-32-bytes,name2:…"; ValueError names the fault, never a key."""
        return cls([_parse_entry(entry) for entry in text.split(",") if entry.strip()])

    @property
    def names(self) -> tuple[str, ...]:
        """The names, the current one first."""
        return tuple(self._keys)

    def wrap(self, data_key: bytes) -> tuple[bytes, str]:
        """(wrapped data key, name of the key that wrapped it)."""
        return aes_key_wrap(self._keys[self.current], data_key), self.current

    def unwrap(self, wrapped_key: bytes, key_name: str) -> bytes:
        """The data key; raises `PhotoUnreadable`."""
        key = self._keys.get(key_name)
        if key is None:
            raise PhotoUnreadable
        try:
            return aes_key_unwrap(key, wrapped_key)
        except (InvalidUnwrap, ValueError) as error:
            raise PhotoUnreadable from error

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._keys)})"


@dataclass(frozen=True)
class Sealed:
    """An encrypted part of a photo: `blob` goes to the store, `wrapped_key` and `key_name` into the row."""

    blob: bytes
    wrapped_key: bytes
    key_name: str


def seal(ring: KeyRing, plain: bytes, context: bytes) -> Sealed:
    """Encrypt under a new data key, bound to `context` (the photo's id), which must be given again to open."""
    return seal_many(ring, [(plain, context)])[0]


def seal_many(ring: KeyRing, parts: Iterable[tuple[bytes, bytes]]) -> tuple[Sealed, ...]:
    """Encrypt the parts of one photo, each (plain, context), under one new data key and a nonce each.

    The contexts must differ (say, the photo's id followed by b"/full" and b"/thumb"), so that one part cannot be passed
    off as the other; ValueError when they do not.
    """
    pairs = list(parts)
    if len({context for _, context in pairs}) != len(pairs):
        raise ValueError("the parts of a photo need contexts that differ")
    data_key = AESGCM.generate_key(8 * KEY_BYTES)
    wrapped_key, key_name = ring.wrap(data_key)
    cipher = AESGCM(data_key)
    return tuple(Sealed(_encrypt(cipher, plain, context), wrapped_key, key_name) for plain, context in pairs)


def open_sealed(ring: KeyRing, blob: bytes, wrapped_key: bytes, key_name: str, context: bytes) -> bytes:
    """Decrypt one part; raises `PhotoUnreadable` when anything was altered, the context differs, the key is unknown."""
    data_key = ring.unwrap(wrapped_key, key_name)
    if blob[:1] != _VERSION or len(blob) < 1 + _NONCE_BYTES + _TAG_BYTES:
        raise PhotoUnreadable
    nonce, body = blob[1 : 1 + _NONCE_BYTES], blob[1 + _NONCE_BYTES :]
    try:
        return AESGCM(data_key).decrypt(nonce, body, _LABEL + context)
    except (InvalidTag, ValueError) as error:
        raise PhotoUnreadable from error


def rewrap(ring: KeyRing, wrapped_key: bytes, key_name: str) -> tuple[bytes, str]:
    """The same data key under the current key, as (wrapped key, key name); raises `PhotoUnreadable`."""
    return ring.wrap(ring.unwrap(wrapped_key, key_name))


def _encrypt(cipher: AESGCM, plain: bytes, context: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + cipher.encrypt(nonce, plain, _LABEL + context)


def _parse_entry(entry: str) -> tuple[str, bytes]:
    name, colon, text = entry.strip().partition(":")
    if not colon:
        raise ValueError("PHOTO_KEYS holds an entry without a name: write name:base64 of 32 random bytes")
    try:
        return name, base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise ValueError(f"PHOTO_KEYS: the key of {name!r} is not base64") from error


def _check_key(name: str, key: bytes) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"PHOTO_KEYS: {name!r} is no name; use up to 32 of a-z, 0-9, - and _")
    if len(key) != KEY_BYTES:
        raise ValueError(f"PHOTO_KEYS: the key of {name!r} has {len(key)} bytes instead of {KEY_BYTES}")
    if len(set(key)) < _FEWEST_VALUES or all(32 <= value < 127 for value in key):
        raise ValueError(f"PHOTO_KEYS: the key of {name!r} is not random; make one with: openssl rand -base64 32")
