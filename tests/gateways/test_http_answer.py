"""The answers of one HTTP connection (RFC 9112), in whatever pieces they come, and requests that become no others."""

from __future__ import annotations

import pytest

from backoffice.config import Settings
from backoffice.gateways.delivery import GatewayDown
from backoffice.gateways.sms import open_sms
from backoffice.gateways.sms.http_answer import MOST_BYTES, Answers
from tests.peers.fixtures import StartPeer

TAKEN = b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\n0: ok"
LATER = b"HTTP/1.1 503 Later\r\nContent-Length: 4\r\n\r\nwait"
END = b""


def after(*pieces: bytes) -> Answers:
    """Return what has come of an answer after those pieces."""
    answers = Answers()
    for piece in pieces:
        answers.take(piece)
    return answers


def said(answers: Answers) -> tuple[int, bytes, bool]:
    assert answers.is_whole
    return answers.code, bytes(answers.body), answers.keeps_open


@pytest.mark.parametrize(
    ("pieces", "keeps_open"),
    [
        ([TAKEN], True),
        ([TAKEN[place : place + 1] for place in range(len(TAKEN))], True),
        ([TAKEN.replace(b"\r\n", b"\n")], True),
        ([b"HTTP/1.1 202\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n0:\r\n", b"3\r\n ok\r\n0\r\n\r\n"], True),
        ([b"HTTP/1.1 202\r\nConnection: close\r\nContent-Length: 5\r\n\r\n0: ok"], False),
        ([b"HTTP/1.0 202\r\nContent-Length: 5\r\n\r\n0: ok"], False),
        ([b"HTTP/1.0 202\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\n0: ok"], True),
        ([b"HTTP/1.1 202\r\n\r\n0:", b" ok", END], False),
        ([b"HTTP/1.1 202\r\nContent-Length: 99\r\n\r\n0: ok", END], False),
        ([b"HTTP/1.1 202\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n0: ok", END], False),
    ],
    ids=lambda value: b"|".join(value)[:60].decode() if isinstance(value, list) else "",
)
def test_an_answer_is_the_same_however_it_comes(pieces: list[bytes], keeps_open: bool) -> None:
    assert said(after(*pieces)) == (202, b"0: ok", keeps_open)


@pytest.mark.parametrize("promise", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Hints\r\nLink: <x>\r\n\r\n"])
def test_what_only_promises_an_answer_is_none(promise: bytes) -> None:
    """RFC 9110, 15.2."""
    assert said(after(promise + TAKEN)) == said(after(promise, promise, TAKEN)) == (202, b"0: ok", True)
    with pytest.raises(ValueError):
        after(promise, END)


@pytest.mark.parametrize("more", [LATER, b"nonsense\r\n", b"\0"])
def test_who_says_more_than_was_asked_is_not_asked_on_that_connection_again(more: bytes) -> None:
    """The words after an answer would else be taken for the answer to the next message."""
    assert said(after(TAKEN + more)) == (202, b"0: ok", False)


def test_the_next_answer_has_nothing_of_the_one_before() -> None:
    answers = after(TAKEN)
    answers.expect()
    assert (answers.code, answers.is_whole) == (0, False)
    answers.take(LATER)
    assert said(answers) == (503, b"wait", True)


@pytest.mark.parametrize(
    "pieces",
    [
        [END],
        [b"HTTP/1.1 202 Acc", END],
        [b"220 mail.example.vn ESMTP\r\n"],
        [b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n0: ok"],
        [b"HTTP/1.1 202\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n0: ok"],
        [b"HTTP/1.1 202\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n0: ok"],
        [b"HTTP/1.1 202\r\nX: " + b"y" * 3 * MOST_BYTES],
    ],
    ids=lambda value: b"|".join(value)[:40].decode(),
)
def test_nonsense_is_no_answer(pieces: list[bytes]) -> None:
    with pytest.raises(ValueError):
        after(*pieces)


def test_a_body_without_end_is_cut_off() -> None:
    answers = after(b"HTTP/1.1 200\r\n\r\n", *[b"x" * 1000] * 70)
    status, body, keeps_open = said(answers)
    assert (status, keeps_open) == (200, False)
    assert MOST_BYTES < len(body) < MOST_BYTES + 2000


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: y", "/\x00", "/ngân"])
def test_an_address_that_would_make_another_request_asks_nothing(
    http_peer: StartPeer, started: Settings, path: str
) -> None:
    peer = http_peer()
    (gateway,) = open_sms(f"brandname+http://bhxh:matkhau@127.0.0.1:{peer.port}/", started)
    gateway._path = path  # type: ignore[attr-defined] (no address that can be read holds a line's end)
    with pytest.raises(GatewayDown):
        gateway.send(to="0981234567", text="BHXH: thu", notice_id=1)
    gateway.close()
    peer.caught_up()
    assert peer.count("message") == 0
