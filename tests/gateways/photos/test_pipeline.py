"""From a stranger's bytes to what is kept (issue 2, item 3): upright, bounded, without metadata."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageCms

from backoffice.gateways.photos import PhotoRefused, PreparedPhoto, QualityNote
from backoffice.gateways.photos.pipeline import prepare
from tests.gateways.photos.samples import (
    BLUE,
    FORMATS,
    RED,
    card,
    in_format,
    opened,
    picture,
    quarters,
    saved,
)

UPRIGHT = ["red", "green", "blue", "yellow"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_becomes_a_jpeg_and_a_thumbnail(name: str) -> None:
    photo = prepare(in_format(name, picture(900, 600)))
    full, thumb = opened(photo.full), opened(photo.thumb)
    assert (full.format, full.mode, full.size) == ("JPEG", "RGB", (900, 600))
    assert (thumb.format, thumb.mode, thumb.size) == ("JPEG", "RGB", (720, 480))
    assert (photo.width, photo.height) == full.size
    assert quarters(full) == quarters(thumb) == UPRIGHT


@pytest.mark.parametrize("name", ["jpeg", "png", "heic"])
@pytest.mark.parametrize(
    ("size", "kept"), [((2600, 1300), (2000, 1000)), ((30, 4100), (15, 2000)), ((90, 60), (90, 60))]
)
def test_the_longest_edge_is_2000_at_most_and_nothing_is_enlarged(
    name: str, size: tuple[int, int], kept: tuple[int, int]
) -> None:
    photo = prepare(in_format(name, picture(*size)))
    assert (photo.width, photo.height) == opened(photo.full).size == kept


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_exif_orientation_is_turned_upright(kind: str, orientation: int) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = picture() if orientation == 1 else picture().transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = prepare(saved(stored, kind, exif=exif))
    assert (photo.width, photo.height) == (96, 64)
    assert quarters(opened(photo.full)) == quarters(opened(photo.thumb)) == UPRIGHT


def test_a_turned_heic_is_upright_and_turned_once_only() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = picture().transpose(Image.Transpose.ROTATE_90)
    photo = prepare(saved(stored, "HEIF", exif=exif.tobytes()))
    assert (photo.width, photo.height) == (96, 64)
    assert quarters(opened(photo.full)) == UPRIGHT


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_a_broken_exif_block_is_no_reason_to_refuse_a_sound_photo() -> None:
    photo = prepare(saved(picture(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff garbage"))
    assert quarters(opened(photo.full)) == UPRIGHT


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_no_metadata_is_kept(kind: str) -> None:
    """Where a photo was taken, with what and of whom is nobody's business here."""
    exif = Image.Exif()
    exif[0x010F] = "MAKER-OF-PHONE"
    exif.get_ifd(0x8825).update({1: "N", 2: (21.0, 1.0, 42.0), 3: "E", 4: (105.0, 51.0, 12.0), 29: "2026:11:20"})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more = {"xmp": b"<x:xmpmeta>SECRET-XMP</x:xmpmeta>"} | ({"comment": b"SECRET-COMMENT"} if kind == "JPEG" else {})
    sent = saved(picture(), kind, exif=exif.tobytes(), icc_profile=profile, **more)
    assert b"MAKER-OF-PHONE" in sent
    photo = prepare(sent)
    for kept in (photo.full, photo.thumb):
        image = opened(kept)
        assert not dict(image.getexif())
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not any(word in kept for word in (b"MAKER", b"SECRET", b"Exif", b"ICC_PROFILE", b"http"))


def test_transparent_parts_lie_on_white() -> None:
    image = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 32, 64))
    for sent in (saved(image, "PNG"), saved(image, "WEBP", lossless=True)):
        full = opened(prepare(sent).full)
        assert near(full.getpixel((8, 32)), (0, 0, 255))
        assert near(full.getpixel((56, 32)), (255, 255, 255))


def test_a_palette_with_a_transparent_colour_lies_on_white() -> None:
    image = Image.new("P", (64, 64), 0)
    image.putpalette([*RED, *BLUE])
    image.paste(1, (0, 0, 32, 64))
    full = opened(prepare(saved(image, "PNG", transparency=0)).full)
    assert near(full.getpixel((8, 32)), BLUE)
    assert near(full.getpixel((56, 32)), (255, 255, 255))


def test_grey_with_alpha_lies_on_white() -> None:
    image = Image.new("LA", (64, 64), (0, 0))
    image.paste((90, 255), (0, 0, 32, 64))
    full = opened(prepare(saved(image, "PNG")).full)
    assert near(full.getpixel((8, 32)), (90, 90, 90))
    assert near(full.getpixel((56, 32)), (255, 255, 255))


def test_sixteen_bits_of_grey_keep_their_brightness() -> None:
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (64, 1))
    full = opened(prepare(saved(Image.fromarray(ramp), "PNG")).full).convert("L")
    for x in (10, 128, 245):
        assert abs(full.getpixel((x, 32)) - x) < 5  # type: ignore[operator]


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA"])
def test_every_usual_png_mode_is_taken(mode: str) -> None:
    assert opened(prepare(saved(picture(mode=mode), "PNG")).full).mode == "RGB"


def test_a_cmyk_jpeg_shows_its_colours() -> None:
    assert quarters(opened(prepare(saved(picture(mode="CMYK"), "JPEG")).full)) == UPRIGHT


@pytest.mark.parametrize("name", FORMATS)
def test_a_truncated_photo_is_broken(name: str) -> None:
    whole = in_format(name, card(500))
    with pytest.raises(PhotoRefused) as caught:
        prepare(whole[: len(whole) * 2 // 3])
    assert caught.value.code == "broken"


def test_a_photo_with_garbage_for_pixels_is_broken() -> None:
    png = in_format("png")
    at = png.index(b"IDAT") + 8
    with pytest.raises(PhotoRefused) as caught:
        prepare(png[:at] + bytes(20) + png[at + 20 :])
    assert caught.value.code == "broken"


def test_the_first_picture_of_a_file_with_several_is_the_photo() -> None:
    photo = prepare(saved(picture(), "MPO", save_all=True, append_images=[Image.new("RGB", (96, 64), "white")]))
    assert quarters(opened(photo.full)) == UPRIGHT


def test_a_prepared_photo_survives_the_wire() -> None:
    photo = prepare(saved(card(1400), "JPEG"))
    assert photo.citizen_card is not None
    assert PreparedPhoto.unpack(photo.pack()) == photo


@pytest.mark.parametrize(
    "forged", [b"", b"\x00" * 8, b"\x00" * 40, PreparedPhoto(b"<html>", b"", 1, 1, (), None, None).pack()]
)
def test_an_answer_that_is_no_photo_is_not_believed(forged: bytes) -> None:
    with pytest.raises(ValueError):
        PreparedPhoto.unpack(forged)


def test_every_note_has_its_words() -> None:
    assert len({note.label for note in QualityNote}) == len(QualityNote)


def near(seen: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(seen, tuple)
    return all(abs(one - other) < 12 for one, other in zip(seen, wanted, strict=True))
