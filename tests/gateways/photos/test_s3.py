"""Encrypted photos in an object store: as in a folder, against a server that speaks S3 (moto's)."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from backoffice.gateways.photos import PhotoMissing, PhotoStore, StoreUnavailable, open_store, s3
from backoffice.gateways.photos.s3 import MOST_DELETED

KEY = "0f" * 16
OTHER = "a1" * 16


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a store that speaks S3."""
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-tests")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def bucket(server: str, credentials: None) -> Iterator[Any]:
    """An empty bucket named photos."""
    made = boto3.resource("s3", endpoint_url=server, region_name="us-east-1").Bucket("photos")
    made.create()
    yield made
    made.objects.delete()
    made.delete()


@pytest.fixture
def store(server: str, bucket: Any) -> PhotoStore:
    return open_store(f"s3://photos/of/desk?endpoint={server}")


def names(bucket: Any) -> list[str]:
    return [one.key for one in bucket.objects.all()]


def test_what_is_put_is_got_by_any_process_that_opens_the_bucket(store: PhotoStore, server: str, bucket: Any) -> None:
    store.put(KEY, b"blob")
    store.put(f"{KEY}.thumb", b"small")
    again = open_store(f"s3://photos/of/desk/?endpoint={server}")
    assert (again.get(KEY), again.get(f"{KEY}.thumb")) == (b"blob", b"small")
    assert names(bucket) == [f"of/desk/{KEY}", f"of/desk/{KEY}.thumb"]


def test_a_blob_put_again_takes_the_place_of_the_first(store: PhotoStore) -> None:
    store.put(KEY, b"first")
    store.put(KEY, b"second")
    assert store.get(KEY) == b"second"


def test_a_missing_blob_is_said_to_be_missing(store: PhotoStore) -> None:
    with pytest.raises(PhotoMissing):
        store.get(KEY)


def test_deleting_twice_is_deleting_once(store: PhotoStore, bucket: Any) -> None:
    store.put(KEY, b"blob")
    store.delete([KEY])
    store.delete([KEY, OTHER])
    store.delete([])
    assert names(bucket) == []


def test_more_are_deleted_than_one_call_takes(store: PhotoStore, bucket: Any) -> None:
    keys = [f"{number:032x}" for number in range(MOST_DELETED + 2)]
    for key in (keys[0], keys[MOST_DELETED - 1], keys[MOST_DELETED], keys[-1], OTHER):
        store.put(key, b"x")
    store.delete(iter(keys))
    assert names(bucket) == [f"of/desk/{OTHER}"]


def test_a_listing_goes_on_after_any_key_over_pages_and_tells_when_each_was_put(
    store: PhotoStore, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "LISTED", 3)
    bucket.put_object(Key="of/desk/notes.txt", Body=b"not ours")
    bucket.put_object(Key=f"of/{KEY}", Body=b"elsewhere")
    keys = sorted([f"{number:032x}" for number in range(10)] + [f"{0:032x}.thumb"])
    for key in keys:
        bucket.put_object(Key=f"of/desk/{key}", Body=b"x")
    blobs = list(store.listed())
    assert [blob.key for blob in blobs] == keys
    assert all(abs(blob.put_at - datetime.now(UTC)) < timedelta(hours=1) for blob in blobs)
    assert [blob.key for blob in store.listed(keys[-3])] == keys[-2:]
    assert list(store.listed(keys[-1])) == []


@pytest.mark.parametrize("key", ["", "short", f"../{KEY}", f"{KEY}/x", KEY.upper(), f"{KEY}.thumb.thumb"])
def test_a_key_that_could_name_anything_else_is_refused_everywhere(store: PhotoStore, bucket: Any, key: str) -> None:
    for use in (lambda: store.put(key, b"x"), lambda: store.get(key), lambda: store.delete([key])):
        with pytest.raises(ValueError):
            use()
    assert names(bucket) == []


def test_a_bucket_that_is_not_there_is_not_a_missing_photo(server: str) -> None:
    store = open_store(f"s3://nowhere/of/desk?endpoint={server}")
    uses = (
        lambda: store.put(KEY, b"x"), lambda: store.get(KEY), lambda: store.delete([KEY]), lambda: list(store.listed()),
    )  # fmt: skip
    for use in uses:
        with pytest.raises(StoreUnavailable):
            use()


def test_a_store_that_is_away_is_said() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        store = open_store(f"s3://photos/of/desk?endpoint=http://127.0.0.1:{closed.getsockname()[1]}&region=vn-1")
        for use in (lambda: store.put(KEY, b"x"), lambda: store.get(KEY), lambda: list(store.listed())):
            with pytest.raises(StoreUnavailable) as caught:
                use()
    assert "Xin thử lại" in caught.value.message


def test_without_credentials_nothing_is_kept_and_it_is_said(
    store: PhotoStore, bucket: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(StoreUnavailable):
        store.put(KEY, b"x")
