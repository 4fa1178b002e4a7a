"""Pictures for the tests, drawn here: nobody's photo, nobody's card."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import pillow_heif
import segno
from PIL import Image, ImageDraw, ImageFont

import backoffice.gateways.photos.inspect as inspection

pillow_heif.register_heif_opener()

CCCD = "001085012345|012345678|Nguyễn Thử Mẫu|20011985|Nam|Số 1, Ngõ 2, Phường Ba, Quận Bốn, Hà Nội|10052021"
RED, GREEN, BLUE, YELLOW = (220, 20, 20), (20, 180, 20), (20, 20, 220), (230, 220, 20)


def picture(width: int = 96, height: int = 64, mode: str = "RGB") -> Image.Image:
    """Four quarters: red and green above, blue and yellow below."""
    image = Image.new("RGB", (width, height), RED)
    half = width // 2, height // 2
    image.paste(GREEN, (half[0], 0, width, half[1]))
    image.paste(BLUE, (0, half[1], half[0], height))
    image.paste(YELLOW, (*half, width, height))
    return image.convert(mode)


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    usual: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": 95},
        "WEBP": {"quality": 95, "method": 0},
        "HEIF": {"quality": 90, "enc_params": {"preset": "ultrafast"}},
    }
    out = BytesIO()
    image.save(out, kind, **usual.get(kind, {}) | options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def quarters(image: Image.Image) -> list[str]:
    """The colours of the four quarters, named, in reading order: what orientation is told from."""
    names = {RED: "red", GREEN: "green", BLUE: "blue", YELLOW: "yellow"}
    width, height = image.size
    seen = [image.getpixel((x * width // 4, y * height // 4)) for y in (1, 3) for x in (1, 3)]
    return [names[min(names, key=lambda colour: sum(abs(a - b) for a, b in zip(colour, one)))] for one in seen]  # type: ignore[arg-type]


def card(width: int = 1400, qr: str | None = CCCD, ground: tuple[int, int, int] = (222, 238, 228)) -> Image.Image:
    """Something with the layout of a CCCD's front: portrait, print of 2 mm, QR code of 16 mm."""
    millimetre = width / 86
    image = Image.new("RGB", (width, round(54 * millimetre)), ground)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(2.4 * millimetre)
    lines = (
        "So / No.: 001085012345",
        "NGUYEN THU MAU",
        "20/01/1985   Nam   Viet Nam",
        "Thanh Tri, Ha Noi",
        "So 1, Ngo 2",
    )
    for row, line in enumerate(lines):
        draw.text((28 * millimetre, (20 + 6 * row) * millimetre), line, font=font, fill=(30, 30, 40))
    draw.rectangle([edge * millimetre for edge in (4, 20, 24, 48)], fill=(120, 150, 190))
    draw.ellipse([edge * millimetre for edge in (9, 24, 19, 38)], fill=(220, 180, 150))
    if qr is not None:
        image.paste(qr_code(qr, round(16 * millimetre)), (round(68 * millimetre), round(2 * millimetre)))
    return image


def qr_code(text: str, edge: int) -> Image.Image:
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=8, border=4)
    return opened(out.getvalue()).convert("RGB").resize((edge, edge), Image.Resampling.LANCZOS)


def on_table(content: Image.Image, angle: float = 0, size: tuple[int, int] = (1600, 1200)) -> Image.Image:
    """A card lying on a grey table, turned by `angle` degrees."""
    table = Image.new("RGB", size, (96, 92, 88))
    turned = content.convert("RGBA").rotate(angle, expand=True, resample=Image.Resampling.BICUBIC)
    table.paste(turned, ((size[0] - turned.width) // 2, (size[1] - turned.height) // 2), turned)
    return table


def huge_png(width: int, height: int, bits: int, colour_type: int, samples: int = 1) -> bytes:
    """An all-black PNG of any size, compressed row by row: its pixels never exist in this process."""
    row = b"\x00" + bytes((width * samples * bits + 7) // 8)
    packer = zlib.compressobj(1)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_scans(progressive: bytes, scans: int) -> bytes:
    """A progressive JPEG with its last scan repeated until it has that many."""
    starts = [start - 2 for marker, start in inspection._segments(progressive) if marker == 0xDA]
    end = progressive.rindex(b"\xff\xd9")
    return progressive[:end] + progressive[starts[-1] : end] * (scans - len(starts)) + progressive[end:]


def in_format(name: str, image: Image.Image | None = None) -> bytes:
    image = image or picture()
    options: dict[str, dict[str, Any]] = {
        "jpeg": {"kind": "JPEG"},
        "progressive": {"kind": "JPEG", "progressive": True},
        "png": {"kind": "PNG"},
        "webp": {"kind": "WEBP"},
        "webp-lossless": {"kind": "WEBP", "lossless": True},
        "webp-extended": {"kind": "WEBP", "exif": b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"},
        "heic": {"kind": "HEIF"},
    }
    return saved(image, **options[name])


FORMATS = ("jpeg", "progressive", "png", "webp", "webp-lossless", "webp-extended", "heic")
