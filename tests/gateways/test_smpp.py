"""SMPP, spoken with a server that is not ours (npm's smpp)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from backoffice.gateways.delivery import Receipt, spellings
from backoffice.gateways.sms import GatewayDown, GatewayRefused, Sent, Sms
from backoffice.gateways.sms.address import read_address
from backoffice.gateways.sms.smpp import SmppSms
from tests.gateways.windows import fates, many
from tests.peers.fixtures import StartPeer
from tests.peers.peer import SECONDS, Peer

LONG = "BHXH: " + "Xin mang giay to den co quan BHXH truoc ngay hen. " * 8
PATIENCE = 0.4
"""Seconds an answer may take in these tests, where the desk gives it ten."""
Connect = Callable[..., SmppSms]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Open a gateway to a peer; with a short `seconds` where no answer is what is tried."""
    opened: list[SmppSms] = []

    def to(peer: Peer, seconds: float = 10.0, *, password: str = "matkhau", **options: object) -> SmppSms:
        asked = "&".join(f"{name}={value}" for name, value in {"name": "smsc", **options}.items())
        url = f"smpp://bhxh:{password}@127.0.0.1:{peer.port}?{asked}"
        opened.append(SmppSms(read_address(url), seconds))
        return opened[-1]

    yield to
    for gateway in opened:
        gateway.close()


class Sink:
    """Keeps receipts, and says when so many have come."""

    def __init__(self) -> None:
        self.receipts: list[Receipt] = []
        self.refusals = 0
        self._news = threading.Condition()

    def __call__(self, name: str, receipts: Sequence[Receipt]) -> None:
        with self._news:
            if self.refusals:
                self.refusals -= 1
                raise RuntimeError("the database is away")
            assert name == "smsc"
            self.receipts += receipts
            self._news.notify_all()

    def wait(self, count: int) -> list[Receipt]:
        with self._news:
            assert self._news.wait_for(lambda: len(self.receipts) >= count, SECONDS), self.receipts
        return self.receipts


def send(gateway: SmppSms, to: str = "0981234567", text: str = "BHXH: xin chao", notice_id: int = 1) -> Sent:
    return gateway.send(to=to, text=text, notice_id=notice_id)


def test_a_message_arrives_word_for_word_from_our_name_with_a_receipt_asked_for(
    smpp_peer: StartPeer, connect: Connect
) -> None:
    peer = smpp_peer()
    sent = send(connect(peer, source="BHXH"), text="BHXH: ma_so @ 01[2]{3}~^|")
    assert not sent.delivered
    message = peer.wait("submit")
    assert message["text"] == "BHXH: ma_so @ 01[2]{3}~^|"
    assert (message["to"], message["from"], message["data_coding"]) == ("84981234567", "BHXH", 0)
    assert message["registered_delivery"] == 1
    assert peer.wait("bind")["command"] == "bind_transceiver"


def test_a_long_message_goes_in_parts_that_a_phone_joins_again(smpp_peer: StartPeer, connect: Connect) -> None:
    """3GPP 23.040, 9.2.3.24.1: reference, number of parts, part; one message is one message to the receipts."""
    peer, sink = smpp_peer(), Sink()
    gateway = connect(peer)
    gateway.listen(sink)
    sent = send(gateway, text=LONG)
    peer.wait("submit", registered_delivery=1)
    parts = peer.said("submit")
    assert "".join(part["text"] for part in parts) == LONG
    assert len(parts) > 2
    reference = parts[0]["udh"][2]
    count = len(parts)
    assert [part["udh"] for part in parts] == [[0, 3, reference, count, number + 1] for number in range(count)]
    assert all(part["esm_class"] & 0x40 for part in parts)
    (receipt,) = sink.wait(1)
    assert sent.gateway_id in spellings(receipt.gateway_id)


@pytest.mark.parametrize("said", ["decimal", "hex"])
@pytest.mark.parametrize("reported", ["decimal", "hex", "padded"])
def test_a_receipt_finds_its_message_however_both_spell_the_id(
    smpp_peer: StartPeer, connect: Connect, said: str, reported: str
) -> None:
    """SMPP 3.4, appendix B: the answer in hexadecimal and the receipt in decimal, or the other way round."""
    sink = Sink()
    gateway = connect(smpp_peer(ids=said, receipt_ids=reported))
    gateway.listen(sink)
    sent = send(gateway)
    (receipt,) = sink.wait(1)
    assert sent.gateway_id in spellings(receipt.gateway_id)
    assert (receipt.phone, receipt.arrived) == ("0981234567", True)


@pytest.mark.parametrize(
    ("stat", "reason"),
    [("UNDELIV", "không giao được tin đến máy"), ("EXPIRED", "trong thời hạn"), ("REJECTD", "từ chối")],
)
def test_a_receipt_that_it_did_not_arrive_says_why_in_plain_words(
    smpp_peer: StartPeer, connect: Connect, stat: str, reason: str
) -> None:
    sink = Sink()
    gateway = connect(smpp_peer(stat=stat))
    gateway.listen(sink)
    send(gateway)
    (receipt,) = sink.wait(1)
    assert not receipt.arrived
    assert reason in receipt.reason_vi


@pytest.mark.parametrize(("mode", "count"), [("before", 1), ("twice", 2)])
def test_receipts_come_through_early_and_doubled(smpp_peer: StartPeer, connect: Connect, mode: str, count: int) -> None:
    """What to make of them is the desk's business; the gateway loses none and acknowledges each."""
    peer, sink = smpp_peer(receipts=mode), Sink()
    gateway = connect(peer)
    gateway.listen(sink)
    sent = send(gateway)
    assert all(sent.gateway_id in spellings(receipt.gateway_id) for receipt in sink.wait(count))
    peer.wait("deliver_sm_resp", count, status=0)


def test_a_receipt_that_could_not_be_kept_is_not_acknowledged_until_it_is(
    smpp_peer: StartPeer, connect: Connect
) -> None:
    peer, sink = smpp_peer(), Sink()
    sink.refusals = 2
    gateway = connect(peer)
    gateway.listen(sink)
    send(gateway)
    sink.wait(1)
    peer.wait("deliver_sm_resp", 1)
    assert (peer.count("deliver_sm_resp"), sink.refusals) == (1, 0)


def test_a_citizen_who_writes_back_is_no_receipt(smpp_peer: StartPeer, connect: Connect) -> None:
    peer, sink = smpp_peer(), Sink()
    gateway = connect(peer)
    gateway.listen(sink)
    peer.wait("bind")
    peer.tell(act="message", **{"from": "84981234567", "text": "id:7 stat:DELIVRD cam on"})
    peer.wait("deliver_sm_resp")
    send(gateway)
    assert len(sink.wait(1)) == 1


def test_receipts_are_taken_while_nothing_is_sent_and_by_a_session_bound_anew(
    smpp_peer: StartPeer, connect: Connect
) -> None:
    peer, sink = smpp_peer(receipts="none"), Sink()
    gateway = connect(peer)
    gateway.listen(sink)
    sent = send(gateway)
    peer.tell(act="drop")
    peer.wait("bind", 2)
    peer.tell(act="receipt", id=sent.gateway_id, to="84981234567")
    (receipt,) = sink.wait(1)
    assert receipt.gateway_id == sent.gateway_id


def test_throttling_is_obeyed_and_everything_arrives_once(smpp_peer: StartPeer, connect: Connect) -> None:
    peer = smpp_peer(throttle=9)
    told = fates(connect(peer, window=4), many(30))
    assert all(isinstance(fate, Sent) for fate in told.values())
    peer.wait("submit", 30, status=0)
    taken = [message["to"] for message in peer.said("submit", status=0)]
    assert sorted(taken) == sorted(f"84{sms.to[1:]}" for sms in many(30))
    assert peer.count("submit", status=0x58) >= 3


def test_a_window_is_never_exceeded_and_every_message_has_its_own_fate(smpp_peer: StartPeer, connect: Connect) -> None:
    peer = smpp_peer(hold=True, refused=["84981200001"])
    gateway, told = connect(peer, window=3), {}
    asked: list[int] = []

    def ask() -> Iterator[Sms]:
        for sms in many(7):
            asked.append(sms.notice_id)
            yield sms

    def run() -> None:
        told.update({sms.notice_id: fate for batch in gateway.send_each(ask()) for sms, fate in batch})

    sender = threading.Thread(target=run)
    sender.start()
    peer.wait("submit", 3)
    assert (asked, peer.count("submit")) == ([0, 1, 2], 3)
    peer.tell(hold=False)
    peer.tell(act="release")
    sender.join(SECONDS)
    assert isinstance(told.pop(1), GatewayRefused)
    assert sorted(told) == [0, 2, 3, 4, 5, 6]
    ids = [fate.gateway_id for fate in told.values() if isinstance(fate, Sent)]
    assert len(set(ids)) == 6


def test_a_number_that_does_not_exist_is_refused_for_good(smpp_peer: StartPeer, connect: Connect) -> None:
    gateway = connect(smpp_peer(refused=["84981230001"]))
    with pytest.raises(GatewayRefused, match="Xin kiểm tra lại số điện thoại"):
        send(gateway, to="0981230001")
    assert not send(gateway, to="0981230002").delivered


def test_a_full_queue_at_the_centre_means_later(smpp_peer: StartPeer, connect: Connect) -> None:
    gateway = connect(smpp_peer(busy=["84981234567"]), PATIENCE)
    with pytest.raises(GatewayDown, match="đang bận") as caught:
        send(gateway)
    assert not caught.value.unsure


@pytest.mark.parametrize("mode", [{"answers": False}, {"drip_ms": 100}])
def test_an_answer_that_does_not_come_in_time_leaves_it_unsure(
    smpp_peer: StartPeer, connect: Connect, mode: dict[str, object]
) -> None:
    """No other gateway is asked at once then: it may have been taken."""
    peer = smpp_peer(**mode)
    with pytest.raises(GatewayDown, match="chưa rõ tin đã được nhận hay chưa") as caught:
        send(connect(peer, PATIENCE))
    assert caught.value.unsure
    assert peer.count("submit") == 1


@pytest.mark.parametrize("mode", [{"close_after": 1}, {"garbage": True}])
def test_a_session_that_ends_or_talks_nonsense_before_the_answer_leaves_it_unsure(
    smpp_peer: StartPeer, connect: Connect, mode: dict[str, object]
) -> None:
    with pytest.raises(GatewayDown) as caught:
        send(connect(smpp_peer(**mode), PATIENCE))
    assert caught.value.unsure


def test_an_answer_counts_although_the_server_hangs_up_right_behind_it(smpp_peer: StartPeer, connect: Connect) -> None:
    peer = smpp_peer(hangs_up=True)
    assert send(connect(peer)).gateway_id
    peer.wait("submit")
    assert peer.count("submit") == 1


def test_of_a_window_that_is_lost_what_was_answered_is_sent_and_the_rest_unsure(
    smpp_peer: StartPeer, connect: Connect
) -> None:
    peer = smpp_peer(close_after=4)
    told = fates(connect(peer, window=4), many(4))
    assert [type(told[number]) for number in range(3)] == [Sent] * 3
    assert isinstance(told[3], GatewayDown)
    assert told[3].unsure


def test_one_message_without_an_answer_costs_the_others_nothing(smpp_peer: StartPeer, connect: Connect) -> None:
    peer = smpp_peer(silent=["84981200000"])
    told = fates(connect(peer, PATIENCE, window=2), many(20))
    silent = told.pop(0)
    assert isinstance(silent, GatewayDown)
    assert silent.unsure
    assert all(isinstance(fate, Sent) for fate in told.values())
    assert peer.count("bind") == 1


def test_those_of_a_session_that_is_lost_are_told_at_once_though_another_is_bound(
    smpp_peer: StartPeer, connect: Connect
) -> None:
    peer = smpp_peer(silent=["84981200000"])
    gateway = connect(peer, window=2)
    told = {}
    send(gateway)

    def ask() -> Iterator[Sms]:
        first, second = many(2)
        yield first
        peer.wait("submit", 2)
        gateway.link.drop()
        yield second

    for batch in gateway.send_each(ask()):
        told.update({sms.notice_id: fate for sms, fate in batch})
    assert (type(told[0]), type(told[1])) == (GatewayDown, Sent)
    assert peer.count("bind") == 2


@pytest.mark.parametrize("end", ["drop", "unbind"])
def test_a_session_that_was_ended_between_messages_is_bound_anew(
    smpp_peer: StartPeer, connect: Connect, end: str
) -> None:
    peer, sink = smpp_peer(), Sink()
    gateway = connect(peer)
    gateway.listen(sink)
    send(gateway)
    sink.wait(1)
    peer.tell(act=end)
    peer.wait("bind", 2)
    send(gateway, notice_id=2)
    assert len(sink.wait(2)) == 2


def test_a_server_that_was_away_is_spoken_to_again_when_it_is_back(smpp_peer: StartPeer, connect: Connect) -> None:
    peer, sink = smpp_peer(), Sink()
    gateway = connect(peer)
    gateway.listen(sink)
    send(gateway)
    peer.tell(act="stop")
    peer.wait("closed")
    with pytest.raises(GatewayDown):
        send(gateway, notice_id=2)
    peer.tell(act="listen")
    peer.wait("bind", 2)
    assert send(gateway, notice_id=3).gateway_id


def test_a_server_that_is_not_there_is_surely_not_reached(smpp_peer: StartPeer, connect: Connect) -> None:
    peer = smpp_peer()
    peer.tell(act="stop")
    with pytest.raises(GatewayDown, match="Chưa kết nối được") as caught:
        send(connect(peer))
    assert not caught.value.unsure


def test_a_wrong_password_is_said_to_the_administrator_and_leaves_nothing_unsure(
    smpp_peer: StartPeer, connect: Connect
) -> None:
    with pytest.raises(GatewayDown, match="không cho hệ thống đăng nhập") as caught:
        send(connect(smpp_peer(), password="sai"))
    assert not caught.value.unsure


def test_a_silent_session_is_asked_whether_it_lives_and_given_up_when_it_does_not(
    smpp_peer: StartPeer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.gateways.sms.smpp_link.ENQUIRE_SECONDS", 0.2)
    peer = smpp_peer()
    gateway = connect(peer, PATIENCE)
    gateway.listen(Sink())
    peer.wait("enquire_link", 2)
    assert peer.count("bind") == 1, "an answer keeps it"
    peer.tell(enquire=False)
    peer.wait("bind", 2)


def test_neither_words_nor_password_are_written_to_any_log(
    smpp_peer: StartPeer, connect: Connect, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    peer, sink = smpp_peer(refused=["84981230001"], close_after=4), Sink()
    gateway = connect(peer, PATIENCE)
    gateway.listen(sink)
    text = "BHXH: mat khau abcd2345efgh"
    send(gateway, text=text)
    sink.wait(1)
    with pytest.raises(GatewayRefused):
        send(gateway, to="0981230001", text=text)
    send(gateway, text=text)
    with pytest.raises(GatewayDown):
        send(gateway, text=text)
    said = caplog.text + "".join(capfd.readouterr())
    hidden = ["abcd2345", b"abcd2345efgh".hex(), "matkhau", b"matkhau".hex(), "981234567"]
    assert [secret for secret in hidden if secret in said] == []
