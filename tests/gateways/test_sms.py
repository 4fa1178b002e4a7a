"""The sandbox for SMS: what the contract's rows "sandbox gateways" and "for black-box tests" promise."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from backoffice.config import Settings
from backoffice.gateways.sms import GatewayDown, GatewayRefused, SandboxSms, open_sms
from backoffice.kernel import clock

NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


@dataclass
class _Settings:
    sandbox: Path
    public_url: str = "http://localhost"


@pytest.fixture
def gateway(tmp_path: Path) -> SandboxSms:
    return SandboxSms(tmp_path / "sandbox")


def lines(gateway: SandboxSms) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gateway.path.read_text().splitlines()] if gateway.path.exists() else []


def test_a_message_is_one_line_with_recipient_text_notice_and_time(gateway: SandboxSms) -> None:
    with clock.at(NOON):
        sent = gateway.send(to="0981234567", text="BHXH: thu", notice_id=7)
    assert sent.delivered
    assert lines(gateway) == [
        {"to": "0981234567", "text": "BHXH: thu", "notice_id": 7, "at": "2026-11-20T05:00:00+00:00"}
    ]


def test_a_number_ending_0001_fails_for_good_and_writes_nothing(gateway: SandboxSms) -> None:
    with pytest.raises(GatewayRefused, match="Xin kiểm tra lại số điện thoại"):
        gateway.send(to="0981230001", text="BHXH: thu", notice_id=7)
    assert lines(gateway) == []


def test_a_number_ending_0002_fails_twice_and_then_goes(gateway: SandboxSms) -> None:
    for attempt in (1, 2):
        with pytest.raises(GatewayDown):
            gateway.send(to="0981230002", text="BHXH: thu", notice_id=7, attempt=attempt)
    assert lines(gateway) == []
    assert gateway.send(to="0981230002", text="BHXH: thu", notice_id=7, attempt=3).delivered
    assert [line["notice_id"] for line in lines(gateway)] == [7]


def test_a_number_ending_0003_is_sent_but_never_gets_a_receipt(gateway: SandboxSms) -> None:
    sent = gateway.send(to="0981230003", text="BHXH: thu", notice_id=7)
    assert not sent.delivered
    assert sent.gateway_id
    assert [line["notice_id"] for line in lines(gateway)] == [7]


def test_forgetting_removes_the_lines_of_those_notices_alone(gateway: SandboxSms) -> None:
    for notice_id in (1, 2, 3, 2):
        gateway.send(to="0981234567", text=f"tin {notice_id}", notice_id=notice_id)
    gateway.forget({2, 99})
    assert [line["text"] for line in lines(gateway)] == ["tin 1", "tin 3"]
    gateway.send(to="0981234567", text="tin 4", notice_id=4)
    assert [line["notice_id"] for line in lines(gateway)] == [1, 3, 4]


def test_forgetting_where_nothing_was_ever_sent_is_no_error(gateway: SandboxSms) -> None:
    gateway.forget({1})
    assert lines(gateway) == []


def _send_many(folder: str, first: int) -> None:
    gateway = SandboxSms(Path(folder))
    for notice_id in range(first, first + 40):
        gateway.send(to="0981234567", text="x" * 150, notice_id=notice_id)
        if notice_id % 4 == 3:
            gateway.forget({notice_id})


def test_processes_that_write_and_forget_at_once_lose_no_line_and_tear_none(gateway: SandboxSms) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_send_many, args=(str(gateway.path.parent), n)) for n in (0, 1000, 2000)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    expected = {n + k for n in (0, 1000, 2000) for k in range(40) if (n + k) % 4 != 3}
    ids = [line["notice_id"] for line in lines(gateway)]
    assert len(ids) == len(expected)
    assert set(ids) == expected


def test_nobody_else_on_the_machine_can_read_the_sandbox(gateway: SandboxSms) -> None:
    """It is the only place where a password stands in clear."""
    gateway.send(to="0981234567", text="BHXH: thu", notice_id=1)
    gateway.forget({2})
    assert gateway.path.stat().st_mode & 0o077 == 0
    assert gateway.path.parent.stat().st_mode & 0o077 == 0


def test_the_sandbox_opens_in_the_folder_of_the_settings(tmp_path: Path) -> None:
    open_sms("sandbox:", cast(Settings, _Settings(tmp_path)))[0].send(to="0981234567", text="BHXH: thu", notice_id=1)
    assert (tmp_path / "sms.jsonl").exists()


def test_gateways_are_opened_in_the_order_of_preference_each_with_its_name_and_rate(tmp_path: Path) -> None:
    urls = (
        "smpp://user:se%2Ccret@host:2775?name=viettel&rate=50&window=4, https://user:secret@host/send?from=BHXH&window=9,"
        "brandname+https://user:secret@other/api?name=du-phong"
    )
    opened = open_sms(urls, cast(Settings, _Settings(tmp_path)))
    assert [(one.name, one.rate) for one in opened] == [("viettel", 50.0), ("https-host-std", 0.0), ("du-phong", 0.0)]
    assert [cast(Any, one).window for one in opened] == [4, 9, 1]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "carrier-pigeon:",
        "smpp://",
        "smpp://user:secret@host:0",
        "smpp://user:secret@host:port",
        "smpp://user:secret@host?window=0",
        "smpp://user:secret@host?window=many",
        "http://user:secret@host?rate=fast",
        "http://user:secret@host?rate=-1",
        "http://user:secret@host?name=two words",
        "http://user:secret@host,http://other:secret@host",
    ],
)
def test_what_is_no_gateway_is_said_without_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError) as caught:
        open_sms(url, cast(Settings, _Settings(tmp_path)))
    assert "secret" not in str(caught.value)
