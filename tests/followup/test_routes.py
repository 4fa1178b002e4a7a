"""/notices over HTTP: who sees what, what an act answers, what a search finds; nothing personal in an address."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import (
    Account,
    CredentialIssue,
    Declaration,
    Gateway,
    GatewayMinute,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    Role,
    TrailEvent,
)
from backoffice.rules.actors import Actor, officer_actor
from tests.bench.recording import recording
from tests.decision.decided import approved, messages, send
from tests.desk.browser import HTMX, Desk
from tests.factories import make_account, make_declaration, make_office, make_officer
from tests.followup.undelivered import GONE, call_backs, later_than, make_notice, make_reset, trail

NAME, PHONE = "Người Không Nhận Được", "0981230001"


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return officer_actor(make_officer(session, "tieptan", full_name="Nguyễn Thị Tiếp"))


@pytest.fixture
def desk(client: FlaskClient, officer: Actor) -> Desk:
    return Desk(client, "tieptan")


@pytest.fixture
def declaration(officer: Actor) -> Declaration:
    with transaction() as session:
        return make_declaration(session, full_name=NAME, phone=PHONE)


def come(client: FlaskClient, role: Role, office: str = "001") -> Desk:
    with transaction() as session:
        make_officer(session, f"nguoi-{role}", role=role, office=make_office(session, office))
    return Desk(client, f"nguoi-{role}")


def text_of(answer: object) -> str:
    return str(answer.get_data(as_text=True))  # type: ignore[attr-defined]


def page(desk: Desk) -> str:
    answer = desk.get("/notices")
    assert answer.status_code == 200
    return text_of(answer)


def test_a_message_that_failed_says_when_to_whom_what_and_why(desk: Desk, declaration: Declaration):
    with transaction() as session:
        notice = make_notice(session, about=declaration)
    shown = page(desk)
    expected = [NAME, "Xác nhận đã nhận tờ khai", "tin nhắn đến 098…001", "Không gửi được", GONE, "BHXH: Noi dung tin."]
    assert [words for words in expected if words not in shown] == []
    assert PHONE not in shown
    assert f'href="/desk/{declaration.receipt_code}"' in shown
    assert f'id="notice-{notice.id}"' in shown
    assert re.search(r'id="worklist_count">1<', shown)


def test_one_that_the_network_never_spoke_of_says_so(desk: Desk, declaration: Declaration):
    sent = clock.now() - timedelta(days=4)
    with transaction() as session:
        make_notice(session, about=declaration, status=NoticeStatus.UNKNOWN, failure=None, sent_at=sent)
    assert "nhà mạng không báo tin đã đến máy hay chưa" in page(desk)


def test_an_empty_list_says_that_it_is(desk: Desk):
    assert "Không có tin nào chưa đến." in page(desk)


def test_the_menu_leads_here_and_the_queues_tab_too(desk: Desk, declaration: Declaration):
    with transaction() as session:
        make_notice(session, about=declaration)
    assert '<a href="/notices">Tin nhắn, thư</a>' in text_of(desk.get("/desk"))
    counted = text_of(desk.get("/desk/counts", **HTMX))
    assert re.search(r'<a href="/notices">.*?Tin nhắn chưa đến <b>1</b>', counted, re.DOTALL)
    assert desk.get("/desk?list=undelivered").location == "/notices"


def test_the_look_is_in_the_trail_by_ids(desk: Desk, declaration: Declaration):
    with transaction() as session:
        account = make_account(session)
        waits, notice = make_reset(session, account), make_notice(session, about=declaration)
    page(desk)
    [row] = trail(TrailEvent.NOTICES)
    assert row.facts == {"listed": [waits.id, notice.id], "declarations": [declaration.id], "accounts": [account.id]}


def test_who_acts_on_a_message_without_having_listed_it_has_looked_at_it(desk: Desk, declaration: Declaration):
    """Nobody reads through the office's messages by their numbers without a row for each."""
    with transaction() as session:
        listed, other = (
            make_notice(session, about=declaration),
            make_notice(session, NoticeKind.REMINDER, about=declaration),
        )
    for _ in range(2):
        assert desk.post(f"/notices/{other.id}/call-back", HTMX, note="").status_code == 422
    assert [row.facts["listed"] for row in trail(TrailEvent.NOTICES)] == [[other.id]]
    page(desk)
    assert desk.post(f"/notices/{listed.id}/call-back", HTMX, note="").status_code == 422
    assert len(trail(TrailEvent.NOTICES)) == 2


def test_a_branchs_list_names_the_office_of_each(client: FlaskClient, declaration: Declaration):
    with transaction() as session:
        make_notice(session, about=declaration)
        make_notice(session, about=make_declaration(session, office=make_office(session, "07901")))
    shown = page(come(client, Role.SUPERVISOR))
    assert "00114 BHXH Mẫu 00114" in shown
    assert "07901" not in shown


def test_an_administrator_sees_how_the_gateways_fare_and_no_content(client: FlaskClient, declaration: Declaration):
    with transaction() as session:
        make_notice(session, about=declaration)
    admin = come(client, Role.ADMINISTRATOR)
    shown = page(admin)
    assert "Cổng gửi tin" in shown
    assert "/notices/catalogue" in shown
    assert [
        words for words in (NAME, "098…001", "Noi dung tin", "Tin chưa đến:", "/notices/search") if words in shown
    ] == []
    assert admin.post("/notices/search", q=PHONE).status_code == 403
    assert trail(TrailEvent.NOTICES) == []


@pytest.mark.parametrize("role", [Role.HOTLINE, Role.AUDITOR])
def test_others_have_no_such_page(client: FlaskClient, database: None, role: Role):
    assert come(client, role).get("/notices").status_code == 403


def test_an_act_answers_with_the_message_as_it_stands_and_the_new_count(desk: Desk, declaration: Declaration):
    with transaction() as session:
        notice = make_notice(session, about=declaration)
    answer = desk.post(f"/notices/{notice.id}/resend", HTMX)
    shown = text_of(answer)
    assert answer.status_code == 200
    assert f'<li id="notice-{notice.id}"' in shown
    assert "Nguyễn Thị Tiếp đã gửi lại lúc" in shown
    assert '<b id="worklist_count" hx-swap-oob="true">0</b>' in shown
    assert "/resend" not in shown
    assert len(later_than(notice)) == 1


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("resend", {}),
        ("call-back", {"note": "Không nghe máy"}),
        ("give-up", {"note": "Đã đến quầy"}),
    ],
)
def test_without_scripts_an_act_leads_back_to_the_list(
    desk: Desk, declaration: Declaration, act: str, form: dict[str, str]
):
    with transaction() as session:
        notice = make_notice(session, about=declaration)
    answer = desk.post(f"/notices/{notice.id}/{act}", **form)
    assert (answer.status_code, answer.location) == (303, "/notices")


def test_a_call_shows_who_noted_what_and_the_message_stays(desk: Desk, declaration: Declaration):
    with transaction() as session:
        notice = make_notice(session, about=declaration)
    shown = text_of(desk.post(f"/notices/{notice.id}/call-back", HTMX, note="Hẹn <b>chiều</b> nay"))
    assert "Nguyễn Thị Tiếp:</span> Hẹn &lt;b&gt;chiều&lt;/b&gt; nay" in shown
    assert "/resend" in shown
    assert call_backs(notice) == ["Hẹn <b>chiều</b> nay"]


@pytest.mark.parametrize("act", ["call-back", "give-up"])
def test_a_faulty_form_comes_back_open_with_what_was_typed(desk: Desk, declaration: Declaration, act: str):
    with transaction() as session:
        notice = make_notice(session, about=declaration)
    answer = desk.post(f"/notices/{notice.id}/{act}", HTMX, note="x" * 501)
    shown = text_of(answer)
    assert answer.status_code == 422
    assert re.search(rf'<details class="unfold" open>\s*<summary(?:(?!</details>).)*{act}', shown, re.DOTALL)
    assert "x" * 501 in shown
    assert "Ghi chú dài 501 ký tự" in shown


def test_d6_a_number_is_corrected_in_its_place(desk: Desk, officer: Actor):
    declaration = approved(officer, phone=PHONE)
    send()
    [notice] = messages(declaration)
    faulty = desk.post(f"/notices/{notice.id}/correct", HTMX, value="0912")
    assert faulty.status_code == 422
    assert 'value="0912"' in text_of(faulty)
    again = desk.post(f"/notices/{notice.id}/correct", HTMX, value="0912", consent="1")
    assert " checked" not in text_of(again), "the number that is typed next was not read back yet"
    done = desk.post(f"/notices/{notice.id}/correct", HTMX, value="0912345678", consent="1")
    assert done.status_code == 200
    assert "0912345678" not in text_of(done)
    assert messages(declaration)[-1].recipient == "0912345678"


def test_an_undecided_declaration_is_corrected_in_its_file(desk: Desk, declaration: Declaration):
    with transaction() as session:
        make_notice(session, about=declaration)
    shown = page(desk)
    assert re.search(rf'<a [^>]*href="/desk/{declaration.receipt_code}" data-key="Alt\+j"[^>]*>Sửa trong hồ sơ', shown)
    assert "/correct" not in shown


@pytest.mark.parametrize("act", ["resend", "call-back", "correct", "give-up"])
def test_another_offices_message_answers_like_none(desk: Desk, act: str):
    with transaction() as session:
        foreign = make_notice(session, about=make_declaration(session, office=make_office(session, "00131")))
    form = {"note": "ghi chú", "value": "0912345678", "consent": "1"}
    for number in (str(foreign.id), "999999", "x", "0" * 30, "١٢"):
        assert desk.post(f"/notices/{number}/{act}", HTMX, **form).status_code == 404, number


def test_a_refusal_is_a_banner_and_what_was_typed_stays(desk: Desk, declaration: Declaration):
    with transaction() as session:
        notice = make_notice(session, about=declaration)
    desk.post(f"/notices/{notice.id}/give-up", note="Đã đến quầy")
    answer = desk.post(f"/notices/{notice.id}/call-back", HTMX, note="Không nghe máy")
    assert answer.status_code == 409
    assert text_of(answer).lstrip().startswith('<div id="banner"')
    assert "Nguyễn Thị Tiếp đã ghi thôi gửi lúc" in text_of(answer)


# ---- Looking for somebody's messages ----


def found(desk: Desk, text: str) -> str:
    answer = desk.post("/notices/search", HTMX, q=text)
    assert answer.status_code == 200, text_of(answer)
    return text_of(answer)


def listed(shown: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li id="notice-(\d+)"', shown)]


def test_every_spelling_of_code_card_and_phone_finds_all_messages_the_newest_first(desk: Desk, officer: Actor):
    with transaction() as session:
        declaration = make_declaration(session, bhxh_code="0123456789", id_number="001085000042", phone="0981234567")
        account = make_account(session, bhxh_code="0123456789", phone="0912345678")
        ids = [
            make_notice(session, about=declaration, status=NoticeStatus.DELIVERED).id,
            make_notice(session, NoticeKind.OTP, about=account, status=NoticeStatus.DELIVERED).id,
            make_notice(
                session, NoticeKind.FORM01, about=declaration, channel=NoticeChannel.EMAIL, recipient="a@b.vn"
            ).id,
        ]
        make_notice(session, about=make_declaration(session))
    code = declaration.receipt_code
    for text in ("0123456789", "012 345 6789", "GD4010123456789"):
        assert listed(found(desk, text)) == ids[::-1], text
    for text in (code, code.lower(), f"{code[:4]}-{code[4:8]}-{code[8:]}", "001085000042"):
        assert listed(found(desk, text)) == [ids[2], ids[0]], text
    for text in ("+84 98 123 45 67", "098.123.4567"):
        assert ids[0] in listed(found(desk, text)), text
    assert listed(found(desk, "0912345678")) == [ids[1]]


def test_a_found_message_tells_all_that_became_of_it(desk: Desk, declaration: Declaration):
    with transaction() as session:
        notice = make_notice(session, about=declaration, gateway="duong-1", tries=3)
    desk.post(f"/notices/{notice.id}/give-up", note="Đã đến quầy")
    shown = found(desk, PHONE)
    expected = [
        "Không gửi được",
        GONE,
        "duong-1",
        "<dd>3</dd>",
        "BHXH: Noi dung tin.",
        "đã ghi thôi gửi lúc",
        "Đã đến quầy",
    ]
    assert [words for words in expected if words not in shown] == []


def test_a_password_is_masked_here_too(desk: Desk, officer: Actor):
    declaration = approved(officer, phone="0981234567")
    send()
    shown = found(desk, declaration.receipt_code)
    assert "mat khau ********" in shown or "mat khau " in shown
    assert not re.search(r"mat khau [a-z2-9]{12}", shown)


def test_what_waits_can_be_acted_on_where_it_was_found(desk: Desk, declaration: Declaration):
    with transaction() as session:
        notice = make_notice(session, about=declaration)
    assert f'action="/notices/{notice.id}/resend"' in found(desk, PHONE)


def test_a_search_finds_nothing_of_other_offices_and_says_what_was_looked_for(desk: Desk):
    with transaction() as session:
        foreign = make_declaration(session, bhxh_code="0123456789", office=make_office(session, "00131"))
        make_notice(session, about=foreign)
    shown = found(desk, "0123456789")
    assert listed(shown) == []
    assert "Không có tin nhắn, thư nào của mã số BHXH 012 345 6789" in shown


@pytest.mark.parametrize("text", ["", "   ", "Nguyễn Thử Mẫu", "12345", "x" * 1001, "' OR 1=1 --", "\u0000", "a@b.vn"])
def test_what_is_no_number_is_refused_in_a_sentence(desk: Desk, text: str):
    for headers in (HTMX, None):
        answer = desk.post("/notices/search", headers, q=text)
        assert answer.status_code == 422
        assert "Chưa tìm được" in text_of(answer)


def test_a_search_is_in_the_trail_by_keyed_hashes(desk: Desk, declaration: Declaration):
    with transaction() as session:
        notice = make_notice(session, about=declaration)
    found(desk, "098 123 0001")
    [row] = trail(TrailEvent.NOTICE_SEARCH)
    assert row.facts["sought"] == {
        "phone": lookup_hash("phone", PHONE).hex(),
        "bhxh_code": lookup_hash("bhxh_code", PHONE).hex(),
    }
    assert row.facts["listed"] == [notice.id]
    assert row.subject_hash == lookup_hash("bhxh_code", declaration.bhxh_code)
    assert PHONE not in str(row.facts)


# ---- The gateways ----


def gateway_out(name: str = "sandbox", **values: object) -> None:
    now = clock.now()
    with transaction() as session:
        session.merge(
            Gateway(
                **{
                    "name": name,
                    "faults": 5,
                    "reason": "Nhà mạng không trả lời.",
                    "opened_at": now - timedelta(minutes=5),
                    "open_until": now + timedelta(minutes=1),
                    "opened_times": 1,
                }
                | values
            )
        )


def gateways(desk: Desk) -> str:
    return text_of(desk.get("/notices/gateways", **HTMX))


def test_who_serves_citizens_reads_one_line_and_only_while_something_is_out(desk: Desk):
    assert "gián đoạn" not in page(desk)
    gateway_out()
    shown = page(desk)
    assert "Nhà mạng đang gián đoạn từ" in shown
    assert "hệ thống tự gửi lại" in shown
    assert "Cổng gửi tin" not in shown


def test_who_watches_gateways_reads_since_when_why_and_when_it_is_tried(client: FlaskClient, database: None):
    gateway_out()
    shown = gateways(come(client, Role.ADMINISTRATOR))
    assert "Đang gián đoạn" in shown
    assert re.search(r"Từ \d\d:\d\d, vì: Nhà mạng không trả lời\. Gửi thử lúc \d\d:\d\d:\d\d\.", shown)
    gateway_out(trial_until=clock.now() + timedelta(seconds=10))
    assert "Đang gửi thử." in gateways(Desk(client, f"nguoi-{Role.ADMINISTRATOR}"))


def test_rates_shares_times_and_what_waits_are_counted(client: FlaskClient, declaration: Declaration):
    now = clock.now()
    with transaction() as session:
        for minutes, taken in ((1, 100), (30, 500), (90, 7000)):
            minute = (now - timedelta(minutes=minutes)).replace(second=0, microsecond=0)
            session.add(
                GatewayMinute(
                    gateway="sandbox", minute=minute, taken=taken, refused=25, down=0, milliseconds=taken * 13
                )
            )
        for due in (now, now, now + timedelta(hours=3)):
            made = now - timedelta(minutes=7)
            make_notice(
                session, about=declaration, status=NoticeStatus.QUEUED, lane="bulk", next_try_at=due, created_at=made
            )
    shown = gateways(come(client, Role.SUPERVISOR))
    assert "Đang dùng" in shown
    assert '<td data-label="5 phút qua">20</td>' in shown
    assert '<td data-label="1 giờ qua">10</td>' in shown
    assert "92,3 % nhận · 7,7 % từ chối · 0 % gián đoạn" in shown.replace("\u00a0", " ")
    assert ">12 ms<" in shown
    assert re.search(
        r"Danh sách, nhắc hạn</td>\s*<td[^>]*>2</td>\s*<td[^>]*>7 phút</td>\s*<td[^>]*>1 \(sớm nhất", shown
    )


def test_the_page_asks_every_ten_seconds_and_is_answered_with_nothing_while_nothing_changes(desk: Desk):
    asked = re.search(r'data-quiet hx-get="(/notices/gateways\?state=\w+)" hx-trigger="every 10s"', page(desk))
    assert asked
    assert desk.get(asked[1], **HTMX).status_code == 204
    gateway_out()
    assert desk.get(asked[1], **HTMX).status_code == 200


# ---- Statements ----


def test_the_page_sends_as_much_for_one_message_as_for_many(desk: Desk, declaration: Declaration):
    def sent() -> int:
        with recording(db.engine()) as kept:
            page(desk)
        return len(kept.statements())

    with transaction() as session:
        make_notice(session, about=declaration)
    few = sent()
    with transaction() as session:
        for _ in range(20):
            make_notice(session, about=make_declaration(session))
    assert sent() == few <= 7


# ---- The desk: a password that expired unused ----


def test_k2_an_expired_password_is_said_at_the_desk_and_one_key_gives_a_new_one(desk: Desk, officer: Actor):
    with clock.at(clock.now() - timedelta(days=9)):
        declaration = approved(officer, phone="0981234567")
        send()
    path = f"/desk/{declaration.receipt_code}"
    with transaction() as session:
        [issue] = session.query(CredentialIssue).all()
    desk.post(f"{path}/open", reason="citizen_here")
    shown = text_of(desk.get(path))
    assert "Đã đến máy" in shown
    assert re.search(r"Mật khẩu tạm đã hết hạn lúc \d\d:\d\d \d\d/\d\d mà chưa được dùng", shown)
    assert re.search(r'<button type="submit" class="btn btn-primary" data-key="Alt\+V"[^>]*>Gửi lại', shown)
    again = desk.post(f"{path}/resend", HTMX)
    assert again.status_code == 200
    assert "hết hạn lúc" not in text_of(again)
    send()
    with transaction() as session:
        newest = session.query(CredentialIssue).order_by(CredentialIssue.number.desc()).first()
        assert newest is not None
        assert (newest.number, newest.expires_at > clock.now()) == (2, True)
        assert session.query(Account).one().phone == "0981234567"
    assert newest.id != issue.id
    assert [one.status for one in messages(declaration)] == [NoticeStatus.DELIVERED] * 2


def test_a_password_that_can_still_be_used_is_not_spoken_of(desk: Desk, officer: Actor):
    with clock.at(clock.now() - timedelta(days=6)):
        declaration = approved(officer)
        send()
    assert "hết hạn lúc" not in text_of(desk.get(f"/desk/{declaration.receipt_code}"))
