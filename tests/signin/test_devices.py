"""Known devices: told of when one is new, answered for by another, forgotten (issue 7, point 3)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backoffice.kernel.db import transaction
from backoffice.models import KnownDevice, Officer, TrailEvent
from backoffice.signin import links, redeeming, sessions
from tests.factories import PASSWORD
from tests.signin.browser import come_in, form_token, post
from tests.signin.helpers import MORNING, a_link, after, an_officer, ends, enter, trail

CHROME = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36"}
NEWS = "đã đăng nhập từ một máy mới lúc"


@pytest.fixture
def lan() -> Officer:
    return an_officer("lan")


@pytest.fixture
def desk(client: FlaskClient, lan: Officer) -> FlaskClient:
    """The browser lan has always used."""
    return come_in(client)


@pytest.fixture
def stranger(app: Flask, desk: FlaskClient) -> FlaskClient:
    """Another browser, in which somebody signed in as lan a minute after."""
    client = app.test_client()
    token = form_token(client)
    form = {"csrf_token": token, "username": "lan", "password": PASSWORD}
    assert client.post("/login", data=form, headers=CHROME).status_code == 303
    return client


def names() -> list[str]:
    """How the known devices are named in forms, oldest first."""
    with transaction() as session:
        return [h.hex() for h in session.scalars(select(KnownDevice.token_hash).order_by(KnownDevice.first_seen_at))]


def has_news(token: str) -> bool:
    state = sessions.resume(token, is_input=False)
    assert state is not None
    return state.has_news


class TestNews:
    """A sign-in from a new device is told of on every other, until it is answered."""

    def test_the_first_device_of_all_is_no_news(self, lan: Officer):
        assert not enter("lan").is_new_device
        assert not has_news(enter("lan").token)

    def test_a_known_device_is_no_news(self, lan: Officer):
        first = enter("lan")
        again = enter("lan", device_token=first.device_token)
        assert not again.is_new_device
        assert not has_news(again.token)

    def test_a_new_one_is_told_of_on_the_known_one(self, desk: FlaskClient, stranger: FlaskClient):
        come_in(desk)
        page = desk.get("/desk").text
        assert NEWS in page
        assert "Chrome trên Windows, địa chỉ 127.0.0.1" in page

    def test_it_is_told_until_it_is_answered(self, desk: FlaskClient, stranger: FlaskClient):
        for _ in range(2):
            come_in(desk)
            assert NEWS in desk.get("/desk").text
        assert post(desk, "/me/devices/news", {"answer": "mine"}).location == "/me"
        assert NEWS not in desk.get("/desk").text
        come_in(desk)
        assert NEWS not in desk.get("/desk").text
        assert [row.facts["number"] for row in trail(TrailEvent.DEVICE_KNOWN)] == [1]

    @pytest.mark.parametrize("answer", ["", "yes", "x" * 5000])
    def test_an_unclear_answer_is_none(self, desk: FlaskClient, stranger: FlaskClient, answer: str):
        come_in(desk)
        post(desk, "/me/devices/news", {"answer": answer})
        assert NEWS in desk.get("/desk").text

    def test_a_device_cannot_answer_for_itself(self, desk: FlaskClient, stranger: FlaskClient):
        assert NEWS not in stranger.get("/desk").text
        post(stranger, "/me/devices/news", {"answer": "mine"})
        stranger.delete_cookie("device", domain="localhost")
        post(stranger, "/me/devices/news", {"answer": "mine"})
        come_in(desk)
        assert NEWS in desk.get("/desk").text

    def test_the_new_device_is_told_that_others_will_be_asked(self, stranger: FlaskClient):
        assert "Lần đầu bạn đăng nhập từ máy này." in stranger.get("/desk").text

    def test_a_locked_screen_tells_nothing_of_it(self, desk: FlaskClient, stranger: FlaskClient):
        come_in(desk)
        post(desk, "/lock")
        assert NEWS not in desk.get("/lock").text

    def test_after_all_devices_were_forgotten_each_is_news_again(self, desk: FlaskClient, lan: Officer):
        post(desk, "/me/everywhere")
        assert enter("lan").is_new_device


class TestDenied:
    """Not me: everything ends, the password is dead, a new one comes from an administrator."""

    @pytest.fixture
    def denied(self, desk: FlaskClient, stranger: FlaskClient) -> FlaskClient:
        come_in(desk)
        assert post(desk, "/me/devices/news", {"answer": "not_mine"}).location == "/login"
        return desk

    def test_whoever_answers_is_told_what_to_do(self, denied: FlaskClient):
        assert "Xin liên hệ ngay người quản trị của đơn vị" in denied.get("/login").text

    def test_nobody_comes_in_by_the_former_password(self, denied: FlaskClient, stranger: FlaskClient):
        for client in (denied, stranger):
            assert client.get("/desk").status_code == 303
            assert post(client, "/login", {"username": "lan", "password": PASSWORD}).status_code == 422
        assert names() == []
        assert ends() == ["replaced", "replaced", "everywhere"]

    def test_a_link_made_before_is_dead_and_a_new_one_lets_in(self, desk: FlaskClient, lan: Officer):
        before = a_link(lan)
        post(desk, "/me/devices/news", {"answer": "not_mine"})
        with pytest.raises(redeeming.LinkOver):
            redeeming.whose(before)
        new = {"new": "năm con trâu đọc sách", "repeat": "năm con trâu đọc sách"}
        assert post(desk, links.path_of(a_link(lan)), new).location == "/"

    def test_it_is_on_the_trail(self, denied: FlaskClient, lan: Officer):
        assert [(row.actor_id, row.facts) for row in trail(TrailEvent.SIGN_OUT_EVERYWHERE)] == [
            (lan.id, {"denied": True})
        ]


class TestForgetting:
    """One device, or all."""

    def test_a_forgotten_device_is_a_strangers_again(self, desk: FlaskClient, lan: Officer):
        result = enter("lan")
        kept = names()
        desk = come_in(desk)
        assert post(desk, "/me/devices/forget", {"device": kept[-1]}).location == "/me"
        assert names() == kept[:-1]
        assert enter("lan", device_token=result.device_token).is_new_device
        assert len(trail(TrailEvent.DEVICE_FORGOTTEN)) == 1

    def test_sent_twice_it_is_told_that_it_is_gone(self, desk: FlaskClient):
        device = names()[0]
        post(desk, "/me/devices/forget", {"device": device})
        again = post(desk, "/me/devices/forget", {"device": device})
        assert again.status_code == 404
        assert "đã được xóa khỏi danh sách từ trước" in again.text

    def test_nobody_forgets_anothers_device(self, desk: FlaskClient):
        an_officer("minh")
        enter("minh")
        before = names()
        assert post(desk, "/me/devices/forget", {"device": before[-1]}).status_code == 404
        assert names() == before

    @pytest.mark.parametrize("device", ["", "x", "00", "0" * 5000, "đ", "\x00"])
    def test_an_invented_device_is_not_found(self, desk: FlaskClient, device: str):
        assert post(desk, "/me/devices/forget", {"device": device}).status_code == 404

    def test_signing_out_everywhere_ends_all_and_knows_no_device(self, desk: FlaskClient, lan: Officer):
        cookie = desk.get_cookie("officer", domain="localhost")
        assert cookie is not None
        answer = post(desk, "/me/everywhere")
        assert answer.location == "/login"
        assert "Đã đăng xuất khỏi mọi thiết bị" in desk.get("/login").text
        desk.set_cookie("officer", cookie.value, domain="localhost")
        assert desk.get("/desk").location == "/login?next=/desk"
        assert (ends(), names()) == (["everywhere"], [])
        assert enter("lan")


class TestLastSeen:
    """Officer.last_seen_at: the last sign-in, or the last input of a session that has ended."""

    def seen(self) -> datetime | None:
        with transaction() as session:
            return session.scalars(select(Officer.last_seen_at)).one()

    def test_who_never_was_here_was_never_seen(self, lan: Officer):
        assert self.seen() is None

    def test_it_is_the_sign_in_and_then_the_last_input_of_what_ended(self, lan: Officer):
        with after():
            token = enter("lan").token
        assert self.seen() == MORNING
        with after(minutes=7):
            sessions.resume(token, is_input=True)
        with after(minutes=9):
            sessions.sign_out(token)
        assert self.seen() == MORNING + timedelta(minutes=7)
