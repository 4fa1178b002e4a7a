"""The catalogue has every message there is, and none that costs more than one part (wording.md, domain 3)."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from jinja2 import meta

from backoffice.kernel.db import transaction
from backoffice.models import NoticeChannel, NoticeKind, Role
from backoffice.notices import catalogue, messages
from backoffice.notices.catalogue import Text
from backoffice.notices.rendering import FOLDER, environment
from backoffice.rules.reasons import SMS_ROOM, plain_sms
from tests.factories import make_officer
from tests.notices.test_messages import assert_is_one_part
from tests.signin.browser import let_in

TEXTS = catalogue.texts()
SMS = [one for one in TEXTS if one.channel is NoticeChannel.SMS]
MAIL = [one for one in TEXTS if one.channel is NoticeChannel.EMAIL]
ENGLISH = re.compile(
    r"\b(the|your|please|dear|click|here|password|account|e-?mail|link|code|office|until|none)\b", re.I
)
DIACRITICS = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")


def name(one: Text) -> str:
    return f"{one.kind} {one.channel} {one.variant}"


def templates_of(texts: list[Text]) -> set[str]:
    ends = {NoticeChannel.SMS: ["sms.txt"], NoticeChannel.EMAIL: ["mail.txt", "mail.html"]}
    return {f"{one.kind}.{end}" for one in texts for end in ends[one.channel]}


def test_every_kind_of_message_is_in_the_catalogue_and_said_when_it_is_sent() -> None:
    assert {one.kind for one in TEXTS} == set(NoticeKind) == set(catalogue.WHEN)
    assert [group.kind for group in catalogue.groups()] == list(NoticeKind)


def test_every_template_is_used_and_every_message_has_one() -> None:
    files = {path.name for path in FOLDER.iterdir()}
    shared = {file for file in files if file.startswith("_")}
    assert files - shared == templates_of(TEXTS)
    sources = [(FOLDER / file).read_text() for file in files]
    used = {one for source in sources for one in meta.find_referenced_templates(environment().parse(source))}
    assert used == shared


def test_no_variant_is_there_twice() -> None:
    assert len({name(one) for one in TEXTS}) == len(TEXTS)


@pytest.mark.parametrize("one", SMS, ids=name)
def test_an_sms_is_one_part_in_its_longest_case(one: Text) -> None:
    for text, cost in ((one.text, one.cost), (one.longest, one.most)):
        assert_is_one_part(text)
        assert (cost.encoding, cost.parts) == ("GSM-7", 1)
        assert cost.characters == len(text) <= messages.SMS_LENGTH


def test_the_longest_case_is_as_long_as_can_be() -> None:
    case = catalogue._LONGEST
    assert len(case.office.short_name) == messages.OFFICE_LENGTH
    assert len(case.link) == messages.LINK_LENGTH
    assert len(case.code) == 12
    assert len(plain_sms(case.note)) == SMS_ROOM
    assert sum("..." in one.longest for one in SMS) == 2, "the supplement is longer than its room"


@pytest.mark.parametrize("one", MAIL, ids=name)
def test_a_letter_is_in_vietnamese_with_its_signs(one: Text) -> None:
    assert one.text.startswith("Kính gửi ")
    lines = [one.subject, *(line for line in one.text.splitlines() if " " in line)]
    for line in lines:
        if not line.startswith(("Địa chỉ", "- ")):
            assert DIACRITICS.search(line), line
        assert not ENGLISH.search(line), line


@pytest.mark.parametrize("one", SMS, ids=name)
def test_a_password_and_a_code_are_masked_and_as_long_as_the_real_ones(one: Text) -> None:
    masked = {
        NoticeKind.APPROVED: [messages.MASK],
        NoticeKind.RESET: [messages.MASK],
        NoticeKind.OTP: [messages.CODE_MASK],
    }
    for text in (one.text, one.longest):
        assert re.findall(r"\*+", text) == masked.get(one.kind, [])


@pytest.mark.parametrize("one", TEXTS, ids=name)
def test_nothing_is_left_unsaid(one: Text) -> None:
    assert not re.search(r"[{}]|None| [,.]|  ", one.text)


def signed_in(client: FlaskClient, role: Role) -> FlaskClient:
    with transaction() as session:
        make_officer(session, "lan", role=role)
    return let_in(client, "lan")


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SUPERVISOR])
def test_administrators_and_supervisors_read_every_message_and_what_it_costs(client: FlaskClient, role: Role) -> None:
    page = signed_in(client, role).get("/notices/catalogue").text
    for label in ("Xác nhận đã nhận tờ khai", "Mã OTP", "Ngừng sử dụng tài khoản"):
        assert f"<h2>{label}</h2>" in page
    assert page.count('<p class="message">') >= len(SMS)
    assert page.count('<p class="message lines">') == len(MAIL)
    assert "160 ký tự, " in page
    assert "bảng mã GSM-7" in page


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.HOTLINE, Role.AUDITOR])
def test_nobody_else_has_use_for_it(client: FlaskClient, role: Role) -> None:
    assert signed_in(client, role).get("/notices/catalogue").status_code == 403
