"""Receipts: late, doubled, unknown, forged, before their time; and none at all (issue 5 item 3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from backoffice.gateways.delivery import Receipt
from backoffice.gateways.sms.marks import mark
from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Unavailable
from backoffice.models import (
    GatewayMinute,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    StrayReceipt,
    TrailEvent,
    TrailRow,
)
from backoffice.notices import receipts
from tests.bench.recording import recording
from tests.notices.gateways import notices

pytestmark = pytest.mark.usefixtures("database")
PHONE = "0981234567"


def put(status: NoticeStatus = NoticeStatus.SENT, **values: object) -> int:
    """A message at the gateway "gw", sent just now."""
    now = clock.now()
    defaults: dict[str, object] = {
        "kind": NoticeKind.REJECTED,
        "channel": NoticeChannel.SMS,
        "lane": "counter",
        "recipient": PHONE,
        "body": "BHXH: thu",
        "status": status,
        "tries": 1,
        "created_at": now,
        "next_try_at": now,
        "sent_at": now,
        "gateway": "gw",
        "gateway_id": "3f2a",
    }
    with transaction() as session:
        notice = Notice(**defaults | values)
        session.add(notice)
        session.flush()
        return notice.id


def states() -> list[tuple[NoticeStatus, str | None]]:
    return [(notice.status, notice.failure) for notice in notices()]


def report(client: FlaskClient, of: str, status: object, gateway: str = "gw", method: str = "GET") -> int:
    return client.open(f"/api/v1/receipts/{gateway}/{of}?status={status}", method=method).status_code


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_gateway_reports_by_http_that_a_message_has_arrived(client: FlaskClient, method: str) -> None:
    assert report(client, mark("gw", put(), 1), 1, method=method) == 204
    (notice,) = notices()
    assert notice.status is NoticeStatus.DELIVERED
    assert notice.finished_at is not None


@pytest.mark.parametrize(("status", "words"), [(2, "không giao được tin"), (16, "từ chối giao tin")])
def test_a_gateway_reports_that_a_message_will_never_arrive(client: FlaskClient, status: int, words: str) -> None:
    notice_id = put()
    assert report(client, mark("gw", notice_id, 1), status) == 204
    ((now, why),) = states()
    assert now is NoticeStatus.FAILED
    assert words in (why or "")
    with transaction() as session:
        assert session.query(TrailRow).filter_by(event=TrailEvent.NOTICE_FAILED).one().facts["notice_id"] == notice_id


@pytest.mark.parametrize("status", [4, 8])
def test_that_it_is_under_way_changes_nothing(client: FlaskClient, status: int) -> None:
    assert report(client, mark("gw", put(), 1), status) == 204
    assert states() == [(NoticeStatus.SENT, None)]


def test_a_receipt_said_twice_changes_nothing_more(client: FlaskClient) -> None:
    of = mark("gw", put(), 1)
    assert [report(client, of, status) for status in (1, 1, 2)] == [204, 204, 204]
    assert states() == [(NoticeStatus.DELIVERED, None)]


def test_a_receipt_that_nobody_gave_the_right_to_is_refused_alike_whatever_it_names(client: FlaskClient) -> None:
    good = mark("gw", put(), 1)
    forged = [good[:-1] + ("0" if good[-1] != "0" else "1"), mark("gw", 999_999, 1)[:-2], "x", "1-1-"]
    assert [report(client, one, 1) for one in forged] == [404] * 4
    assert report(client, good, 1, gateway="other") == 404
    assert states() == [(NoticeStatus.SENT, None)]


def test_a_receipt_of_a_message_that_is_deleted_is_passed_over(client: FlaskClient) -> None:
    assert report(client, mark("gw", 999_999, 1), 1) == 204


@pytest.mark.parametrize("status", ["", "x", "-1", "99999", "²"])
def test_a_receipt_that_says_nothing_is_told_so(client: FlaskClient, status: str) -> None:
    assert report(client, mark("gw", put(), 1), status) == 422


def test_a_receipt_before_the_message_is_recorded_counts(client: FlaskClient) -> None:
    """The network may be quicker than our commit."""
    assert report(client, mark("gw", put(NoticeStatus.SENDING, gateway_id=None, sent_at=None), 1), 1) == 204
    (notice,) = notices()
    assert (notice.status, notice.gateway) == (NoticeStatus.DELIVERED, "gw")
    assert notice.sent_at is not None


def test_a_failure_that_the_other_gateway_reports_is_not_this_ones(client: FlaskClient) -> None:
    """In one try the first said it was down, the second took it."""
    notice_id = put(gateway="second")
    assert report(client, mark("gw", notice_id, 1), 2) == 204
    assert states() == [(NoticeStatus.SENT, None)]
    assert report(client, mark("second", notice_id, 1), 2, gateway="second") == 204
    assert states()[0][0] is NoticeStatus.FAILED


def test_a_failure_while_the_message_is_handed_over_is_to_be_said_again() -> None:
    """Perhaps another gateway is taking it this moment."""
    notice_id = put(NoticeStatus.SENDING, gateway=None, gateway_id=None, sent_at=None)
    with pytest.raises(Unavailable):
        receipts.report("gw", mark("gw", notice_id, 1), 2, pause=0.0)
    assert states() == [(NoticeStatus.SENDING, None)]


def test_a_failure_of_an_earlier_try_does_not_speak_for_the_later_one(client: FlaskClient) -> None:
    notice_id = put(tries=2)
    assert report(client, mark("gw", notice_id, 1), 2) == 204
    assert states() == [(NoticeStatus.SENT, None)]
    assert report(client, mark("gw", notice_id, 1), 1) == 204, "but what arrived has arrived"
    assert states() == [(NoticeStatus.DELIVERED, None)]


@pytest.mark.parametrize("before", [NoticeStatus.UNKNOWN, NoticeStatus.FAILED, NoticeStatus.QUEUED])
def test_what_arrives_late_has_arrived_all_the_same(client: FlaskClient, before: NoticeStatus) -> None:
    """An officer always sees the truth."""
    assert report(client, mark("gw", put(before, failure="Nhà mạng chưa trả lời."), 1), 1) == 204
    assert states() == [(NoticeStatus.DELIVERED, None)]


@pytest.mark.parametrize("spelling", ["3f2a", "00003F2A", "16170", "0000016170"])
def test_a_receipt_over_smpp_finds_its_message_in_whatever_spelling(spelling: str) -> None:
    put()
    receipts.take("gw", [Receipt(spelling, PHONE, arrived=True)])
    assert states() == [(NoticeStatus.DELIVERED, None)]


def test_of_two_messages_whose_ids_are_confusable_the_number_tells_which() -> None:
    put(gateway_id="100", recipient="0981111111")
    put(gateway_id="64", recipient="0982222222")
    receipts.take("gw", [Receipt("100", "0982222222", arrived=True)])
    assert [status for status, _ in states()] == [NoticeStatus.SENT, NoticeStatus.DELIVERED]


def test_a_receipt_from_another_gateway_or_number_is_not_this_messages() -> None:
    put()
    receipts.take("other", [Receipt("3f2a", PHONE, arrived=True)])
    receipts.take("gw", [Receipt("3f2a", "0989999999", arrived=True), Receipt("16170", "", arrived=True)])
    assert states() == [(NoticeStatus.SENT, None)]


def test_a_receipt_that_comes_before_its_message_waits_for_it_and_names_nobody() -> None:
    receipts.take("gw", [Receipt("0077", PHONE, arrived=False, reason_vi="Máy tắt.")])
    with transaction() as session:
        assert PHONE not in repr(vars(session.query(StrayReceipt).one()))
    assert receipts.match_strays() == 0
    put(gateway_id="77")
    assert receipts.match_strays() == 1
    assert states() == [(NoticeStatus.FAILED, "Máy tắt.")]
    assert receipts.match_strays() == 0


def test_where_no_receipt_waits_only_whether_there_is_any_is_asked() -> None:
    """Each second of sending asks."""
    receipts.take("gw", [Receipt("1", "", arrived=True)])
    with recording(db.engine()) as kept, clock.at(clock.now() + receipts.JUST_NOW):
        assert receipts.match_strays() == 0
    (asked,) = kept.statements()
    assert "notices" not in asked.sql


def test_one_bad_receipt_does_not_take_the_others_along() -> None:
    put()
    receipts.take("gw", [Receipt("\x00é" * 40, "", arrived=True), Receipt("3f2a", PHONE, arrived=True)])
    assert states() == [(NoticeStatus.DELIVERED, None)]


def test_after_72_hours_of_silence_nobody_knows_and_the_page_says_so() -> None:
    put()
    put(channel=NoticeChannel.EMAIL)
    with clock.at(clock.now() + timedelta(hours=71)):
        assert receipts.presume_unknown() == 0
    with clock.at(clock.now() + timedelta(hours=73)):
        assert receipts.presume_unknown(limit=1) == 1
        assert receipts.presume_unknown() == 0
    (sms, why), (mail, _) = states()
    assert (sms, mail) == (NoticeStatus.UNKNOWN, NoticeStatus.SENT)
    assert "72 giờ" in (why or "")


def test_strays_and_minutes_are_forgotten_in_time() -> None:
    receipts.take("gw", [Receipt("1", "", arrived=True)])
    with transaction() as session:
        session.add(GatewayMinute(gateway="gw", minute=clock.now(), taken=1, refused=0, down=0, milliseconds=1))
    receipts.drop_old()
    with transaction() as session:
        assert (session.query(StrayReceipt).count(), session.query(GatewayMinute).count()) == (1, 1)
    with clock.at(clock.now() + timedelta(days=8)):
        receipts.drop_old()
    with transaction() as session:
        assert (session.query(StrayReceipt).count(), session.query(GatewayMinute).count()) == (0, 0)
