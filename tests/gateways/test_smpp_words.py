"""What is written and read past smpplib is what smpplib would write and read (SMPP 3.4)."""

from __future__ import annotations

import pytest
from smpplib import consts, smpp
from smpplib.client import SimpleSequenceGenerator
from smpplib.command import SubmitSM

from backoffice.gateways.sms.smpp_words import Answer, Part, address, answer_in, parts_of, submit_sm


class Client:
    """As much of a client as a PDU asks for."""

    sequence_generator = SimpleSequenceGenerator()

    def next_sequence(self) -> int:
        return 77


def as_smpplib_writes(to: str, part: Part) -> bytes:
    pdu = SubmitSM(
        "submit_sm",
        client=Client(),
        source_addr_ton=consts.SMPP_TON_ALNUM,
        source_addr_npi=consts.SMPP_NPI_UNK,
        source_addr="BHXH",
        dest_addr_ton=consts.SMPP_TON_INTL,
        dest_addr_npi=consts.SMPP_NPI_ISDN,
        destination_addr=to,
        short_message=part.content,
        data_coding=part.data_coding,
        esm_class=part.esm_class,
        registered_delivery=int(part.is_last),
    )
    return bytes(pdu.generate())


@pytest.mark.parametrize("text", ["BHXH: thu", "Kính gửi", "BHXH: " + "rat dai " * 40, "@$_{}", "x" * 160])
def test_a_message_is_written_as_smpplib_writes_it(text: str) -> None:
    source = address(consts.SMPP_TON_ALNUM, consts.SMPP_NPI_UNK, "BHXH")
    destination = address(consts.SMPP_TON_INTL, consts.SMPP_NPI_ISDN, "84981234567")
    for part in parts_of(text, 7):
        assert submit_sm(77, source, destination, part) == as_smpplib_writes("84981234567", part)


def test_an_address_that_is_too_long_ends_where_it_must() -> None:
    assert address(1, 1, "9" * 30) == b"\1\1" + b"9" * 20 + b"\0"


def pdu(command: str, body: bytes = b"", status: int = 0) -> bytes:
    made = smpp.make_pdu(command, client=Client())
    made.sequence, made.status = 5, status
    made.generate_params = lambda: body
    return bytes(made.generate())


@pytest.mark.parametrize(
    ("body", "status", "message_id"),
    [
        (b"3f9a\0", 0, b"3f9a"),
        (b"", consts.SMPP_ESME_RTHROTTLED, b""),
        (b"\0", 0, b""),
        (b"3f9a", 0, b"3f9a"),
        (b"3f9a\0\x04\x24\x00\x02ab", 0, b"3f9a"),
    ],
)
def test_an_answer_is_read_with_its_id_or_without(body: bytes, status: int, message_id: bytes) -> None:
    assert answer_in(pdu("submit_sm_resp", body, status)) == Answer(5, status, message_id)


def test_nothing_else_is_taken_for_an_answer() -> None:
    assert [answer_in(pdu(command)) for command in ("generic_nack", "enquire_link_resp", "unbind")] == [None] * 3
