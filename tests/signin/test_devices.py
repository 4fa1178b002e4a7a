"""Known devices: told of when one is new, answered for by another, forgotten (issue 7, point 3)."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput, TooManyRequests
from backoffice.models import KnownDevice, Officer, TrailEvent
from backoffice.signin import devices, links, news, redeeming, sessions, throttle
from tests.factories import PASSWORD
from tests.signin.browser import come_in, form_token, post
from tests.signin.helpers import MORNING, a_link, after, an_officer, ends, enter, trail, until_waiting

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
        known = select(KnownDevice.token_hash).where(KnownDevice.forgotten_at.is_(None))
        return [h.hex() for h in session.scalars(known.order_by(KnownDevice.first_seen_at))]


def it_was_me(client: FlaskClient) -> TestResponse:
    """Answer so, as the page that is open now offers it."""
    shown = re.search(r'name="shown" value="([^"]*)"', client.get("/desk").text)
    assert shown
    return post(client, "/me/devices/news", {"answer": "mine", "shown": shown[1]})


def new_browsers(app: Flask, number: int) -> list[FlaskClient]:
    """So many browsers never seen before, in which somebody signed in as lan one after the other."""
    return [come_in(app.test_client()) for _ in range(number)]


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
        assert it_was_me(desk).location == "/me"
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
        all_of_them = " ".join(names())
        assert post(stranger, "/me/devices/news", {"answer": "mine", "shown": all_of_them}).status_code == 409
        stranger.delete_cookie("device", domain="localhost")
        assert post(stranger, "/me/devices/news", {"answer": "mine", "shown": all_of_them}).status_code == 409
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

    def test_new_devices_do_not_vouch_for_each_other(self, app: Flask, desk: FlaskClient):
        for one in new_browsers(app, 2):
            come_in(one)
            page = one.get("/desk").text
            assert NEWS in page
            assert "Máy này cũng chưa được xác nhận" in page
            assert ">Đúng là tôi<" not in page
            answer = post(one, "/me/devices/news", {"answer": "mine", "shown": " ".join(names())})
            assert answer.status_code == 409
            assert news.NOT_HERE in answer.text
        assert come_in(desk).get("/desk").text.count(NEWS) == 2

    def test_a_new_device_may_say_that_it_was_not_me(self, app: Flask, desk: FlaskClient):
        one, _ = new_browsers(app, 2)
        assert post(come_in(one), "/me/devices/news", {"answer": "not_mine"}).location == "/login"
        assert post(desk, "/login", {"username": "lan", "password": PASSWORD}).status_code == 422

    def test_a_device_that_was_answered_for_vouches_for_others(self, app: Flask, desk: FlaskClient):
        (one,) = new_browsers(app, 1)
        it_was_me(come_in(desk))
        new_browsers(app, 1)
        assert it_was_me(come_in(one)).status_code == 303
        assert NEWS not in come_in(desk).get("/desk").text

    def test_only_what_was_shown_is_answered_and_the_newest_is_shown_first(self, app: Flask, desk: FlaskClient):
        for number in range(news.AT_ONCE + 1):
            with after(minutes=number):
                new_browsers(app, 1)
        with after(minutes=10):
            page = come_in(desk).get("/desk").text
            assert re.findall(NEWS + r" <b>([\d:]+)", page) == ["08:05", "08:04", "08:03", "08:02", "08:01"]
            it_was_me(desk)
            assert re.findall(NEWS + r" <b>([\d:]+)", desk.get("/desk").text) == ["08:00"]
            it_was_me(desk)
            assert NEWS not in desk.get("/desk").text

    def test_what_came_after_the_page_was_shown_is_still_asked(self, app: Flask, desk: FlaskClient):
        new_browsers(app, 1)
        shown = names()[-1]
        new_browsers(app, 1)
        come_in(desk)
        post(desk, "/me/devices/news", {"answer": "mine", "shown": shown})
        assert desk.get("/desk").text.count(NEWS) == 1

    @pytest.mark.parametrize("shown", ["", "x", "00", "\0", "đ" * 5000, "0" * 5000, " ".join(["ab" * 32] * 100)])
    def test_a_mangled_answer_answers_nothing(self, desk: FlaskClient, stranger: FlaskClient, shown: str):
        come_in(desk)
        assert post(desk, "/me/devices/news", {"answer": "mine", "shown": shown}).status_code == 303
        assert NEWS in desk.get("/desk").text

    def test_where_a_link_was_used_is_vouched_for(self, app: Flask, lan: Officer):
        """The way out for whoever has no other device left."""
        with after():
            enter("lan")
        with after(minutes=1):
            new = new_browsers(app, 1)[0]
            post(new, "/logout")
        with after(minutes=2):
            chosen = {"new": "năm con trâu đọc sách", "repeat": "năm con trâu đọc sách"}
            assert post(new, links.path_of(a_link(lan)), chosen).location == "/"
            assert NEWS not in new.get("/desk").text
        with after(minutes=3):
            assert enter("lan", "năm con trâu đọc sách").is_new_device
        with after(minutes=4):
            come_in(new, password="năm con trâu đọc sách")
            it_was_me(new)
            assert NEWS not in new.get("/desk").text


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

    def test_news_outlives_its_device(self, desk: FlaskClient, stranger: FlaskClient):
        """Who came in with a stolen password would else wipe out the trace and go on."""
        here = names()[-1]
        assert post(stranger, "/me/devices/forget", {"device": here}).location == "/me"
        assert here not in stranger.get("/me").text
        assert post(stranger, "/me/devices/forget", {"device": here}).status_code == 404
        assert NEWS not in stranger.get("/desk").text
        page = come_in(desk).get("/desk").text
        assert NEWS in page
        assert "Chrome trên Windows, địa chỉ 127.0.0.1" in page
        it_was_me(desk)
        assert NEWS not in desk.get("/desk").text

    def test_news_outlives_signing_out_everywhere(self, desk: FlaskClient, stranger: FlaskClient):
        post(stranger, "/me/everywhere")
        assert names() == []
        assert NEWS in come_in(desk).get("/desk").text

    def test_who_comes_back_by_a_forgotten_device_is_a_stranger_still_to_be_answered(
        self, desk: FlaskClient, stranger: FlaskClient
    ):
        post(stranger, "/me/devices/forget", {"device": names()[-1]})
        assert "Lần đầu bạn đăng nhập từ máy này." in come_in(stranger).get("/desk").text
        assert come_in(desk).get("/desk").text.count(NEWS) == 1

    def test_a_forgotten_device_counts_among_strangers(self, lan: Officer):
        with after():
            enter("lan")
        with after(minutes=1):
            thief = enter("lan")
            devices.forget(thief.actor, names()[-1])
        with after(minutes=2):
            for _ in range(throttle.USER_LIMIT):
                with pytest.raises(InvalidInput):
                    enter("lan", "sai", address="203.0.113.7")
            with pytest.raises(TooManyRequests):
                enter("lan", device_token=thief.device_token)

    def test_gone_while_it_signs_in_a_device_is_remembered_anew(self, lan: Officer):
        """As when the sweep comes at that moment: the sign-in waits for it, and goes on."""
        token = enter("lan").device_token
        with ThreadPoolExecutor(1) as pool:
            with transaction() as session:
                session.execute(delete(KnownDevice))
                again = pool.submit(enter, "lan", device_token=token)
                until_waiting()
            assert again.result().device_token == token
        assert len(names()) == 1

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
