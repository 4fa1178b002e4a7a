"""Kannel with its fake message centre, and the desk's whole way: a notice, the message, the receipt that comes back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from urllib.parse import unquote_plus

import pytest
from flask import Flask

from backoffice.config import Settings
from backoffice.gateways.sms import GatewayDown, GatewayRefused, open_sms
from backoffice.kernel import queue
from backoffice.kernel.db import transaction
from backoffice.models import Account, Notice, NoticeStatus, Status
from backoffice.notices import actions, doors, jobs, receipts
from backoffice.notices.credentials import check_temporary, issue_credentials
from tests import factories
from tests.embedded.helpers import eventually
from tests.notices.gateways import Mail, notices
from tests.peers.fixtures import StartPeer
from tests.peers.kannel import Kannel
from tests.processes import served

LONG = "BHXH: " + "Xin mang giay to den co quan BHXH truoc ngay hen. " * 8
Use = Callable[[str], None]


@pytest.fixture(scope="module")
def desk(app: Flask) -> Iterator[str]:
    """The desk, where receipts are taken."""
    with served(app) as address:
        yield address


@pytest.fixture
def use(database: None, settings: Settings) -> Iterator[Use]:
    """Let the desk send through the gateways of that SMS_URL."""
    opened: list[doors.Doors] = []

    def through(sms_url: str) -> None:
        opened.append(doors.Doors(open_sms(sms_url, dataclasses.replace(settings, sms_url=sms_url)), Mail()))
        doors.use(opened[-1])

    yield through
    doors.use(None)
    for ways in opened:
        for gateway in ways.sms:
            gateway.close()


def approve(phone: str) -> Account:
    with transaction() as session:
        account = factories.make_account(session, phone=phone)
        declaration = factories.make_declaration(session, status=Status.APPROVED)
        actions.approved(session, declaration, account, issue_credentials(session, account, 7))
    return account


def the_notice() -> Notice:
    (notice,) = notices()
    return notice


def until(status: NoticeStatus) -> Notice:
    eventually(lambda: the_notice().status is status, f"a notice {status}, not {the_notice().status}")
    return the_notice()


def test_a_password_goes_through_kannel_and_its_receipt_delivers_it(kannel: Kannel, desk: str, use: Use) -> None:
    use(kannel.url(dlr=desk))
    account = approve("0981230101")
    jobs.drain(queue.COUNTER)
    notice = until(NoticeStatus.DELIVERED)
    assert (notice.gateway, notice.tries, notice.failure) == ("kannel", 1, None)
    (message,) = kannel.wait_for(1, "0981230101")
    assert message.startswith("BHXH 0981230101 text ")
    password = message.partition(" mat khau ")[2].split()[0]
    with transaction() as session:
        assert check_temporary(session, account, password)


def test_what_the_centre_cannot_be_given_yet_is_queued_at_kannel_and_delivered_when_it_is_back(
    kannel: Kannel, desk: str, use: Use
) -> None:
    use(kannel.url(dlr=desk))
    kannel.disconnect_centre()
    approve("0981230102")
    jobs.drain(queue.COUNTER)
    assert the_notice().status is NoticeStatus.SENT
    kannel.connect_centre()
    until(NoticeStatus.DELIVERED)
    assert len(kannel.wait_for(1, "0981230102")) == 1


def test_a_long_message_goes_in_parts_and_letters_with_diacritics_in_ucs_2(
    kannel: Kannel, desk: str, started: Settings
) -> None:
    (gateway,) = open_sms(kannel.url(dlr=desk), started)
    gateway.send(to="0981230103", text=LONG, notice_id=1)
    parts = kannel.wait_for(3, "0981230103")
    headers, words = zip(*(part.partition(" udh ")[2].split(" data ") for part in parts), strict=True)
    assert [header[-6:] for header in headers] == ["%03%01", "%03%02", "%03%03"]
    assert unquote_plus("".join(words)) == LONG
    gateway.send(to="0981230104", text="Kính gửi", notice_id=2)
    (letters,) = kannel.wait_for(1, "0981230104")
    assert letters == "BHXH 0981230104 ucs-2 %00K%00%ED%00n%00h%00+%00g%1E%ED%00i"
    gateway.close()


def test_kannel_tells_a_wrong_password_from_a_wrong_number(kannel: Kannel, desk: str, started: Settings) -> None:
    (stranger,) = open_sms(kannel.url(dlr=desk, password="sai"), started)
    with pytest.raises(GatewayDown, match="không cho hệ thống đăng nhập"):
        stranger.send(to="0981230105", text="BHXH: thu", notice_id=1)
    (gateway,) = open_sms(kannel.url(dlr=desk), started)
    with pytest.raises(GatewayRefused):
        gateway.send(to="abc", text="BHXH: thu", notice_id=1)
    for one in (stranger, gateway):
        one.close()


@pytest.mark.parametrize(
    ("mode", "status", "fate"),
    [
        ({}, 204, NoticeStatus.DELIVERED),
        ({"receipts": "twice"}, 204, NoticeStatus.DELIVERED),
        ({"receipts": "before"}, 204, NoticeStatus.DELIVERED),
        ({"receipts": "forged"}, 404, NoticeStatus.SENT),
        ({"receipt": 2}, 204, NoticeStatus.FAILED),
        ({"receipt": 16}, 204, NoticeStatus.FAILED),
        ({"receipt": 4}, 204, NoticeStatus.SENT),
        ({"receipt": 8}, 204, NoticeStatus.SENT),
        ({"receipt": "1x"}, 422, NoticeStatus.SENT),
    ],
    ids=str,
)
def test_an_http_receipt_says_what_became_of_the_message_and_a_forged_one_nothing(
    http_peer: StartPeer, desk: str, use: Use, mode: dict[str, object], status: int, fate: NoticeStatus
) -> None:
    peer = http_peer(**mode)
    use(f"http://bhxh:matkhau@127.0.0.1:{peer.port}?name=web&dlr={desk}")
    approve("0981230106")
    jobs.drain(queue.COUNTER)
    assert peer.wait("receipt", 2 if mode.get("receipts") == "twice" else 1)["answer"] == status
    notice = the_notice()
    assert notice.status is fate
    assert (notice.failure is not None) is (fate is NoticeStatus.FAILED)


def test_a_receipt_that_it_arrived_after_all_corrects_one_that_it_did_not(
    http_peer: StartPeer, desk: str, use: Use
) -> None:
    peer = http_peer(receipt=2)
    use(f"http://bhxh:matkhau@127.0.0.1:{peer.port}?name=web&dlr={desk}")
    approve("0981230107")
    jobs.drain(queue.COUNTER)
    peer.wait("receipt")
    assert the_notice().status is NoticeStatus.FAILED
    peer.tell(act="again", receipt=1)
    assert the_notice().status is NoticeStatus.DELIVERED
    peer.tell(act="again", receipt=2)
    assert the_notice().status is NoticeStatus.DELIVERED


@pytest.mark.parametrize("said", ["decimal", "hex"])
@pytest.mark.parametrize("reported", ["decimal", "hex", "padded"])
def test_an_smpp_receipt_delivers_the_notice_however_the_id_is_spelled(
    smpp_peer: StartPeer, use: Use, said: str, reported: str
) -> None:
    peer = smpp_peer(ids=said, receipt_ids=reported)
    use(f"smpp://bhxh:matkhau@127.0.0.1:{peer.port}?name=smsc")
    approve("0981230108")
    jobs.drain(queue.COUNTER)
    peer.wait("deliver_sm_resp", status=0)
    receipts.match_strays()
    assert the_notice().status is NoticeStatus.DELIVERED


@pytest.mark.parametrize("mode", [{"receipts": "before"}, {"receipts": "twice"}], ids=str)
def test_an_smpp_receipt_before_its_answer_or_twice_delivers_the_notice_once(
    smpp_peer: StartPeer, use: Use, mode: dict[str, object]
) -> None:
    peer = smpp_peer(**mode)
    use(f"smpp://bhxh:matkhau@127.0.0.1:{peer.port}?name=smsc")
    approve("0981230109")
    jobs.drain(queue.COUNTER)
    peer.wait("deliver_sm_resp", 2 if mode["receipts"] == "twice" else 1)
    receipts.match_strays()
    assert (the_notice().status, peer.count("submit")) == (NoticeStatus.DELIVERED, 1)


def test_an_smpp_receipt_of_a_stranger_changes_nothing(smpp_peer: StartPeer, use: Use) -> None:
    peer = smpp_peer(receipt_ids="stranger")
    use(f"smpp://bhxh:matkhau@127.0.0.1:{peer.port}?name=smsc")
    approve("0981230110")
    jobs.drain(queue.COUNTER)
    peer.wait("deliver_sm_resp", status=0)
    assert receipts.match_strays() == 0
    assert the_notice().status is NoticeStatus.SENT
