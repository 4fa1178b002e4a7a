"""What a photo is, by its bytes alone (issue 2, item 3)."""

from __future__ import annotations

import struct
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from backoffice.gateways.photos import PhotoRefused, Refusal, limits
from backoffice.gateways.photos.inspect import Header, inspect
from backoffice.gateways.photos.refusal import SENTENCES
from tests.gateways.photos.samples import (
    FORMATS,
    chunk,
    huge_png,
    in_format,
    picture,
    saved,
    with_scans,
)

SAMPLES = {name: in_format(name) for name in FORMATS}


def refusal_of(data: bytes) -> str:
    with pytest.raises(PhotoRefused) as caught:
        inspect(data)
    return caught.value.code


@pytest.mark.parametrize("name", FORMATS)
def test_a_photo_is_known_by_its_content_whatever_its_name(name: str) -> None:
    header = inspect(SAMPLES[name])
    kind = {"progressive": "jpeg"}.get(name, name.partition("-")[0])
    assert (header.format, header.width, header.height, header.frames) == (kind, 96, 64, 1)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "AVIF", "ICO"])
def test_other_picture_formats_are_refused_by_content(kind: str) -> None:
    assert refusal_of(saved(picture(), kind)) == "unknown_format"


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7 ...", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x00", b"PK\x03\x04"]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    assert refusal_of(data) == "unknown_format"


def test_an_empty_file_is_refused() -> None:
    assert refusal_of(b"") == "empty"


def test_a_photo_of_the_largest_size_in_bytes_is_taken_and_one_byte_more_is_not() -> None:
    photo = SAMPLES["jpeg"]
    inspect(photo + bytes(limits.MAX_BYTES - len(photo)))
    assert refusal_of(photo + bytes(limits.MAX_BYTES - len(photo) + 1)) == "too_many_bytes"


def test_a_png_of_95_megapixels_is_refused_by_its_header_alone() -> None:
    bomb = huge_png(10_000, 9_500, bits=1, colour_type=0)
    tracemalloc.start()
    try:
        assert refusal_of(bomb) == "too_many_pixels"
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_the_bound_on_pixels_is_kept_to_the_pixel() -> None:
    def declared(width: int, height: int) -> bytes:
        png = SAMPLES["png"]
        return png[:16] + struct.pack(">II", width, height) + png[24:]

    assert inspect(declared(10_000, limits.MAX_PIXELS // 10_000)).height == 5_000
    assert refusal_of(declared(10_000, limits.MAX_PIXELS // 10_000 + 1)) == "too_many_pixels"
    assert refusal_of(declared(0, 10)) == "broken"


def test_a_heic_of_too_many_pixels_is_refused() -> None:
    heic = SAMPLES["heic"]
    at = heic.index(b"ispe") + 8
    assert refusal_of(heic[:at] + struct.pack(">II", 10_000, 9_500) + heic[at + 8 :]) == "too_many_pixels"


def test_a_webp_of_too_many_pixels_is_refused() -> None:
    webp = SAMPLES["webp-extended"]
    edge = (9_999).to_bytes(3, "little")
    assert refusal_of(webp[:24] + edge + edge + webp[30:]) == "too_many_pixels"


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_is_refused(kind: str) -> None:
    second = Image.new("RGB", (96, 64), "white")
    assert refusal_of(saved(picture(), kind, save_all=True, append_images=[second])) == "animated"


def test_a_heic_sequence_is_refused() -> None:
    assert refusal_of(SAMPLES["heic"] + struct.pack(">I4s", 8, b"moov")) == "animated"


def test_the_progressive_jpeg_of_a_usual_encoder_is_taken() -> None:
    assert inspect(SAMPLES["progressive"]).scans == 10


def test_a_jpeg_with_hundreds_of_scans_is_refused_by_counting_them() -> None:
    progressive = SAMPLES["progressive"]
    assert inspect(with_scans(progressive, limits.MAX_PROGRESSIVE_SCANS)).scans == limits.MAX_PROGRESSIVE_SCANS
    assert refusal_of(with_scans(progressive, limits.MAX_PROGRESSIVE_SCANS + 1)) == "too_many_scans"
    assert refusal_of(with_scans(progressive, 400)) == "too_many_scans"


def test_a_second_picture_behind_the_first_is_not_counted() -> None:
    """Phones append a gain map or a depth picture to a JPEG."""
    assert inspect(SAMPLES["progressive"] * 5).scans == 10


def test_a_file_that_is_nothing_but_segments_is_refused_unread() -> None:
    """A walk over millions of empty segments would hold the server up."""
    jpeg, png = SAMPLES["jpeg"], SAMPLES["png"]
    assert inspect(jpeg[:2] + b"\xff\xfe\x00\x02" * 100 + jpeg[2:]).width == 96
    assert refusal_of(jpeg[:2] + b"\xff\xfe\x00\x02" * 10_000 + jpeg[2:]) == "broken"
    assert inspect(png[:33] + chunk(b"tEXt", b"") * 100 + png[33:]).width == 96
    assert refusal_of(png[:33] + chunk(b"tEXt", b"") * 10_000 + png[33:]) == "broken"


@pytest.mark.parametrize("name", FORMATS)
def test_a_header_cut_anywhere_is_refused_or_read_and_never_an_error(name: str) -> None:
    for end in range(len(SAMPLES[name])):
        try:
            header = inspect(SAMPLES[name][:end])
        except PhotoRefused:
            continue
        assert isinstance(header, Header)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(FORMATS), st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=8)), max_size=6)
)
def test_a_header_altered_anywhere_is_refused_or_read_and_never_an_error(
    name: str, changes: list[tuple[int, bytes]]
) -> None:
    data = bytearray(SAMPLES[name])
    for at, patch in changes:
        data[at : at + len(patch)] = patch
    try:
        header = inspect(bytes(data))
    except PhotoRefused:
        return
    assert 0 < header.width * header.height <= limits.MAX_PIXELS


def test_every_refusal_has_a_sentence_of_its_own_that_says_what_to_do() -> None:
    sentences = [PhotoRefused(reason).message for reason in Refusal]
    assert len(set(sentences)) == len(Refusal) == len(SENTENCES)
    for sentence in sentences:
        assert ". Xin " in sentence
        assert sentence.endswith("gửi lại.")
