"""Photos at rest (design 4): each under its own data key, which the row keeps wrapped."""

from __future__ import annotations

import base64
import os

import pytest

from backoffice.gateways.photos import KeyRing, PhotoUnreadable, open_sealed, rewrap, seal, seal_many

PHOTO = b"\xff\xd8\xff a portrait " * 100
HERE = b"photo-1"


def key_text(name: str, key: bytes | None = None) -> str:
    return f"{name}:{base64.b64encode(key or os.urandom(32)).decode()}"


def ring(*names: str) -> KeyRing:
    return KeyRing.parse(",".join(key_text(name) for name in names or ("first",)))


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_what_was_sealed_opens_with_its_row_and_only_so() -> None:
    keys = ring()
    sealed = seal(keys, PHOTO, HERE)
    assert sealed.key_name == "first"
    assert open_sealed(keys, sealed.blob, sealed.wrapped_key, sealed.key_name, HERE) == PHOTO
    assert b"portrait" not in sealed.blob + sealed.wrapped_key


@pytest.mark.parametrize("at", [0, 1, 12, 13, 500, -1])
def test_an_altered_blob_does_not_open(at: int) -> None:
    """Version, nonce, contents, tag."""
    keys = ring()
    sealed = seal(keys, PHOTO, HERE)
    at %= len(sealed.blob)
    with pytest.raises(PhotoUnreadable):
        open_sealed(keys, flipped(sealed.blob, at), sealed.wrapped_key, sealed.key_name, HERE)


@pytest.mark.parametrize("length", [0, 1, 12, 28, 100])
def test_a_cut_blob_does_not_open(length: int) -> None:
    keys = ring()
    sealed = seal(keys, PHOTO, HERE)
    with pytest.raises(PhotoUnreadable):
        open_sealed(keys, sealed.blob[:length], sealed.wrapped_key, sealed.key_name, HERE)


@pytest.mark.parametrize("at", range(0, 40, 7))
def test_an_altered_wrapped_key_does_not_open(at: int) -> None:
    keys = ring()
    sealed = seal(keys, PHOTO, HERE)
    with pytest.raises(PhotoUnreadable):
        open_sealed(keys, sealed.blob, flipped(sealed.wrapped_key, at), sealed.key_name, HERE)


@pytest.mark.parametrize("wrapped", [b"", b"short", bytes(40), bytes(41)])
def test_a_wrapped_key_of_any_other_shape_does_not_open(wrapped: bytes) -> None:
    keys = ring()
    with pytest.raises(PhotoUnreadable):
        open_sealed(keys, seal(keys, PHOTO, HERE).blob, wrapped, "first", HERE)


def test_a_blob_in_the_place_of_another_photo_does_not_open() -> None:
    keys = ring()
    sealed = seal(keys, PHOTO, HERE)
    with pytest.raises(PhotoUnreadable):
        open_sealed(keys, sealed.blob, sealed.wrapped_key, sealed.key_name, b"photo-2")


def test_a_blob_does_not_open_with_the_key_of_another_row() -> None:
    keys = ring()
    mine, other = seal(keys, PHOTO, HERE), seal(keys, PHOTO, HERE)
    assert mine.wrapped_key != other.wrapped_key
    with pytest.raises(PhotoUnreadable):
        open_sealed(keys, mine.blob, other.wrapped_key, other.key_name, HERE)


def test_the_same_photo_sealed_twice_looks_different() -> None:
    keys = ring()
    assert seal(keys, PHOTO, HERE).blob[13:60] != seal(keys, PHOTO, HERE).blob[13:60]


def test_the_parts_of_a_photo_share_a_data_key_and_nothing_else() -> None:
    keys = ring()
    full, thumb = seal_many(keys, [(PHOTO, b"1/full"), (PHOTO, b"1/thumb")])
    assert (full.wrapped_key, full.key_name) == (thumb.wrapped_key, thumb.key_name)
    assert full.blob[1:13] != thumb.blob[1:13]
    assert open_sealed(keys, thumb.blob, full.wrapped_key, full.key_name, b"1/thumb") == PHOTO
    with pytest.raises(PhotoUnreadable):
        open_sealed(keys, thumb.blob, full.wrapped_key, full.key_name, b"1/full")


def test_parts_that_could_be_mistaken_for_each_other_are_not_sealed() -> None:
    with pytest.raises(ValueError):
        seal_many(ring(), [(b"full", HERE), (b"thumb", HERE)])


def test_rotation_keeps_the_blob_and_frees_the_old_key() -> None:
    """A new key is put in front, the rows are rewrapped, the old key is dropped."""
    old, new = key_text("2026"), key_text("2027")
    sealed = seal(KeyRing.parse(old), PHOTO, HERE)
    both = KeyRing.parse(f"{new}, {old}")
    assert both.names == ("2027", "2026")
    assert open_sealed(both, sealed.blob, sealed.wrapped_key, "2026", HERE) == PHOTO
    wrapped, name = rewrap(both, sealed.wrapped_key, sealed.key_name)
    assert name == "2027"
    assert open_sealed(KeyRing.parse(new), sealed.blob, wrapped, name, HERE) == PHOTO


def test_a_key_that_is_gone_opens_and_rewraps_nothing() -> None:
    sealed = seal(ring("lost"), PHOTO, HERE)
    with pytest.raises(PhotoUnreadable):
        open_sealed(ring("kept"), sealed.blob, sealed.wrapped_key, "lost", HERE)
    with pytest.raises(PhotoUnreadable):
        rewrap(ring("kept"), sealed.wrapped_key, "lost")


def test_another_key_of_the_same_name_opens_nothing() -> None:
    sealed = seal(ring("a"), PHOTO, HERE)
    with pytest.raises(PhotoUnreadable):
        open_sealed(ring("a"), sealed.blob, sealed.wrapped_key, "a", HERE)


SAME = os.urandom(32)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "PHOTO_KEYS is empty"),
        (" , ", "PHOTO_KEYS is empty"),
        ("justakey", "without a name"),
        ("a:not base64!", "'a' is not base64"),
        (key_text("a", os.urandom(16)), "'a' has 16 bytes instead of 32"),
        (key_text("a", bytes(32)), "'a' is not random"),
        (key_text("a", b"abcdefghijklmnopqrstuvwxyz123456"), "'a' is not random"),
        (f"{key_text('a')},{key_text('a')}", "'a' twice"),
        (f"{key_text('a', SAME)},{key_text('b', SAME)}", "'b' under another name"),
        (key_text("Ä b"), "is no name"),
        (key_text(""), "is no name"),
    ],
    ids=[
        "empty",
        "blank",
        "nameless",
        "not-base64",
        "short",
        "zeros",
        "letters",
        "twice",
        "renamed",
        "bad-name",
        "no-name",
    ],
)
def test_a_weak_or_faulty_setting_is_refused_by_name_and_never_quoted(text: str, said: str) -> None:
    with pytest.raises(ValueError, match="PHOTO_KEYS") as caught:
        KeyRing.parse(text)
    assert said in str(caught.value)
    secret = text.partition(":")[2]
    assert not secret or secret not in str(caught.value)


def test_a_key_ring_shows_names_only() -> None:
    text = key_text("only")
    assert repr(KeyRing.parse(text)) == "KeyRing(only)"
