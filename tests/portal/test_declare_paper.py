"""Form 01 on a machine others use too: it opens by the draft's cookie alone, and “Xong” leaves nothing (point 6)."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from backoffice.intake import own
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, PhotoKind, TrailEvent, TrailRow
from tests.factories import make_office
from tests.portal.filling import begin, filled, post, send
from tests.portal.sent import ask, sent

PAPER = "/declare/form01.pdf"


@pytest.fixture(autouse=True)
def office(database: None) -> None:
    with transaction() as session:
        make_office(session, "00114", name="BHXH huyện Thử")


def test_who_sent_views_form_01_inline_and_nothing_caches_it(app: Flask, client: FlaskClient):
    filled(client)
    assert client.get(PAPER).status_code == 404  # not sent yet
    send(client)
    assert f'href="{PAPER}"' in client.get("/declare/done").text
    shown = client.get(PAPER)
    assert shown.mimetype == "application/pdf"
    assert shown.headers["Content-Disposition"] == 'inline; filename="mau-so-01.pdf"'
    assert shown.headers["Cache-Control"] == "no-store"
    assert "Nguyễn Thử Mẫu" in PdfReader(BytesIO(shown.data)).pages[0].extract_text()
    with transaction() as session:
        assert session.scalars(select(TrailRow.event).where(TrailRow.event == TrailEvent.FORM01)).all()
    assert app.test_client().get(PAPER).status_code == 404


def test_after_xong_the_address_in_the_history_opens_nothing_and_back_is_forgotten(client: FlaskClient):
    filled(client)
    send(client)
    page = client.get("/declare/done")
    assert "Xong, xóa khỏi máy này" in page.text
    token = client.get_cookie("declare")
    assert token is not None
    gone = post(client, "/declare/drop")
    assert gone.headers["Clear-Site-Data"] == '"cache"'
    assert client.get_cookie("declare") is None
    assert client.get(PAPER).status_code == 404
    assert client.get("/declare/done").status_code == 404
    client.set_cookie("declare", token.value)  # whoever had copied the cookie has no more of it
    assert client.get(PAPER).status_code == 404
    with transaction() as session:
        assert session.scalars(select(Declaration)).one()  # what was sent stays sent


def test_k4_once_overdue_the_form_is_not_handed_out(client: FlaskClient):
    filled(client)
    send(client)
    with transaction() as session:
        session.scalars(select(Declaration)).one().expires_at = clock.now()
    answer = client.get(PAPER)
    assert answer.status_code == 404
    assert "đã quá hạn" in answer.text


def test_a_form_that_is_only_being_filled_in_has_no_paper(client: FlaskClient):
    begin(client)
    assert client.get(PAPER).status_code == 404


def test_later_the_paper_opens_for_who_was_let_in_until_they_leave_or_it_is_decided(app: Flask, client: FlaskClient):
    filled(client)
    send(client)
    later = app.test_client()
    page = "/declare/status/form01"
    assert later.get(page).status_code == post(later, page, paper="4567").status_code == 401
    with transaction() as session:
        one = session.scalars(select(Declaration)).one()
    post(later, "/declare/status", receipt_code=one.receipt_code, digits=one.phone[-3:])
    assert f'href="{page}"' in later.get("/declare/status").text
    assert "4 ký tự cuối" in later.get(page).text
    shown = post(later, page, paper=one.id_number[-4:])
    assert (shown.mimetype, shown.headers["Cache-Control"]) == ("application/pdf", "no-store")
    left = post(later, "/declare/status/leave")
    assert left.headers["Clear-Site-Data"] == '"cache"'
    assert post(later, page, paper=one.id_number[-4:]).status_code == 401
    post(later, "/declare/status", receipt_code=one.receipt_code, digits=one.phone[-3:])
    own.withdraw(one.id)
    assert post(later, page, paper=one.id_number[-4:]).status_code == 404
    assert later.get(page).location == "/declare/status"


def test_d6_a_stranger_at_the_mistyped_phone_gets_no_paper_and_guesses_close_the_door(client: FlaskClient):
    one = sent(PhotoKind.PORTRAIT)
    ask(client, one)
    for typed in ("", "12", "0000", "0000", "0000", "0000", "0000"):
        refused = post(client, "/declare/status/form01", paper=typed)
        assert (refused.status_code, refused.mimetype) == (422, "text/html"), typed
        assert one.full_name not in refused.text
    closed = post(client, "/declare/status/form01", paper=one.id_number[-4:])
    assert (closed.status_code, closed.mimetype) == (429, "text/html")
