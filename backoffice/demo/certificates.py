"""Drawn birth certificates for the demo: plainly drawings, marked as samples, without the state's emblem (D11)."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw

from backoffice.demo.camera import as_jpeg, spoil
from backoffice.demo.drawings import INK, LABEL, MARK, SAMPLE
from backoffice.demo.lettering import font, wrap
from backoffice.demo.people import Person

SIZE = (1000, 1414)
PAPERS = ((250, 246, 236), (244, 248, 244), (252, 250, 244))


def draw_birth_certificate(
    person: Person, rng: random.Random, *, blurred: bool = False, dark: bool = False, glare: bool = False
) -> bytes:
    """Return a JPEG of the certificate of `person`, as photographed from above."""
    page = Image.new("RGB", SIZE, rng.choice(PAPERS))
    draw = ImageDraw.Draw(page)
    draw.rectangle((40, 40, SIZE[0] - 40, SIZE[1] - 40), outline=LABEL, width=3)
    draw.text((SIZE[0] / 2, 130), "GIẤY KHAI SINH", font=font(54, bold=True), fill=INK, anchor="mm")
    draw.text((SIZE[0] / 2, 200), SAMPLE, font=font(30, bold=True), fill=MARK, anchor="mm")
    lines = (
        ("Họ, chữ đệm, tên", person.full_name.upper()),
        ("Ngày, tháng, năm sinh", f"{person.date_of_birth:%d/%m/%Y}"),
        ("Giới tính", {"male": "Nam", "female": "Nữ"}[person.sex]),
        ("Quê quán", person.address),
        ("Số định danh cá nhân", person.citizen_id),
        ("Nơi đăng ký", "Dữ liệu mẫu của phần mềm"),
    )
    for row, (label, value) in enumerate(lines):
        top = 300 + 160 * row
        draw.text((90, top), label, font=font(28), fill=LABEL)
        for line, text in enumerate(wrap(value, 36, SIZE[0] - 200)[:2]):
            draw.text((90, top + 40 + 46 * line), text, font=font(36, bold=True), fill=INK)
    return as_jpeg(spoil(page, rng, blurred=blurred, dark=dark, glare=glare))
