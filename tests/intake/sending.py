"""What a machine sends, ready to be spoiled: an invented adult, and small photos."""

from __future__ import annotations

import json
from functools import cache
from io import BytesIO
from typing import Any

import segno
from flask.testing import FlaskClient
from PIL import Image, ImageDraw
from werkzeug.test import TestResponse

CARD = "001085012345|012345678|Nguyễn Thử Mẫu|20011985|Nam|Số 2 phố Mẫu, Ba Đình, Hà Nội|01052021"
URL = "/api/v1/declarations"


def adult(**changes: Any) -> dict[str, Any]:
    """The JSON part for an invented adult; a change to ... takes the field out."""
    fields: dict[str, Any] = {
        "purpose": "register",
        "bhxh_code": "0123456789",
        "full_name": "Nguyễn Thử Mẫu",
        "id_type": "citizen_id",
        "id_number": "001085012345",
        "date_of_birth": "1985-01-20",
        "address": {"province": "01", "ward": "00004", "line": "Số 2 phố Mẫu"},
        "phone": "0981234567",
        "office_code": "00114",
        "consent": True,
        "undertaking": True,
    }
    return {name: value for name, value in (fields | changes).items() if value is not ...}


@cache
def jpeg(width: int = 400, height: int = 300, *, qr: str = "", format: str = "JPEG") -> bytes:
    """A small drawn picture, with a QR code of `qr` when given."""
    picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    ImageDraw.Draw(picture).rectangle((20, 20, width // 3, height // 2), fill="white", outline="black")
    if qr:
        drawn = BytesIO()
        segno.make(qr, error="m", micro=False).save(drawn, kind="png", scale=4, border=4)
        picture.paste(Image.open(drawn).convert("RGB"), (0, 0))
    out = BytesIO()
    picture.save(out, format)
    return out.getvalue()


def three_photos(**changes: Any) -> dict[str, bytes]:
    """Portrait, front with a CCCD's QR, back; a change to ... takes one out."""
    photos = {"portrait": jpeg(300, 400), "id_front": jpeg(640, 480, qr=CARD), "id_back": jpeg(640, 400)}
    return {name: data for name, data in (photos | changes).items() if data is not ...}


def quick(**changes: Any) -> dict[str, Any]:
    """An adult whose data the population database has verified, so that PORTRAIT is photo enough (D4)."""
    return adult(**{"population_db_verified": True} | changes)


PORTRAIT = {"portrait": jpeg(120, 160)}


def send(
    client: FlaskClient,
    key: str,
    declaration: Any = None,
    photos: dict[str, bytes] | None = None,
    **headers: str,
) -> TestResponse:
    """POST a declaration as the contract says; headers by name with underscores."""
    fields = adult() if declaration is None else declaration
    parts: dict[str, Any] = {"declaration": json.dumps(fields)}
    for name, data in (three_photos() if photos is None else photos).items():
        parts[name] = (BytesIO(data), f"{name}.jpg")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named["Authorization"] = f"Bearer {key}"
    return client.post(URL, data=parts, headers=named, content_type="multipart/form-data")


def faults(response: TestResponse) -> dict[str, str]:
    """Field → sentence of a 422."""
    assert response.status_code == 422, response.get_data(as_text=True)
    assert response.content_type == "application/problem+json"
    return {error["field"]: error["message"] for error in response.get_json()["errors"]}
