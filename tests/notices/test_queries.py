"""What the desk sees of the messages about a declaration."""

from __future__ import annotations

import pytest

from backoffice.gateways.sms import GatewayRefused
from backoffice.kernel import queue
from backoffice.kernel.db import transaction
from backoffice.models import NoticeChannel, NoticeKind, NoticeStatus
from backoffice.notices import actions, jobs, queries
from backoffice.notices.queries import NoticeLine
from backoffice.rules.reasons import Reason
from tests import factories
from tests.notices.gateways import Sms, saying

pytestmark = pytest.mark.usefixtures("gateways")


def refuse() -> int:
    """A refused declaration with an SMS and a letter; returns its id."""
    with transaction() as session:
        declaration = factories.make_declaration(session, phone="0981234567", email="nguoi.thu@example.vn")
        actions.rejected(session, declaration, [Reason.NAME_DIFFERS], "")
        actions.rejected(session, factories.make_declaration(session), [Reason.NAME_DIFFERS], "")
    return declaration.id


def seen(declaration_id: int) -> list[NoticeLine]:
    with transaction() as session:
        return queries.for_declaration(session, declaration_id)


def test_messages_of_this_declaration_are_listed_oldest_first_with_the_recipient_masked() -> None:
    sms, mail = seen(refuse())
    assert (sms.kind, sms.channel, sms.recipient) == (NoticeKind.REJECTED, NoticeChannel.SMS, "098…567")
    assert (mail.channel, mail.recipient) == (NoticeChannel.EMAIL, "n…@example.vn")
    assert sms.label == mail.label == "Chờ gửi"
    assert sms.kind_label == "Không chấp nhận"


def test_an_sms_that_arrived_reads_otherwise_than_a_letter_handed_over() -> None:
    declaration_id = refuse()
    for lane in queue.LANES:
        jobs.drain(lane)
    sms, mail = seen(declaration_id)
    assert (sms.status, sms.label) == (NoticeStatus.DELIVERED, "Đã đến máy")
    assert (mail.status, mail.label) == (NoticeStatus.SENT, "Đã gửi, chưa rõ đã đến hộp thư")
    assert sms.finished_at


def test_a_failure_says_why(sms: Sms) -> None:
    sms.act = saying(GatewayRefused("Nhà mạng báo thuê bao không tồn tại."))
    declaration_id = refuse()
    jobs.drain(queue.COUNTER)
    line = seen(declaration_id)[0]
    assert (line.label, line.failure) == ("Không gửi được", "Nhà mạng báo thuê bao không tồn tại.")


def test_every_status_and_every_kind_has_its_words() -> None:
    """wording.md, Notice."""
    assert set(queries.LABELS) == set(NoticeStatus)
    assert set(queries.KIND_LABELS) == set(NoticeKind)


def test_the_ids_that_go_when_a_declaration_goes() -> None:
    """Issue 2 item 8."""
    declaration_id = refuse()
    with transaction() as session:
        ids = queries.ids_for_declaration(session, declaration_id)
    assert ids == {line.id for line in seen(declaration_id)}
    assert len(ids) == 2
