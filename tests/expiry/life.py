"""A declaration's whole life at the desk, over HTTP as machines, citizens and officers live it, up to its deadline.

Every place where something of the person could be left is visited: searches, lists, photos, scans, corrections, notes
in free text, slips, previews, exports, messages that went and that did not, a photo sent by phone that nobody took, a
taking over by another office, the trail asked about the person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

import numpy as np
from flask import Flask
from PIL import Image

from backoffice.decision import photo_links
from backoffice.dossier.photos import read_photo
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Notice, NoticeStatus, Photo, PhotoUpload, Role, Scope
from backoffice.rules.actors import Actor, officer_actor
from tests.decision.decided import send as send_messages
from tests.desk.browser import HTMX, Desk
from tests.expiry.helpers import NOON, Known, known
from tests.factories import make_client, make_office, make_officer
from tests.intake.sending import adult, jpeg, send

PERSON = {
    "full_name": "Tống Khuynh Dấu Vết",
    "bhxh_code": "0099887766",
    "id_number": "001085987654",
    "phone": "0359120001",
    "email": "dau.vet@example.vn",
    "contact_person": "Lục Thị Liên Hệ Vết",
}
ADDRESS = "Số 99 ngõ Dấu Vết"
WRONG = {"full_name": "Tông Khuynh Dầu Vêt", "phone": "0359120011", "address_line": "Số 98 ngõ Dấu Viết"}
"""As it was declared and then corrected, or the other way round: the former value is theirs as well."""
SAID = "Gọi con gái Khuynh Ly 0912555666"
"""Free text of an officer, which names others too."""
OLD_NUMBER = "012987654"
CARD = f"{PERSON['id_number']}|{OLD_NUMBER}|{PERSON['full_name']}|20011985|Nam|{ADDRESS}, Ba Đình, Hà Nội|01052021"


@dataclass(frozen=True)
class Life:
    """What is known of the declaration when it ends."""

    declaration: Known
    photo_ids: list[str]
    """Of all photos it ever had, as the store's files are named."""
    pictures: list[bytes]
    """The JPEGs as they were shown, and as they were sent."""
    answers: list[str]
    """What was answered on the way; each said 200 or 303."""


class Living:
    """Lives it; `step` goes on by a minute, and what is answered must not be a refusal."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.answers: list[str] = []
        self.photo_ids: set[str] = set()
        self.pictures: list[bytes] = []
        self.receipt = ""
        with transaction() as session:
            here, there = make_office(session), make_office(session, "00131")
            self.key = make_client(session, Scope.INTAKE)[1]
            names = {"lan": (Role.RECEPTION, here), "mai": (Role.RECEPTION, there)}
            names["loc"] = (Role.SUPERVISOR, make_office(session, "001"))
            made = {name: make_officer(session, name, role=role, office=at) for name, (role, at) in names.items()}
            self.actors: dict[str, Actor] = {name: officer_actor(one) for name, one in made.items()}
        self.desks = {name: Desk(app.test_client(), name) for name in self.actors}

    def live(self) -> Life:
        """Live it all, from NOON on; it ends waiting for a supplement, so that it can expire."""
        steps = (
            self._declared, self._found, self._looked_at, self._worked_on, self._photographed, self._told,
            self._taken_over, self._supervised, self._sent_back,
        )  # fmt: skip
        for number, step in enumerate(steps):
            with clock.at(NOON + timedelta(minutes=number)):
                step()
                self._keep_photos()
        with transaction() as session:
            row = session.query(Declaration).filter_by(receipt_code=self.receipt).one()
            return Life(known(row), sorted(self.photo_ids), self.pictures, self.answers)

    def _declared(self) -> None:
        photos = {"portrait": _noise(1, 300, 400), "id_front": jpeg(640, 480, qr=CARD), "id_back": _noise(2, 640, 400)}
        self.pictures += [photos["portrait"], photos["id_back"]]
        place = {"province": "01", "ward": "00004", "line": WRONG["address_line"]}
        person = adult(**PERSON, address=place, send_form01_by_email=True) | {"full_name": WRONG["full_name"]}
        answer = send(self.app.test_client(), self.key, person, photos, Idempotency_Key=f"key-{PERSON['id_number']}")
        assert answer.status_code == 201, answer.text
        self.receipt = answer.get_json()["receipt_code"].replace("-", "")
        form01 = self.app.test_client().get("/" + answer.get_json()["form01_url"].partition("://")[2].partition("/")[2])
        assert form01.data[:4] == b"%PDF"
        headers = {"Authorization": f"Bearer {self.key}"}
        self._ok(self.app.test_client().get(f"/api/v1/declarations/{self.receipt}", headers=headers))

    def _found(self) -> None:
        sought = [value for name, value in PERSON.items() if name not in ("email", "contact_person")]
        for text in (*sought, self.receipt, CARD, "0359 120 001", "+84359120001", "tong khuynh"):
            self._post("lan", "/desk/search", q=text)
            self._post("loc", "/desk/search", q=text)
        for path in ("/desk", "/desk/counts", "/desk/day"):
            self._get("lan", path)
        self._get("loc", "/desk/day.xlsx?office=00114")

    def _looked_at(self) -> None:
        self._get("lan", "")
        for kind in ("portrait", "id_front", "id_back"):
            for size in ("thumb", "full"):
                self.pictures.append(self._get("lan", f"/photos/{kind}?size={size}").data)
        self._post("lan", "/photos/portrait/rotate", degrees="90")
        self._get("lan", "/form01.pdf")

    def _worked_on(self) -> None:
        self._post("lan", "/claim")
        self._post("lan", "/scan", text=CARD)
        self._correct("full_name", PERSON["full_name"])
        self._correct("address_line", ADDRESS)
        self._correct("phone", WRONG["phone"])
        self._correct("phone", PERSON["phone"])
        self._post("lan", "/scan", text=CARD)
        self._post("lan", "/verify", item="phone", how="overridden", note=SAID)
        self._post("lan", "/verify", item="portrait", how="seen")
        for act, form in {"reject": {"reasons": "form01_unsigned", "note": SAID}, "supplement": {"note": SAID}}.items():
            self._post("lan", f"/{act}/preview", **form)
        self._post("lan", "/supplement", note=f"{SAID}, {PERSON['full_name']}")
        self._get("lan", "/slip")

    def _photographed(self) -> None:
        self._post("lan", "/claim")
        new = jpeg(1280, 960, qr=CARD)
        self._post("lan", "/photos/id_front/retake", photo=(BytesIO(new), f"{PERSON['full_name']}.jpg"))
        for kind, is_taken in (("id_back", True), ("portrait", False)):
            token = photo_links.invite(self.receipt, kind, self.actors["lan"]).token
            self.pictures.append(_noise(3, 900, 700))
            self._sent(token, self.pictures[-1])
            self._keep_photos()
            self._get("lan", f"/photos/{kind}/sent")
            if is_taken:
                link = photo_links.link_of(self.receipt, kind, self.actors["lan"])
                assert link.sent is not None
                self._post("lan", f"/photos/{kind}/accept", photo=str(link.sent.id))

    def _sent(self, token: str, picture: bytes) -> None:
        phone = self.app.test_client()
        page = phone.get(f"/anh/{token}").text
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert csrf
        form = {"csrf_token": csrf[1], "photo": (BytesIO(picture), "IMG.jpg")}
        self._ok(phone.post(f"/anh/{token}", data=form, content_type="multipart/form-data"))

    def _told(self) -> None:
        """What goes to a phone ending in 0001 fails, is called about and given up; another number is reached."""
        send_messages()
        with transaction() as session:
            failed = session.query(Notice).filter_by(status=NoticeStatus.FAILED).order_by(Notice.id).all()
            assert {notice.recipient for notice in failed} == {PERSON["phone"]}
        self._get("lan", "/notices")
        for text in (PERSON["phone"], PERSON["bhxh_code"], self.receipt):
            self._post("lan", "/notices/search", q=text)
        last = failed[-1].id
        self._post("lan", f"/notices/{last}/call-back", note=SAID)
        for notice in failed:
            self._post("lan", f"/notices/{notice.id}/give-up", note=SAID)
        self._correct("phone", WRONG["phone"])
        self._post("lan", "/supplement", note=SAID)
        send_messages()

    def _taken_over(self) -> None:
        self._post("mai", "/desk/search", q=PERSON["id_number"])
        self._post("mai", "/transfer", note=f"{SAID} tại quầy", presented=CARD)
        send_messages()

    def _supervised(self) -> None:
        self._post("mai", "/escalate", note=SAID)
        self._get("loc", "/desk/supervise")
        self._get("loc", "")
        self._post("loc", "/deescalate", note=SAID)
        self._post("loc", "/trail/person", q=PERSON["bhxh_code"])

    def _sent_back(self) -> None:
        self._post("mai", "/claim")
        self._post("mai", "/correct", field="phone", value=PERSON["phone"], note=SAID, consent="yes")
        self._post("mai", "/supplement", note=f"Thiếu chữ ký, {SAID}")
        send_messages()
        self._post("mai", "/logout")

    def _correct(self, field: str, value: str) -> None:
        self._post("lan", "/correct", field=field, value=value, note=f"{SAID} nói", consent="yes")

    def _get(self, who: str, path: str) -> Any:
        return self._ok(self.desks[who].get(self._at(path)))

    def _post(self, who: str, path: str, **form: Any) -> Any:
        headers = HTMX if path.startswith(("/desk/search", "/notices")) or "/photos/" in path else None
        return self._ok(self.desks[who].post(self._at(path), headers, **form))

    def _at(self, path: str) -> str:
        is_whole = path.startswith(("/desk", "/notices", "/trail", "/logout"))
        return path if is_whole else f"/desk/{self.receipt}{path}"

    def _ok(self, answer: Any) -> Any:
        said = answer.get_data(as_text=True) if answer.mimetype.startswith("text/") else answer.mimetype
        assert answer.status_code in (200, 204, 303), f"{answer.request.path}: {answer.status_code}\n{_words(said)}"
        self.answers.append(said)
        return answer

    def _keep_photos(self) -> None:
        with transaction() as session:
            photos = session.query(Photo).all()
            sent = session.query(PhotoUpload.photo_id).filter(PhotoUpload.photo_id.is_not(None)).all()
        self.photo_ids.update(photo.id.hex for photo in photos)
        self.photo_ids.update(photo_id.hex for (photo_id,) in sent)


def shown_of(declaration: Known) -> list[bytes]:
    """Return the JPEGs the declaration has now."""
    with transaction() as session:
        photos = session.query(Photo).filter_by(declaration_id=declaration.id).all()
    return [read_photo(photo, size) for photo in photos for size in ("full", "thumb")]


def _noise(seed: int, width: int, height: int) -> bytes:
    """A picture like no other, so that any stretch of its bytes is its own."""
    dots = np.random.default_rng(seed).integers(0, 256, (height // 10, width // 10, 3), dtype=np.uint8)
    out = BytesIO()
    Image.fromarray(dots).resize((width, height)).save(out, "JPEG", quality=90)
    return out.getvalue()


def _words(page: str) -> str:
    return " ".join(re.sub(r"(?s)<(script|style|nav|header).*?</\1>|<[^>]+>", " ", page).split())[:700]
