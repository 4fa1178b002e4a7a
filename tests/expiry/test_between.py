"""K4: whatever is asked for while the sweep deletes it in between any two statements is answered in words.

Never an error of ours, never something half done: the declaration is there, or it is said that it is not.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from itertools import count
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.config import Settings
from backoffice.decision import photo_links
from backoffice.dossier.photos import attach, store_photos
from backoffice.expiry import actions
from backoffice.gateways.photos import PreparedPhoto
from backoffice.intake import standing
from backoffice.kernel import clock
from backoffice.kernel.cursors import QuickCursor
from backoffice.kernel.db import transaction
from backoffice.models import (
    Claim,
    Declaration,
    Notice,
    NoticeChannel,
    NoticeStatus,
    Photo,
    PhotoKind,
    PhotoUpload,
    Role,
    Tombstone,
)
from backoffice.notices import jobs as notices
from backoffice.notices.actions import declaration_received
from backoffice.rules.actors import Actor, officer_actor
from tests.conftest import _plain
from tests.decision.test_ledger import card_of
from tests.desk.browser import HTMX, Desk
from tests.expiry.helpers import MICROSECOND, NOON, Known, a_jpeg, known
from tests.factories import make_client, make_declaration, make_office, make_officer, verify_all
from tests.followup.undelivered import make_notice
from tests.intake.sending import jpeg

pytestmark = pytest.mark.usefixtures("database")

LOOK_SECONDS = 0.005
HELD_UP = (
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    " AND cardinality(pg_blocking_pids(pid)) > 0"
)
"""A sweep that waits for this very request goes on once it is answered."""
NEW = jpeg(300, 400)


class People:
    """Who asks: Lan of this office, Mai of another, a supervisor, a machine, the citizen; on one declaration."""

    def __init__(self, app: Flask) -> None:
        self.anybody: Callable[[], FlaskClient] = app.test_client
        with transaction() as session:
            here, there = make_office(session), make_office(session, "00131")
            self.lan: Actor = officer_actor(make_officer(session, "lan", office=here))
            make_officer(session, "mai", office=there)
            make_officer(session, "loc", role=Role.SUPERVISOR, office=make_office(session, "001"))
            self.client, self.key = make_client(session)
        self.desks = {name: Desk(app.test_client(), name) for name in ("lan", "mai", "loc")}
        self.tokens = {name: desk.token() for name, desk in self.desks.items()}
        self.link = ""
        self.token01, self.notice_id = "", 0
        self.row: Declaration | None = None

    def declare(self, *, held: bool = True) -> Known:
        """Declare anew, in Lan's hands, all verified, with a photo, a link to send another, a message that failed."""
        with transaction() as session:
            self.row = row = make_declaration(
                session, client_id=self.client.id, email="qua.han@example.vn", send_form01_by_email=True
            )
            if held:
                since, until = clock.now(), row.expires_at
                session.add(Claim(declaration_id=row.id, officer_id=self.lan.id, since=since, until=until))
            self.notice_id = make_notice(session, about=row).id
            verify_all(session, row, self.lan)
            self.token01 = row.form01_token
        stored = store_photos({PhotoKind.PORTRAIT: PreparedPhoto(a_jpeg(), a_jpeg(), 64, 48, (), None, None)})
        with transaction() as session:
            attach(session, row, stored)
        if held:
            self.link = f"/anh/{photo_links.invite(row.receipt_code, 'portrait', self.lan).token}"
        return known(row)

    @property
    def here(self) -> str:
        assert self.row is not None
        return f"/desk/{self.row.receipt_code}"

    def get(self, who: str, path: str = "", **headers: str) -> Any:
        return self.desks[who].client.get(self.here + path, headers=headers)

    def post(self, who: str, path: str, **form: Any) -> Any:
        data = {"csrf_token": self.tokens[who], **form}
        is_whole = path.startswith(("/desk/", "/notices/"))
        return self.desks[who].client.post(path if is_whole else self.here + path, data=data, headers=HTMX)


def sent_by_phone(people: People) -> Any:
    """Open the page of the link and send its form."""
    phone = people.anybody()
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', phone.get(people.link).text)
    return phone.post(people.link, data={"csrf_token": csrf[1] if csrf else "", "photo": (BytesIO(NEW), "a.jpg")})


def read_by_machine(people: People) -> Any:
    path = people.here.replace("/desk/", "/api/v1/declarations/")
    return people.anybody().get(path, headers={"Authorization": f"Bearer {people.key}"})


def let_in(people: People) -> FlaskClient:
    """The browser of whoever was let in to the status page."""
    phone = people.anybody()
    phone.set_cookie("declared", standing.proof_of(people.row.id if people.row else 0))
    return phone


def by_its_owner(path: str, **form: str) -> Callable[[People], Any]:
    """Post a form of the pages about a declaration that was sent."""

    def ask(people: People) -> Any:
        phone = let_in(people)
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', phone.get("/declare").text)
        typed = {"paper": people.row.id_number if people.row else "", **form}
        return phone.post(path, data={"csrf_token": csrf[1] if csrf else "", **typed})

    return ask


def posting(path: str, who: str = "lan", **form: Any) -> Callable[[People], Any]:
    return lambda people: people.post(who, path, **{key: act() if callable(act) else act for key, act in form.items()})


def getting(path: str = "", who: str = "lan", **headers: str) -> Callable[[People], Any]:
    return lambda people: people.get(who, path, **headers)


ASKED: dict[str, Callable[[People], Any]] = {
    "the page": getting(),
    "the page, by a supervisor": getting(who="loc"),
    "the page, without scripts, after an act": getting("/outcome", **HTMX),
    "a photo": getting("/photos/portrait?size=full"),
    "form 01": getting("/form01.pdf"),
    "form 01, by its owner": lambda people: people.anybody().get(f"/form01/{people.token01}.pdf"),
    "its status, by a machine": read_by_machine,
    "where it stands, by its owner": lambda people: let_in(people).get("/declare/status"),
    "taken back by its owner": by_its_owner("/declare/status/withdraw"),
    "opened by its owner to be corrected": by_its_owner("/declare/status/correct"),
    "the link's page": lambda people: people.anybody().get(people.link),
    "a photo sent by phone": sent_by_phone,
    "who holds it": getting("/claim-state", **HTMX),
    "how the work stands": getting("/work", **HTMX),
    "the dialog to take a photo anew": getting("/photos/portrait/retake", **HTMX),
    "the queue": lambda people: people.desks["lan"].get("/desk"),
    "the messages": lambda people: people.desks["lan"].get("/notices"),
    "a search": lambda people: people.post("lan", "/desk/search", q=people.row.id_number if people.row else ""),
    "a search by name": posting("/desk/search", q="nguyễn thử mẫu"),
    "claiming": posting("/claim"),
    "releasing": posting("/release"),
    "a heartbeat": posting("/heartbeat"),
    "leaving": posting("/leave"),
    "presenting": posting("/present"),
    "scanning": lambda people: people.post("lan", "/scan", text=card_of(people.row) if people.row else ""),
    "verifying": posting("/verify", item="phone", how="seen"),
    "correcting the phone": posting("/correct", field="phone", value="0359123124", note="Gõ nhầm", consent="yes"),
    "turning a photo": posting("/photos/portrait/rotate", degrees="90"),
    "a photo taken anew": posting("/photos/portrait/retake", photo=lambda: (BytesIO(NEW), "a.jpg")),
    "a link": posting("/photos/portrait/invite"),
    "approving": posting("/approve"),
    "rejecting": posting("/reject", reasons="form01_unsigned", note="Thiếu"),
    "how a refusal would read": posting("/reject/preview", reasons="form01_unsigned", note="Thiếu"),
    "a supplement": posting("/supplement", note="Thiếu chữ ký"),
    "escalating": posting("/escalate", note="Nghi mạo danh"),
    "handing over": getting("/handover", **HTMX),
    "the reason of a supervisor": posting("/open", who="loc", reason="check", note=""),
    "a call about a message": lambda people: people.post("lan", f"/notices/{people.notice_id}/call-back", note="Bận"),
    "a message given up": lambda people: people.post("lan", f"/notices/{people.notice_id}/give-up", note="Hẹn gặp"),
    "a message sent again": lambda people: people.post("lan", f"/notices/{people.notice_id}/resend"),
    "taking over": posting("/transfer", who="mai", note="Công dân đến đây"),
    "taking over with the ID at hand": lambda people: people.post(
        "mai", "/transfer", note="Công dân đến đây", presented=people.row.id_number if people.row else ""
    ),
}


@contextmanager
def swept_after(number: int, instant: datetime, observer: psycopg.Connection[Any]) -> Iterator[Callable[[], bool]]:
    """Let the sweep come by once this thread has sent its `number`th statement; gives whether it has sent so many.

    This thread goes on when the sweep is done, or waits for what this thread holds: `observer` sees that.
    """
    mine, sent, execute = threading.get_ident(), count(1), QuickCursor.execute
    is_own = "execute" in vars(QuickCursor)
    pool, coming = ThreadPoolExecutor(1), []

    def sweep() -> None:
        with clock.at(instant):
            actions.sweep()

    def noted(cursor: QuickCursor, *given: Any, **named: Any) -> Any:
        answer = execute(cursor, *given, **named)
        if threading.get_ident() == mine and next(sent) == number:
            coming.append(pool.submit(sweep))
            while not wait(coming, LOOK_SECONDS).done and not observer.execute(HELD_UP).rowcount:
                pass
        return answer

    QuickCursor.execute = noted  # type: ignore[method-assign]
    try:
        yield lambda: bool(coming)
    finally:
        if is_own:
            QuickCursor.execute = execute  # type: ignore[method-assign]
        else:
            del QuickCursor.execute
        pool.shutdown()
    for one in coming:
        one.result()


@pytest.fixture
def observer(addresses: dict[str, str]) -> Iterator[psycopg.Connection[Any]]:
    """Sees everybody in this database."""
    with psycopg.connect(_plain(addresses["super"]), autocommit=True) as connection:
        yield connection


@pytest.fixture
def people(app: Flask) -> Iterator[People]:
    with clock.at(NOON):
        yield People(app)


@pytest.mark.parametrize("what", ASKED)
def test_k4_what_is_asked_for_while_it_is_deleted_is_answered_in_words(
    people: People, observer: psycopg.Connection[Any], what: str, caplog: pytest.LogCaptureFixture
):
    for number in count(1):
        declaration = people.declare(held=not what.startswith(("taking over", "taken back")))
        with swept_after(number, declaration.expires_at + MICROSECOND, observer) as came_by:
            answer = ASKED[what](people)
        assert answer.status_code < 500, f"after statement {number}: {caplog.text[-3000:]}"
        whole_or_gone(declaration)
        if not came_by():
            break
    assert number > 2
    assert answer.status_code in (200, 204, 303), "left alone it is answered"


def whole_or_gone(declaration: Known) -> None:
    """It is there and not half, or it has left its tombstone, no photo and no message."""
    with transaction() as session:
        kept = session.get(Declaration, declaration.id)
        of_it = {"declaration_id": declaration.id}
        stones = session.query(Tombstone).filter_by(**of_it).count()
        hanging = sum(session.query(model).filter_by(**of_it).count() for model in (Photo, PhotoUpload, Claim, Notice))
    assert (kept is None) == (stones == 1)
    assert kept is not None or hanging == 0


def test_k5_a_letter_with_form_01_whose_declaration_is_deleted_while_it_is_made_is_not_sent(
    people: People, observer: psycopg.Connection[Any], started: Settings
):
    """The drain goes on: one message less, and no fault."""
    for number in count(1):
        declaration = people.declare()
        with transaction() as session:
            row = session.get_one(Declaration, declaration.id)
            declaration_received(session, row)
        with swept_after(number, declaration.expires_at + MICROSECOND, observer) as came_by:
            notices.drain_default()
        whole_or_gone(declaration)
        if not came_by():
            break
    with transaction() as session:
        letters = session.query(Notice).filter_by(declaration_id=declaration.id, channel=NoticeChannel.EMAIL).all()
    assert {letter.status for letter in letters} == {NoticeStatus.DELIVERED}
