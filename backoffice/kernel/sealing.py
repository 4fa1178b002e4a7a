"""Sealing small secrets for the time they rest: AES-GCM under keys derived from SECRET_KEY."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backoffice import config

_NONCE_BYTES = 12
_TAG_BYTES = 16


class BrokenSeal(Exception):
    """The bytes were not sealed by us for this purpose and owner, or SECRET_KEY is another one by now."""


def seal(purpose: str, owner: str, secret: bytes) -> bytes:
    """Return `secret` encrypted: it opens again only for the same `purpose` and `owner`."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(purpose).encrypt(nonce, secret, owner.encode())


def unseal(purpose: str, owner: str, sealed: bytes) -> bytes:
    """Return what `seal` was given; raises BrokenSeal."""
    if len(sealed) < _NONCE_BYTES + _TAG_BYTES:
        raise BrokenSeal
    try:
        return _cipher(purpose).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner.encode())
    except InvalidTag as broken:
        raise BrokenSeal from broken


def _cipher(purpose: str) -> AESGCM:
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"backoffice signin {purpose}".encode())
    return AESGCM(derive.derive(config.current().secret_key.encode()))
