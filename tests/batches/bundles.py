"""Lists of people to be declared and zips of their photos, as units send them; nothing belongs to a real person."""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image

from backoffice.batches import bundle_actions
from backoffice.batches.actions import Sent
from backoffice.gateways.photos import PreparedPhoto
from backoffice.gateways.photos.inspect import inspect
from backoffice.kernel.db import transaction
from backoffice.models import Unit
from backoffice.rules.actors import Actor
from tests.batches.files import make_unit, work_off, workbook

HEADS = (
    "Mã số BHXH",
    "Họ và tên",
    "Số giấy tờ",
    "Số điện thoại",
    "Địa chỉ",
    "Mã số BHXH của cha, mẹ, người giám hộ",
    "Đã đồng ý và cam kết",
)
PLACE = "Số 2 phố Mẫu, Phường Ba Đình, Thành phố Hà Nội"
_numbers = itertools.count(1)


def person(**changes: Any) -> dict[str, str]:
    """An invented adult of a unit, as its row says it."""
    number = next(_numbers)
    usual = {
        "code": f"{7_000_000_000 + number}",
        "name": "Nguyễn Thử Mẫu",
        "id": f"0010850{number:05d}",
        "phone": f"09812{number:05d}",
        "address": PLACE,
        "guardian": "",
        "consent": "Có",
    }
    return usual | changes


def book(*people: Mapping[str, str]) -> bytes:
    """A workbook with a row a person, from row 2 on."""
    return workbook(*(tuple(one.values()) for one in people), heads=HEADS)


@cache
def jpeg(shade: int = 0, kind: str = "JPEG") -> bytes:
    """A small picture, another one for another shade."""
    out = BytesIO()
    Image.linear_gradient("L").resize((60, 80)).point(lambda at: (at + shade) % 256).convert("RGB").save(out, kind)
    return out.getvalue()


def zipped(files: Mapping[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def photos_of(*people: Mapping[str, str]) -> dict[str, bytes]:
    """The three photos of each adult, named by their codes."""
    kinds = ("chandung", "mattruoc", "matsau")
    return {f"{one['code']}_{kind}.jpg": jpeg(at) for one in people for at, kind in enumerate(kinds)}


def letter(unit: Unit) -> dict[str, str]:
    return {"unit": unit.code, "letter_number": "45/CV", "letter_date": "2026-11-02", "signatory": "Hiệu Trưởng"}


def send(actor: Actor, data: bytes, *zips: bytes, unit: Unit | None = None) -> str:
    """Send a list and its zips in, with unit and letter; nothing is read yet."""
    if unit is None:
        with transaction() as session:
            unit = make_unit(session)
    sent = [Sent(f"anh-{at}.zip", one) for at, one in enumerate(zips)]
    return bundle_actions.upload(actor, Sent("lap-to-khai.xlsx", data), sent, letter(unit)).token


def reviewed(actor: Actor, people: Sequence[Mapping[str, str]], files: Mapping[str, bytes] | None = None) -> str:
    """A list of these people whose photos were taken out and that waits for its review."""
    token = send(actor, book(*people), zipped(photos_of(*people) if files is None else files))
    work_off()
    return token


class QuickPool:
    """In the place of the pool of confined workers: a picture is what it is. The workers themselves have tests."""

    def prepare_photo(self, data: bytes) -> PreparedPhoto:
        inspect(data)
        return PreparedPhoto(full=data, thumb=data, width=60, height=80, notes=(), qr_text=None, citizen_card=None)
