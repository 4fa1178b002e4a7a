"""Encrypted photos in an object store that speaks S3: Amazon's, MinIO, Ceph, and others by `?endpoint=`.

boto3 comes with the extra `s3` and is imported when such a store is opened. Credentials are where it looks for them
(AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, a machine's role): never in the address.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import structlog

from backoffice.gateways.photos.store import Blob, PhotoMissing, StoreUnavailable, checked, is_key

log = structlog.get_logger()

MOST_DELETED = 1000
"""Objects one DeleteObjects call takes."""
LISTED = 1000
"""Objects a page of a listing, at most 1,000."""
_GONE = frozenset({"NoSuchKey", "404"})


@dataclass(frozen=True)
class Bucket:
    """Where the blobs lie: `prefix` ends in "/" or is empty; `endpoint` and `region` None are boto3's own."""

    name: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None


class S3Store:
    """A `PhotoStore` in a bucket, one object a blob. Nothing is asked of the bucket before the first photo.

    The bucket must list in the order of the keys, as all do but Amazon's directory buckets.
    """

    def __init__(self, bucket: Bucket) -> None:
        from boto3.session import Session

        self._bucket = bucket
        self._session = Session()
        self._client: tuple[int, Any] | None = None

    def put(self, key: str, blob: bytes) -> None:
        """See `PhotoStore`; an object is there whole or not at all."""
        with _said():
            self._asked.put_object(Bucket=self._bucket.name, Key=self._named(key), Body=blob)

    def get(self, key: str) -> bytes:
        """See `PhotoStore`."""
        with _said():
            blob: bytes = self._asked.get_object(Bucket=self._bucket.name, Key=self._named(key))["Body"].read()
            return blob

    def delete(self, keys: Iterable[str]) -> None:
        """See `PhotoStore`."""
        rest = ({"Key": self._named(key)} for key in keys)
        while objects := list(islice(rest, MOST_DELETED)):
            with _said():
                answer = self._asked.delete_objects(
                    Bucket=self._bucket.name, Delete={"Objects": objects, "Quiet": True}
                )
            if answer.get("Errors"):
                log.error("photo store refused to delete", error=answer["Errors"][0].get("Code"))
                raise StoreUnavailable

    def listed(self, after: str = "") -> Iterator[Blob]:
        """See `PhotoStore`; a page of 1,000 at a time."""
        prefix = self._bucket.prefix
        pages = self._asked.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket.name, Prefix=prefix, StartAfter=prefix + after, MaxKeys=LISTED
        )
        with _said():
            for page in pages:
                for found in page.get("Contents", ()):
                    key = found["Key"].removeprefix(prefix)
                    if is_key(key):
                        yield Blob(key, found["LastModified"])

    def tidy(self) -> None:
        """See `PhotoStore`: nothing is ever half written here."""

    def _named(self, key: str) -> str:
        return self._bucket.prefix + checked(key)

    @property
    def _asked(self) -> Any:
        """The client of this process: its connections are not for a fork."""
        if self._client is None or self._client[0] != os.getpid():
            self._client = (os.getpid(), self._made())
        return self._client[1]

    def _made(self) -> Any:
        from botocore.config import Config

        return self._session.client(
            "s3",
            endpoint_url=self._bucket.endpoint,
            region_name=self._bucket.region,
            config=Config(
                connect_timeout=3,
                read_timeout=10,
                retries={"mode": "standard", "total_max_attempts": 3},
                max_pool_connections=16,
                # GCM tells what was altered; checksums in trailers are not understood by every store.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={"addressing_style": "path" if self._bucket.endpoint else "auto"},
            ),
        )


@contextmanager
def _said() -> Iterator[None]:
    """Tell a missing object from a store that is out; the reason of the latter is for the log, it names no key."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _GONE:
            raise PhotoMissing from error
        log.error("photo store refused", error=code)
        raise StoreUnavailable from error
    except (BotoCoreError, OSError) as error:
        log.error("photo store out", error=type(error).__name__)
        raise StoreUnavailable from error
