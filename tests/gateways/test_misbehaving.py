"""HTTP gateways that hang, break off, drip and talk nonsense: each becomes the right answer, and in bounded time."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from backoffice.config import Settings
from backoffice.gateways.delivery import Fate, Sent, Sms
from backoffice.gateways.sms import GatewayDown, GatewayRefused, SmsGateway, open_sms
from backoffice.gateways.sms.marks import read_mark
from tests.gateways.test_email import self_signed
from tests.gateways.windows import fates, many
from tests.peers.fixtures import StartPeer
from tests.peers.peer import Peer

PATIENCE = 0.4
"""Seconds a call may take in these tests, where the desk gives it ten."""
Connect = Callable[..., Any]


@pytest.fixture
def connect(started: Settings) -> Iterator[Connect]:
    """Open the gateway at a peer; with a short patience where no answer is what is tried."""
    opened: list[SmsGateway] = []

    def to(peer: Peer, seconds: float = 10.0, *, scheme: str = "http", more: str = "") -> SmsGateway:
        url = f"{scheme}://bhxh:matkhau@127.0.0.1:{peer.port}/cgi-bin/sendsms?name=web&dlr=http://desk.invalid{more}"
        (gateway,) = open_sms(url, started)
        gateway.seconds = seconds  # type: ignore[attr-defined]
        opened.append(gateway)
        return gateway

    yield to
    for gateway in opened:
        gateway.close()


def send(gateway: SmsGateway, text: str = "BHXH: xin chao", notice_id: int = 7) -> None:
    assert not gateway.send(to="0981234567", text=text, notice_id=notice_id, attempt=2).delivered


def test_a_message_is_asked_for_as_kannel_wants_it_with_an_address_for_its_receipt(
    http_peer: StartPeer, connect: Connect
) -> None:
    peer = http_peer(receipts="none")
    send(connect(peer), "BHXH: ma_so & 100% @")
    message = peer.wait("message")
    assert (message["to"], message["text"], message["coding"]) == ("0981234567", "BHXH: ma_so & 100% @", "0")
    address = urlsplit(message["dlr-url"])
    assert (address.netloc, address.path[:25]) == ("desk.invalid", "/api/v1/receipts/web/7-2-")
    assert read_mark("web", address.path.rpartition("/")[2]) == (7, 2)
    assert parse_qs(address.query) == {"status": ["%d"]}


def test_words_with_diacritics_go_in_ucs_2(http_peer: StartPeer, connect: Connect) -> None:
    peer = http_peer(receipts="none")
    send(connect(peer), "Kính gửi Ông/Bà")
    assert (peer.wait("message")["coding"], peer.wait("message")["text"]) == ("2", "Kính gửi Ông/Bà")


def test_messages_share_a_connection_and_a_gateway_that_closes_it_gets_a_new_one(
    http_peer: StartPeer, connect: Connect
) -> None:
    peer = http_peer(receipts="none")
    gateway = connect(peer)
    for _ in range(3):
        send(gateway)
    peer.wait("message", 3)
    assert peer.count("connected") == 1
    peer.tell(close=True)
    for _ in range(3):
        send(gateway)
    peer.wait("message", 6)
    assert peer.count("connected") == 3


@pytest.mark.parametrize(
    ("mode", "unsure"),
    [
        ({"hang": True}, True),
        ({"deaf": True}, True),
        ({"drip": "headers"}, True),
        ({"drip": "body", "body": "<html>Bao tri he thong</html>"}, True),
        ({"reset": "late"}, True),
        ({"raw": ""}, True),
        ({"raw": "220 mail.example.vn ESMTP\r\n"}, True),
        ({"raw": "HTTP/1.1 202 Accepted\r\nContent-Length: 99\r\n\r\nSer"}, True),
        ({"raw": "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n0: Accepted"}, True),
        ({"raw": "HTTP/1.1 202 Accepted\r\n" + "X: y\r\n" * 200 + "\r\n"}, True),
        ({"status": 200, "body": "<html>Bao tri he thong</html>"}, True),
        ({"status": 200, "body": ""}, True),
        ({"drip": "headers", "close": True, "drip_seconds": 0.2}, True),
        ({"status": 200, "body": "x" * 100_000}, True),
        ({"status": 302}, False),
        ({"status": 404}, False),
        ({"status": 429}, False),
        ({"status": 500}, True),
        ({"status": 503}, False),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else "",
)  # fmt: skip
def test_whatever_a_gateway_does_the_message_is_kept_for_later_and_doubt_is_told(
    http_peer: StartPeer, connect: Connect, mode: dict[str, Any], unsure: bool
) -> None:
    """`unsure`: it may have been taken, so no other gateway is asked at once; and the next one goes."""
    peer = http_peer(receipts="none", **mode)
    gateway = connect(peer, PATIENCE)
    with pytest.raises(GatewayDown) as caught:
        send(gateway)
    assert caught.value.unsure is unsure
    assert caught.value.__cause__ is None
    peer.tell(
        **dict.fromkeys(("hang", "deaf"), False),
        drip="",
        close=False,
        reset="",
        raw=None,
        status=202,
        body="0: Accepted",
    )
    gateway.seconds = 10.0
    send(gateway)


@pytest.mark.parametrize(
    "mode", [{"drip": "body"}, {"raw": "HTTP/1.1 202 Accepted\r\nContent-Length: 99\r\n\r\n0: Acc"}], ids=str
)
def test_an_answer_that_begins_with_acceptance_counts_though_its_end_never_comes(
    http_peer: StartPeer, connect: Connect, mode: dict[str, Any]
) -> None:
    """Nobody gets it twice for three bytes; and the broken line is not used again."""
    peer = http_peer(receipts="none", **mode)
    gateway = connect(peer, PATIENCE)
    send(gateway)
    peer.tell(drip="", raw=None)
    send(gateway)
    peer.wait("message", 2)
    assert peer.count("connected") == 2


def test_a_connection_reset_before_anything_was_said_takes_nothing(http_peer: StartPeer, connect: Connect) -> None:
    peer = http_peer(reset="early")
    with pytest.raises(GatewayDown):
        send(connect(peer))
    assert peer.count("message") == 0


def test_a_gateway_that_is_not_there_is_surely_not_reached(http_peer: StartPeer, connect: Connect) -> None:
    peer = http_peer()
    peer.tell(act="stop")
    with pytest.raises(GatewayDown, match="Chưa kết nối được") as caught:
        send(connect(peer))
    assert not caught.value.unsure


def test_a_window_is_never_exceeded_and_every_message_has_its_own_fate(http_peer: StartPeer, connect: Connect) -> None:
    peer = http_peer(receipts="none", hold=True, throttle=5)
    gateway = connect(peer, more="&window=3")
    asked: list[int] = []

    def ask() -> Iterator[Sms]:
        for sms in many(7):
            asked.append(sms.notice_id)
            yield sms

    told: dict[int, Fate] = {}
    sender = threading.Thread(target=lambda: told.update(fates(gateway, ask())))
    sender.start()
    peer.wait("held", 3)
    assert (asked, peer.count("message")) == ([0, 1, 2], 3)
    peer.tell(hold=False)
    peer.tell(act="release")
    sender.join(60)
    peer.caught_up()
    throttled = {message["text"] for message in peer.said("message", status=429)}
    assert len(throttled) == 1
    for sms in many(7):
        assert isinstance(told[sms.notice_id], GatewayDown if sms.text in throttled else Sent)
    assert peer.count("connected") == 3


def test_one_answer_that_does_not_come_holds_up_nobody_else(http_peer: StartPeer, connect: Connect) -> None:
    peer = http_peer(receipts="none", hold_after=1)
    gateway = connect(peer, PATIENCE, more="&window=2")
    messages = iter(many(2))
    first, second = gateway.send_each(messages)
    assert [(sms.notice_id, type(fate)) for sms, fate in first] == [(0, Sent)]
    ((sms, fate),) = second
    assert (sms.notice_id, type(fate), fate.unsure) == (1, GatewayDown, True)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_one_message_without_an_answer_makes_no_other_unsure(
    http_peer: StartPeer, connect: Connect, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 8446, 4.6.1: a session ticket is something to read and no answer; what has come is read though it is cut."""
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    peer = http_peer(receipts="none", silent=["0981200000"], certificate=str(certificate) if scheme == "https" else "")
    told = fates(connect(peer, PATIENCE, scheme=scheme, more="&window=5"), many(9))
    silent = told.pop(0)
    assert isinstance(silent, GatewayDown)
    assert silent.unsure
    assert {type(fate) for fate in told.values()} == {Sent}
    peer.caught_up()
    assert peer.count("message") == 9


def test_a_gateway_that_is_not_there_is_not_asked_a_whole_window(http_peer: StartPeer, connect: Connect) -> None:
    peer = http_peer()
    peer.tell(act="stop")
    messages = iter(many(9))
    first = next(iter(connect(peer, more="&window=5").send_each(messages)))
    assert [sms.notice_id for sms, _ in first] == [0]
    assert len(list(messages)) == 8


def test_who_stops_halfway_leaves_no_line_on_which_an_old_answer_comes(http_peer: StartPeer, connect: Connect) -> None:
    peer = http_peer(receipts="none", hold_after=1)
    gateway = connect(peer, more="&window=3")
    sending = gateway.send_each(iter(many(3)))
    next(sending)
    sending.close()
    peer.tell(hold=False, act="forget")
    peer.tell(hold=False, status=400)
    with pytest.raises(GatewayRefused):
        send(gateway)


def test_a_wrong_password_is_a_matter_for_the_administrator_not_for_the_message(
    http_peer: StartPeer, connect: Connect
) -> None:
    with pytest.raises(GatewayDown, match="không cho hệ thống đăng nhập") as caught:
        send(connect(http_peer(password="khac")))
    assert not caught.value.unsure


@pytest.mark.parametrize("status", [400, 422])
def test_a_message_that_the_gateway_calls_wrong_is_refused_for_good(
    http_peer: StartPeer, connect: Connect, status: int
) -> None:
    with pytest.raises(GatewayRefused) as caught:
        send(connect(http_peer(status=status, body="Number 0981234567 rejected")))
    assert "0981234567" not in caught.value.reason_vi


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('{"code": 2}', GatewayRefused),
        ('{"code": 5}', GatewayDown),
        ('{"code": 1}', GatewayDown),
        ("[]", GatewayDown),
        ("null", GatewayDown),
        ('{"code": "x"}', GatewayDown),
        ('{"code": 1e999}', GatewayDown),
        ('{"code": false}', GatewayDown),
        ('{"code": 0.9}', GatewayDown),
        ("[" * 50_000, GatewayDown),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_a_json_gateway_is_read_with_the_same_care(
    http_peer: StartPeer, connect: Connect, body: str, error: type[Exception]
) -> None:
    peer = http_peer(status=200, body=body)
    with pytest.raises(error):
        send(connect(peer, scheme="brandname+http"))


def test_a_json_gateway_takes_a_message_with_its_callback(http_peer: StartPeer, connect: Connect) -> None:
    peer = http_peer(status=200, body='{"code": 0}')
    send(connect(peer, scheme="brandname+http"))
    message = peer.wait("message")
    assert (message["phone"], message["content"]) == ("84981234567", "BHXH: xin chao")
    assert read_mark("web", message["callback"].rpartition("/")[2]) == (7, 2)


def test_neither_words_nor_password_are_written_to_any_log(
    http_peer: StartPeer, connect: Connect, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    peer = http_peer(receipts="none")
    gateway = connect(peer, PATIENCE)
    send(gateway, "BHXH: mat khau abcd2345efgh")
    for mode in ({"status": 400}, {"status": 200, "body": "?"}, {"reset": "late"}):
        peer.tell(**mode)
        with pytest.raises((GatewayDown, GatewayRefused)):
            send(gateway, "BHXH: mat khau abcd2345efgh")
    said = caplog.text + "".join(capfd.readouterr())
    assert [secret for secret in ("abcd2345", "matkhau", "981234567") if secret in said] == []
