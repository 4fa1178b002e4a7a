"""An SMPP session that is lost: bound again at once where it was of use, else after a pause that grows (npm's smpp)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from backoffice.gateways.sms import GatewayDown, GatewayRefused, Sent
from backoffice.gateways.sms.address import read_address
from backoffice.gateways.sms.smpp import SmppSms
from backoffice.gateways.sms.smpp_link import FIRST_BACKOFF, LONGEST_BACKOFF, STEADY_SECONDS
from tests.gateways.windows import fates, many
from tests.peers.fixtures import StartPeer
from tests.peers.peer import SECONDS, Peer

Connect = Callable[..., SmppSms]
MOMENT = 0.25
REFUSED = "0981230001"


@dataclass
class Clock:
    """The time by which the link reckons its pauses: it stands still unless told."""

    seconds: float = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("backoffice.gateways.sms.smpp_link.time", made)
    return made


@pytest.fixture
def connect(clock: Clock) -> Iterator[Connect]:
    opened: list[SmppSms] = []

    def to(peer: Peer, *, password: str = "matkhau", window: int = 1) -> SmppSms:
        url = f"smpp://bhxh:{password}@127.0.0.1:{peer.port}?name=smsc&window={window}"
        opened.append(SmppSms(read_address(url)))
        return opened[-1]

    yield to
    for gateway in opened:
        gateway.close()


def send(gateway: SmppSms, to: str = "0981234567") -> Sent:
    return gateway.send(to=to, text="BHXH: xin chao", notice_id=1)


def lose_fresh(gateway: SmppSms, peer: Peer) -> None:
    """Bind a session anew; the centre drops it before it has answered anything."""
    peer.tell(close_after=1)
    with pytest.raises(GatewayDown) as caught:
        send(gateway)
    assert caught.value.unsure, "it was bound, and something was said"
    assert gateway.link.session == 0


def lose(gateway: SmppSms, peer: Peer) -> None:
    """The centre drops the session, and the link hears of it."""
    peer.tell(act="drop")
    gateway.link.read(SECONDS)
    assert gateway.link.session == 0


def must_wait(gateway: SmppSms, peer: Peer) -> None:
    """Whoever sends now is told that the network is not reached: nothing is taken, and the centre is not called."""
    before = peer.count("bind")
    with pytest.raises(GatewayDown, match="Chưa kết nối được") as caught:
        send(gateway)
    assert not caught.value.unsure
    peer.caught_up()
    assert peer.count("bind") == before


def test_a_session_that_took_a_message_is_bound_again_at_once_and_as_often_as_it_is_lost(
    smpp_peer: StartPeer, connect: Connect
) -> None:
    peer = smpp_peer(receipts="none")
    gateway = connect(peer)
    for _ in range(4):
        assert send(gateway).gateway_id
        lose(gateway, peer)
    assert send(gateway).gateway_id
    assert peer.count("bind") == 5


def test_a_session_that_is_dropped_right_away_waits_longer_each_time_up_to_the_longest_pause(
    smpp_peer: StartPeer, connect: Connect, clock: Clock
) -> None:
    peer = smpp_peer(receipts="none")
    gateway = connect(peer)
    assert (FIRST_BACKOFF, LONGEST_BACKOFF) == (1.0, 15.0)
    for number, pause in enumerate((1, 2, 4, 8, 15, 15), start=1):
        lose_fresh(gateway, peer)
        assert peer.count("bind") == number
        must_wait(gateway, peer)
        clock.seconds += pause - MOMENT
        must_wait(gateway, peer)
        clock.seconds += MOMENT
    assert send(gateway).gateway_id


def test_whoever_asks_during_the_pause_makes_it_no_longer(smpp_peer: StartPeer, connect: Connect, clock: Clock) -> None:
    peer = smpp_peer(receipts="none")
    gateway = connect(peer)
    lose_fresh(gateway, peer)
    for _ in range(5):
        must_wait(gateway, peer)
    clock.seconds += FIRST_BACKOFF
    assert send(gateway).gateway_id


def test_during_the_pause_all_of_a_window_surely_stays_here(smpp_peer: StartPeer, connect: Connect) -> None:
    peer = smpp_peer(receipts="none")
    gateway = connect(peer, window=4)
    lose_fresh(gateway, peer)
    told = fates(gateway, many(8))
    assert [isinstance(fate, GatewayDown) and not fate.unsure for fate in told.values()] == [True] * 8
    peer.caught_up()
    assert (peer.count("bind"), peer.count("submit")) == (1, 1)


def test_one_message_taken_ends_the_growing_of_the_pauses(smpp_peer: StartPeer, connect: Connect, clock: Clock) -> None:
    peer = smpp_peer(receipts="none")
    gateway = connect(peer)
    for pause in (1, 2, 4):
        lose_fresh(gateway, peer)
        clock.seconds += pause
    send(gateway)
    lose(gateway, peer)
    lose_fresh(gateway, peer)
    must_wait(gateway, peer)
    clock.seconds += FIRST_BACKOFF
    assert send(gateway).gateway_id


def test_every_session_must_be_of_use_itself(smpp_peer: StartPeer, connect: Connect) -> None:
    """That the one before took a message does not let the next be bound and dropped without end."""
    peer = smpp_peer(receipts="none")
    gateway = connect(peer)
    send(gateway)
    lose(gateway, peer)
    lose_fresh(gateway, peer)
    must_wait(gateway, peer)
    assert peer.count("bind") == 2


@pytest.mark.parametrize(("stood", "waits"), [(STEADY_SECONDS - MOMENT, True), (STEADY_SECONDS + MOMENT, False)])
def test_a_session_that_took_nothing_is_bound_again_at_once_only_when_it_had_stood_a_while(
    smpp_peer: StartPeer, connect: Connect, clock: Clock, stood: float, waits: bool
) -> None:
    peer = smpp_peer(receipts="none", refused=[f"84{REFUSED[1:]}"])
    gateway = connect(peer)
    with pytest.raises(GatewayRefused):
        send(gateway, to=REFUSED)
    clock.seconds += stood
    lose(gateway, peer)
    if waits:
        must_wait(gateway, peer)
    else:
        assert send(gateway).gateway_id
        assert peer.count("bind") == 2


def test_a_session_that_had_stood_a_while_ends_the_growing_of_the_pauses(
    smpp_peer: StartPeer, connect: Connect, clock: Clock
) -> None:
    peer = smpp_peer(receipts="none", refused=[f"84{REFUSED[1:]}"])
    gateway = connect(peer)
    for pause in (1, 2, 4):
        lose_fresh(gateway, peer)
        clock.seconds += pause
    with pytest.raises(GatewayRefused):
        send(gateway, to=REFUSED)
    clock.seconds += STEADY_SECONDS + MOMENT
    lose(gateway, peer)
    lose_fresh(gateway, peer)
    clock.seconds += FIRST_BACKOFF
    assert send(gateway).gateway_id


def test_a_centre_that_does_not_let_us_in_is_asked_ever_more_rarely(
    smpp_peer: StartPeer, connect: Connect, clock: Clock
) -> None:
    peer = smpp_peer(receipts="none")
    gateway = connect(peer, password="sai")
    for number, pause in enumerate((1, 2, 4, 8, 15, 15), start=1):
        with pytest.raises(GatewayDown, match="không cho hệ thống đăng nhập"):
            send(gateway)
        peer.wait("bind", number, known=False)
        clock.seconds += pause - MOMENT
        must_wait(gateway, peer)
        clock.seconds += MOMENT


def test_a_centre_that_is_away_is_looked_for_after_each_pause_and_found_when_it_is_back(
    smpp_peer: StartPeer, connect: Connect, clock: Clock
) -> None:
    peer = smpp_peer(receipts="none")
    gateway = connect(peer)
    peer.tell(act="stop")
    for pause in (1, 2):
        with pytest.raises(GatewayDown):
            send(gateway)
        clock.seconds += pause - MOMENT
        must_wait(gateway, peer)
        clock.seconds += MOMENT
    with pytest.raises(GatewayDown):
        send(gateway)
    peer.tell(act="listen")
    must_wait(gateway, peer)
    clock.seconds += 4
    assert send(gateway).gateway_id


def test_after_a_goodbye_the_next_message_binds_at_once(smpp_peer: StartPeer, connect: Connect) -> None:
    peer = smpp_peer(receipts="none")
    gateway = connect(peer)
    lose_fresh(gateway, peer)
    gateway.close()
    assert send(gateway).gateway_id


def test_who_only_listens_is_bound_again_too_when_the_pause_is_over(
    smpp_peer: StartPeer, connect: Connect, clock: Clock
) -> None:
    peer = smpp_peer(receipts="none")
    gateway = connect(peer)
    lose_fresh(gateway, peer)
    must_wait(gateway, peer)
    gateway.listen(lambda _name, _receipts: None)
    clock.seconds += FIRST_BACKOFF
    peer.wait("bind", 2)
    assert peer.count("bind") == 2
