"""Drawn portraits and papers for the demo: plainly drawings, marked as samples, without the state's emblem.

The front carries a real CCCD QR (domain 3), so that reading, scanning and comparing work as with true cards.
"""

from __future__ import annotations

import random
from datetime import date
from functools import cache

import segno
from PIL import Image, ImageDraw

from backoffice.demo.camera import as_jpeg, photograph, spoil
from backoffice.demo.faces import draw_face
from backoffice.demo.lettering import font, wrap
from backoffice.demo.people import Person

Colour = tuple[int, int, int]

PORTRAIT_SIZE = (640, 960)  # 4 x 6
BACKDROPS: tuple[Colour, ...] = ((74, 122, 190), (190, 210, 234), (246, 246, 246), (226, 230, 234))
CARD_SIZE = (1110, 700)  # 85.6 x 54 mm
CORNER = 40
TINTS: tuple[Colour, ...] = ((194, 218, 226), (218, 210, 230), (226, 218, 194), (200, 222, 206))
INK: Colour = (28, 32, 44)
LABEL: Colour = (72, 92, 112)
MARK: Colour = (190, 30, 40)
SAMPLE = "MẪU THỬ – KHÔNG CÓ GIÁ TRỊ"
QR_SIDE = 240
FACE_SIZE, FACE_AT, FACE_BACKDROP = (264, 352), (52, 196), (238, 242, 246)
FRONT_LABELS = (
    ((356, 196), "Số / No."),
    ((356, 296), "Họ và tên / Full name"),
    ((356, 382), "Ngày sinh / Date of birth"),
    ((660, 382), "Giới tính / Sex"),
    ((850, 382), "Quốc tịch / Nationality"),
    ((356, 462), "Nơi thường trú / Residence"),
    ((52, 566), "Có giá trị đến / Expiry"),
)
BACK_ENTRIES = (
    ((52, 44), "Đặc điểm nhận dạng / Features", "Hình vẽ, không phải người thật"),
    ((52, 132), "Ngày cấp / Date of issue", ""),
    ((52, 220), "Nơi cấp / Issued by", "Dữ liệu mẫu của phần mềm"),
)
SEX = {"male": "Nam", "female": "Nữ"}
EXPIRY_AGES = (25, 40, 60)


def citizen_qr(person: Person) -> str:
    """Return the text of the QR code on the person's card: cccd|cmnd|name|ddmmyyyy|sex|address|ddmmyyyy."""
    return "|".join(
        (
            person.citizen_id,
            person.old_id or "",
            person.full_name,
            f"{person.date_of_birth:%d%m%Y}",
            SEX[person.sex],
            person.address,
            f"{person.card_issued:%d%m%Y}",
        )
    )


def draw_portrait(
    person: Person, rng: random.Random, *, blurred: bool = False, dark: bool = False, glare: bool = False
) -> bytes:
    """Return a portrait 4 x 6 as JPEG; the face is always this person's, the backdrop is drawn from `rng`."""
    backdrop = rng.choice(BACKDROPS[:2] if glare else BACKDROPS)  # before a white wall no reflection shows
    photo = draw_face(person, PORTRAIT_SIZE, backdrop)
    return as_jpeg(spoil(photo, rng, blurred=blurred, dark=dark, glare=glare))


def draw_id_front(
    person: Person,
    rng: random.Random,
    *,
    blurred: bool = False,
    dark: bool = False,
    glare: bool = False,
    with_qr: bool = True,
) -> bytes:
    """Return a photo of the front of the person's card as JPEG, with the faults asked for.

    Without faults the QR code can be read; `with_qr=False` draws a card that has none.
    """
    card = _front(_tint(person)).copy()
    card.paste(draw_face(person, FACE_SIZE, FACE_BACKDROP), FACE_AT)
    card.paste(MARK, mask=_sample_mark())
    _write_front(ImageDraw.Draw(card), person)
    if with_qr:
        card.paste(_qr(citizen_qr(person)), (CARD_SIZE[0] - QR_SIDE - 40, 40))
    return as_jpeg(spoil(photograph(card, _outline(), rng), rng, blurred=blurred, dark=dark, glare=glare))


def draw_id_back(
    person: Person, rng: random.Random, *, blurred: bool = False, dark: bool = False, glare: bool = False
) -> bytes:
    """Return a photo of the back of the person's card as JPEG, with the faults asked for."""
    card = _back(_tint(person)).copy()
    draw = ImageDraw.Draw(card)
    _value(draw, (52, 132), f"{person.card_issued:%d/%m/%Y}", 30)
    _spaced(draw, 506, f"MAUTHU<<{person.citizen_id}".ljust(34, "<"))
    return as_jpeg(spoil(photograph(card, _outline(), rng), rng, blurred=blurred, dark=dark, glare=glare))


def _write_front(draw: ImageDraw.ImageDraw, person: Person) -> None:
    _value(draw, (356, 196), person.citizen_id, 50)
    _value(draw, (356, 296), person.full_name.upper(), 36)
    _value(draw, (356, 382), f"{person.date_of_birth:%d/%m/%Y}", 30)
    _value(draw, (660, 382), SEX[person.sex], 30)
    _value(draw, (356, 462), person.address, 28, lines=3)
    _value(draw, (52, 566), _expiry(person), 26)


@cache
def _front(tint: Colour) -> Image.Image:
    """Return the front as it is before it is somebody's."""
    card = _paper(tint)
    draw = ImageDraw.Draw(card)
    draw.text((52, 42), "THẺ MẪU CĂN CƯỚC", fill=MARK, font=font(44, bold=True))
    draw.text((52, 100), "Hình vẽ để thử phần mềm, không phải giấy tờ", fill=LABEL, font=font(24))
    draw.text((52, 134), "Drawing for software tests, not a document", fill=LABEL, font=font(20))
    for at, label in FRONT_LABELS:
        draw.text(at, label, fill=LABEL, font=font(19))
    _value(draw, (850, 382), "Việt Nam", 30)
    return card


@cache
def _back(tint: Colour) -> Image.Image:
    """Return the back as it is before it is somebody's."""
    card = _paper(tint)
    card.paste(MARK, mask=_sample_mark())
    draw = ImageDraw.Draw(card)
    for at, label, text in BACK_ENTRIES:
        draw.text(at, label, fill=LABEL, font=font(19))
        _value(draw, at, text, 30)
    _chip(draw, (60, 330, 236, 460))
    for left, caption in ((700, "Ngón trỏ trái"), (890, "Ngón trỏ phải")):
        _fingerprint(draw, (left, 52, left + 150, 252))
        draw.text((left + 75, 264), caption, fill=LABEL, font=font(20), anchor="ma")
    _spaced(draw, 560, "KHONG<CO<GIA<TRI".ljust(34, "<"))
    _spaced(draw, 614, "HINH<VE<<KHONG<PHAI<GIAY<TO".ljust(34, "<"))
    return card


def _value(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, lines: int = 1) -> None:
    """Write the text below the label that stands at `at`, smaller where it would not fit into its lines."""
    x, y = at
    room = CARD_SIZE[0] - x - 40
    written = wrap(text, size, room)
    while len(written) > lines and size > 16:
        size -= 2
        written = wrap(text, size, room)
    for row, part in enumerate(written):
        draw.text((x, y + 24 + row * (size + 8)), part, fill=INK, font=font(size, bold=True))


def _spaced(draw: ImageDraw.ImageDraw, y: int, text: str) -> None:
    """Write a line as machines read it: every character in a column of its own."""
    for column, character in enumerate(text):
        draw.text((66 + column * 29, y), character, fill=INK, font=font(32), anchor="ma")


def _expiry(person: Person) -> str:
    """Return the day the card runs out: the 25th, 40th or 60th birthday after its issue."""
    born = person.date_of_birth
    for age in EXPIRY_AGES:
        day = date(born.year + age, born.month, min(born.day, 28))
        if day > person.card_issued:
            return f"{day:%d/%m/%Y}"
    return "Không thời hạn"


def _tint(person: Person) -> Colour:
    return TINTS[int(person.citizen_id) % len(TINTS)]


def _paper(tint: Colour) -> Image.Image:
    """Return an empty card, covered with fine waves."""
    width, height = CARD_SIZE
    card = Image.new("RGB", CARD_SIZE, tint)
    draw = ImageDraw.Draw(card)
    for turn in range(40):
        box = (-220 + turn * 20, height * 0.2 - turn * 9, width * 0.55 + turn * 28, height * 1.1 + turn * 7)
        draw.ellipse(box, outline=tuple(round(part * 0.93) for part in tint), width=2)
    return card


@cache
def _outline() -> Image.Image:
    """Return the mask of a card with its round corners."""
    mask = Image.new("L", (CARD_SIZE[0] * 2, CARD_SIZE[1] * 2))
    ImageDraw.Draw(mask).rounded_rectangle((2, 2, mask.width - 3, mask.height - 3), CORNER * 2, fill=255)
    return mask.reduce(2)


@cache
def _sample_mark() -> Image.Image:
    """Return the mask of the words that run across the card, below the QR code."""
    mask = Image.new("L", CARD_SIZE)
    line = Image.new("L", (1200, 90))
    ImageDraw.Draw(line).text((600, 45), SAMPLE, fill=84, font=font(66, bold=True), anchor="mm")
    turned = line.rotate(17, expand=True, resample=Image.Resampling.BICUBIC)
    mask.paste(turned, ((CARD_SIZE[0] - turned.width) // 2, (CARD_SIZE[1] - turned.height) // 2 + 96))
    return mask


def _chip(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    draw.rounded_rectangle(box, 22, fill=(212, 176, 92), outline=(150, 118, 48), width=3)
    for part in (1, 2):
        y = top + (bottom - top) * part // 3
        draw.line((left, y, right, y), fill=(150, 118, 48), width=3)
    for x in (left + 58, right - 58):
        draw.line((x, top, x, bottom), fill=(150, 118, 48), width=3)


def _fingerprint(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int]) -> None:
    """Draw arcs in a frame: the place of a fingerprint, and nobody's."""
    left, top, right, bottom = box
    draw.rectangle(box, fill=(246, 246, 244), outline=LABEL, width=2)
    for ring in range(1, 9):
        inset = ring * 8
        draw.arc((left + inset, top + inset, right - inset, 2 * bottom - top - inset), 180, 360, fill=LABEL, width=3)


def _qr(text: str) -> Image.Image:
    """Return the QR code of the text, QR_SIDE pixels square with its white margin."""
    code = segno.make(text, error="l", micro=False, mask=2)  # one mask for all: choosing the best takes longest
    rows = tuple(code.matrix)
    scale = QR_SIDE // (len(rows) + 4)
    bits = Image.new("L", (len(rows), len(rows)))
    bits.putdata([0 if dark else 255 for row in rows for dark in row])
    drawn = bits.resize((len(rows) * scale, len(rows) * scale), Image.Resampling.NEAREST)
    image = Image.new("RGB", (QR_SIDE, QR_SIDE), (255, 255, 255))
    image.paste(drawn, ((QR_SIDE - drawn.width) // 2, (QR_SIDE - drawn.height) // 2))
    return image
