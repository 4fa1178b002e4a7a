"""Which photo store a PHOTO_STORE_URL names: file:///folder, or s3://bucket/prefix?endpoint=https://…&region=…"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from backoffice.gateways.photos.folder import FolderStore
from backoffice.gateways.photos.s3 import Bucket, S3Store
from backoffice.gateways.photos.store import PhotoStore

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")
_OPTIONS = ("endpoint", "region")


def open_store(url: str) -> PhotoStore:
    """The store of a PHOTO_STORE_URL.

    ValueError says what is wrong with another one; `StoreUnavailable` when the folder cannot be made.
    """
    place = store_place(url)
    return FolderStore(place) if isinstance(place, Path) else S3Store(place)


def store_place(url: str) -> Path | Bucket:
    """What a PHOTO_STORE_URL names, not looked at yet; ValueError says what is wrong with it."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return _bucket(parts)
    path = unquote(parts.path)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or path.strip("/") == "":
        raise ValueError(
            "PHOTO_STORE_URL must be file:/// and an absolute folder, as in file:///srv/photos, or s3://bucket/prefix"
        )
    return Path(path)


def _bucket(parts: SplitResult) -> Bucket:
    if "@" in parts.netloc:
        raise ValueError("PHOTO_STORE_URL: no credentials in it; give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    prefix = unquote(parts.path).strip("/")
    if not _BUCKET.fullmatch(parts.netloc) or (prefix and not _PREFIX.fullmatch(prefix)):
        raise ValueError("PHOTO_STORE_URL must be s3://bucket or s3://bucket/prefix, of letters, digits, . - and _")
    options = parse_qs(parts.query, keep_blank_values=True)
    for name, values in options.items():
        if name not in _OPTIONS or len(values) != 1 or not values[0]:
            raise ValueError(
                f"PHOTO_STORE_URL: {name!r} is not known or not given once; known are endpoint= and region="
            )
    endpoint = options.get("endpoint", [None])[0]
    if endpoint and (urlsplit(endpoint).scheme not in ("http", "https") or not urlsplit(endpoint).hostname):
        raise ValueError("PHOTO_STORE_URL: endpoint must be an address that begins with https://")
    if find_spec("boto3") is None:
        raise ValueError("PHOTO_STORE_URL: s3:// needs boto3, which comes with the extra: pip install 'backoffice[s3]'")
    return Bucket(parts.netloc, f"{prefix}/" if prefix else "", endpoint, options.get("region", [None])[0])
