"""Point 5: flags are computed with a reason and a link; the blocking ones stop the approval and say what to do."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import joinedload

from backoffice.decision import actions as decide
from backoffice.desk.actions import open_review, show_queue, show_state
from backoffice.desk.flags import Flag, blocking, flags_for
from backoffice.desk.opening import give_reason
from backoffice.desk.tabs import Tab
from backoffice.gateways.photos import QualityNote
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Channel, Correction, Declaration, Office, PhotoKind, Role, Status
from backoffice.rules.actors import Actor
from tests.desk.browser import Desk
from tests.desk.pictures import add_photos
from tests.factories import make_account, make_actor, make_declaration, make_office

Flags = dict[str, Flag]


def seen(declaration: Declaration, officer: Actor) -> Flags:
    """Open the page and return its flags by code."""
    return {flag.code: flag for flag in open_review(declaration.receipt_code, officer)["flags"]}


def made(**values: Any) -> Declaration:
    with transaction() as session:
        office = make_office(session, values.pop("at_office", "00114"))
        return make_declaration(session, office=office, **values)


def test_an_ordinary_declaration_has_no_flags(officer: Actor, declaration: Declaration):
    assert seen(declaration, officer) == {}


@pytest.mark.parametrize(
    ("field", "code", "words"),
    [
        ("bhxh_code", "same_code", "Mã số BHXH có trong 1 tờ khai khác"),
        ("phone", "same_phone", "Số điện thoại có trong 1 tờ khai khác"),
        ("id_number", "same_id_number", "Số giấy tờ có trong 1 tờ khai khác"),
    ],
)
def test_what_another_declaration_of_the_scope_shares_leads_to_it(
    officer: Actor, declaration: Declaration, field: str, code: str, words: str
):
    other = made(**{field: getattr(declaration, field)})
    flag = seen(declaration, officer)[code]
    assert (flag.kind, flag.blocks) == ("warn", False)
    assert words in flag.text
    assert flag.href == f"/desk/{other.receipt_code}"
    assert format_receipt_code(other.receipt_code) in flag.link


@pytest.mark.parametrize("field", ["bhxh_code", "phone", "id_number"])
def test_what_another_offices_declaration_shares_says_office_and_deadline_only(
    officer: Actor, declaration: Declaration, field: str
):
    """Design 5: out of scope there is an office and a deadline, and nothing that leads to a person."""
    other = made(at_office="00131", full_name="Người Nơi Khác", **{field: getattr(declaration, field)})
    (flag,) = seen(declaration, officer).values()
    assert other.expires_at is not None
    assert f"ở BHXH Mẫu 00131 (hạn {clock.local(other.expires_at):%d/%m})" in flag.text
    assert (flag.href, flag.sought, flag.photo) == ("", "", "")
    assert other.receipt_code not in repr(flag)
    assert "Người Nơi Khác" not in repr(flag)


def test_a_supervisor_is_led_to_a_twin_anywhere_in_the_branch(declaration: Declaration):
    other = made(at_office="00131", bhxh_code=declaration.bhxh_code)
    foreign = made(at_office="07901", phone=declaration.phone)
    with transaction() as session:
        supervisor = make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))
    give_reason(declaration.receipt_code, supervisor, "check", "")
    flags = seen(declaration, supervisor)
    assert flags["same_code"].href == f"/desk/{other.receipt_code}"
    assert flags["same_phone"].href == ""
    assert foreign.receipt_code not in repr(flags)


def test_several_twins_are_searched_for_with_nothing_personal_in_the_address(
    desk: Desk, officer: Actor, declaration: Declaration
):
    for _ in range(2):
        made(phone=declaration.phone)
    flag = seen(declaration, officer)["same_phone"]
    assert "có trong 2 tờ khai khác" in flag.text
    assert (flag.href, flag.sought) == ("", declaration.phone)
    page = desk.get(f"/desk/{declaration.receipt_code}").get_data(as_text=True)
    assert f'name="q" value="{declaration.phone}"' in page
    assert f'href="/desk/search?q={declaration.phone}' not in page


def test_k9_who_has_an_account_is_led_to_it_and_not_approved(desk: Desk, officer: Actor, declaration: Declaration):
    with transaction() as session:
        account = make_account(session, bhxh_code=declaration.bhxh_code)
    decide.claim(declaration.receipt_code, officer)
    state = show_state(declaration.receipt_code, officer)
    (flag,) = state["flags"]
    assert (flag.code, flag.kind, flag.blocks) == ("has_account", "bad", True)
    assert flag.href == f"/desk/accounts/{account.id}"
    assert state["may"]["approve"] is False
    assert state["blocked"] == "đã có tài khoản"
    page = desk.get(f"/desk/{declaration.receipt_code}").get_data(as_text=True)
    assert f'<a href="/desk/accounts/{account.id}">Mở tài khoản</a>' in page


def test_k9_the_account_is_found_by_the_twelve_digit_number_too(officer: Actor, declaration: Declaration):
    with transaction() as session:
        make_account(session, bhxh_code=declaration.id_number)
    assert "has_account" in seen(declaration, officer)


def test_d6_a_phone_of_another_account_stops_the_approval_and_never_says_whose(
    officer: Actor, declaration: Declaration
):
    with transaction() as session:
        account = make_account(session, phone=declaration.phone, full_name="Chủ Số Cũ")
    decide.claim(declaration.receipt_code, officer)
    state = show_state(declaration.receipt_code, officer)
    (flag,) = state["flags"]
    assert (flag.code, flag.blocks, flag.href) == ("phone_taken", True, "")
    assert state["may"]["approve"] is False
    assert "dùng số khác" in flag.text
    assert blocking([flag]) == "điện thoại đã dùng"
    assert account.full_name not in flag.text
    assert account.bhxh_code not in flag.text


def test_what_is_only_to_be_looked_at_stops_nothing(officer: Actor, declaration: Declaration):
    made(phone=declaration.phone)
    decide.claim(declaration.receipt_code, officer)
    state = show_state(declaration.receipt_code, officer)
    assert [flag.code for flag in state["flags"]] == ["same_phone"]
    assert (state["blocked"], state["may"]["approve"]) == ("", True)


def test_an_earlier_refusal_says_when_and_why_and_leads_to_it(officer: Actor, declaration: Declaration):
    reasons = ["name_differs", "photo_unusable:id_front"]
    before = made(bhxh_code=declaration.bhxh_code, status=Status.REJECTED, reasons=reasons)
    flag = seen(declaration, officer)["rejected_before"]
    assert flag.text.endswith("vì họ tên khác, ảnh mờ, lóa")
    assert flag.href == f"/desk/{before.receipt_code}"


def test_another_offices_refusal_keeps_its_reasons_to_itself(officer: Actor, declaration: Declaration):
    for _ in range(2):
        made(at_office="00131", bhxh_code=declaration.bhxh_code, status=Status.REJECTED, reasons=["not_the_person"])
    flag = seen(declaration, officer)["rejected_before"]
    assert "Đã 2 lần không được chấp nhận" in flag.text
    assert "BHXH Mẫu 00131" in flag.text
    assert "chân dung" not in flag.text
    assert flag.href == ""


@pytest.mark.parametrize(("days", "kind"), [(0, "warn"), (1, "info"), (3, "info"), (4, None)])
def test_k4_a_near_deadline_says_what_keeps_the_declaration(
    officer: Actor, declaration: Declaration, days: int, kind: str | None
):
    assert declaration.expires_at is not None
    with clock.at(declaration.expires_at - timedelta(days=days, hours=1)):
        flag = seen(declaration, officer).get("expires_soon")
    assert (flag and flag.kind) == kind
    assert flag is None or "Đã nộp hồ sơ" in flag.text


def test_once_handed_in_no_deadline_presses(officer: Actor):
    assert "expires_soon" not in seen(made(presented_at=clock.now()), officer)


def test_a_poor_photo_is_shown_by_its_flag(desk: Desk, officer: Actor, declaration: Declaration):
    add_photos(declaration, PhotoKind.ID_BACK, notes=(QualityNote.BLURRED,))
    flag = seen(declaration, officer)["photo_blurred"]
    assert (flag.photo, flag.link) == ("id_back", "Xem ảnh mặt sau")
    page = desk.get(f"/desk/{declaration.receipt_code}").get_data(as_text=True)
    assert '<a href="#photos" data-show="id_back">Xem ảnh mặt sau</a>' in page


def test_the_population_databases_mark_is_good_and_comes_last(officer: Actor):
    declaration = made(population_db_verified=True)
    made(phone=declaration.phone)
    flags = open_review(declaration.receipt_code, officer)["flags"]
    assert [(flag.code, flag.kind) for flag in flags] == [("same_phone", "warn"), ("population", "good")]


def test_the_most_serious_comes_first(officer: Actor):
    declaration = made(population_db_verified=True, declared_at=clock.now() - timedelta(days=9))
    made(bhxh_code=declaration.bhxh_code)
    with transaction() as session:
        make_account(session, phone=declaration.phone)
    kinds = [flag.kind for flag in open_review(declaration.receipt_code, officer)["flags"]]
    assert kinds == sorted(kinds, key=["bad", "warn", "info", "good"].index)
    assert kinds[0] == "bad"
    assert kinds[-1] == "good"


@pytest.mark.parametrize(
    ("number", "born", "flagged"),
    [
        ("001085000123", date(1985, 1, 2), False),
        ("001085000123", date(1986, 1, 2), True),
        ("001205000123", date(2005, 1, 2), False),
        ("001985000123", None, True),
        ("001085000123", None, False),
    ],
)
def test_a_citizen_number_that_contradicts_itself_or_the_birth_is_flagged_and_listed(
    officer: Actor, number: str, born: date | None, flagged: bool
):
    """Domain 3: century and sex, then the year; the tab's condition is the same rule as SQL."""
    declaration = made(id_number=number, date_of_birth=born)
    assert ("odd_number" in seen(declaration, officer)) is flagged
    assert len(show_queue(officer, Tab.FLAGGED, None)["rows"]) == flagged


def test_d11_on_a_childs_declaration_the_number_is_the_guardians(officer: Actor):
    with transaction() as session:
        guardian = make_account(session)
    child = made(
        guardian_bhxh_code=guardian.bhxh_code,
        phone=guardian.phone,
        id_number=guardian.id_number,
        date_of_birth=date(2020, 5, 6),
    )
    assert seen(child, officer) == {}
    assert show_queue(officer, Tab.FLAGGED, None)["rows"] == []


@pytest.mark.parametrize("with_account", [False, True])
def test_d11_a_child_without_a_guardians_account_or_with_another_phone_is_flagged_and_listed(
    officer: Actor, with_account: bool
):
    with transaction() as session:
        guardian = make_account(session)
    code = guardian.bhxh_code if with_account else "0198765432"
    flags = seen(made(guardian_bhxh_code=code, date_of_birth=date(2020, 5, 6)), officer)
    assert set(flags) == {"guardian_phone" if with_account else "guardian_missing"}
    (row,) = show_queue(officer, Tab.FLAGGED, None)["rows"]
    assert [one["text"] for one in row["flags"]] == [flag.brief for flag in flags.values()]


def close_office(declaration: Declaration) -> None:
    with transaction() as session:
        session.get_one(Office, declaration.office_id).closed_at = datetime(2026, 7, 1, tzinfo=clock.VIETNAM)


def test_an_office_that_was_merged_is_told_on_the_page_and_in_the_list(officer: Actor, declaration: Declaration):
    close_office(declaration)
    flag = seen(declaration, officer)["office_closed"]
    assert "từ 01/07/2026" in flag.text
    (row,) = show_queue(officer, Tab.FLAGGED, None)["rows"]
    assert row["flags"] == [{"kind": "warn", "text": flag.brief}]


def correct(declaration: Declaration, by: Actor, field: str = "full_name") -> None:
    with transaction() as session:
        session.add(
            Correction(
                declaration_id=declaration.id,
                field=field,
                old_value="Nguyễn Thử Mầu",
                new_value="Nguyễn Thử Mẫu",
                note="Gõ nhầm",
                officer_id=by.id,
                at=clock.now(),
            )
        )


@pytest.fixture
def colleague(officer: Actor) -> Actor:
    with transaction() as session:
        return make_actor(session)


def test_what_a_colleague_corrected_since_my_last_look_is_told_until_i_look_again(
    officer: Actor, colleague: Actor, declaration: Declaration
):
    assert "changed" not in seen(declaration, officer)
    correct(declaration, colleague)
    correct(declaration, colleague, "date_of_birth")
    flag = seen(declaration, officer)["changed"]
    assert "có thay đổi: ngày sinh, họ tên" in flag.text
    assert flag.href == "#history"
    acts = [flag.code for flag in show_state(declaration.receipt_code, officer)["flags"]]
    assert acts == ["changed"]
    assert "changed" not in seen(declaration, officer)


def test_what_i_corrected_myself_is_no_news_to_me(officer: Actor, colleague: Actor, declaration: Declaration):
    seen(declaration, officer)
    seen(declaration, colleague)
    correct(declaration, officer)
    assert "changed" not in seen(declaration, officer)
    assert "changed" in seen(declaration, colleague)


def test_who_never_looked_is_told_of_no_change(officer: Actor, colleague: Actor, declaration: Declaration):
    correct(declaration, colleague)
    assert "changed" not in seen(declaration, officer)


def test_another_declaration_of_the_person_since_my_last_look_is_told(officer: Actor, declaration: Declaration):
    seen(declaration, officer)
    made(bhxh_code=declaration.bhxh_code)
    assert "người này khai thêm tờ khai khác" in seen(declaration, officer)["changed"].text


def test_a_decided_declaration_has_no_flags(officer: Actor):
    declaration = made(status=Status.APPROVED, population_db_verified=True)
    made(bhxh_code=declaration.bhxh_code)
    give_reason(declaration.receipt_code, officer, "check", "")
    assert open_review(declaration.receipt_code, officer)["flags"] == []


def test_a_list_says_in_few_words_what_calls_for_attention_and_links_nothing(
    desk: Desk, officer: Actor, declaration: Declaration
):
    made(phone=declaration.phone, population_db_verified=True)
    add_photos(declaration, PhotoKind.ID_BACK, notes=(QualityNote.BLURRED,))
    rows = {row["href"]: row["flags"] for row in show_queue(officer, Tab.WAITING, None)["rows"]}
    assert rows[f"/desk/{declaration.receipt_code}"] == [
        {"kind": "warn", "text": "điện thoại trùng"},
        {"kind": "warn", "text": "ảnh mờ"},
    ]
    assert list(rows.values()).count([{"kind": "warn", "text": "điện thoại trùng"}]) == 1


def test_the_tab_of_flagged_ones_lists_what_has_flags_in_the_list(officer: Actor):
    """The condition that counts is the condition that lists."""
    with transaction() as session:
        session.add_all([make_declaration(session) for _ in range(3)])
        make_account(session, phone=make_declaration(session).phone)
        make_account(session, bhxh_code=make_declaration(session).bhxh_code)
        one = make_declaration(session)
        make_declaration(session, id_number=one.id_number)
        make_declaration(session, bhxh_code=one.bhxh_code, status=Status.REJECTED, channel=Channel.PORTAL)
        make_declaration(session, id_number="001999000123", date_of_birth=None)
    with transaction() as session:
        every = (
            session.query(Declaration).options(joinedload(Declaration.office)).filter_by(status=Status.SUBMITTED).all()
        )
        flags = flags_for(session, every)
        codes = {f"/desk/{one.receipt_code}" for one in every if any(flag.brief for flag in flags[one.id])}
    listed = {row["href"] for row in show_queue(officer, Tab.FLAGGED, None)["rows"]}
    assert listed == codes
    assert len(listed) == 5


def test_people_of_one_name_are_told_apart_by_birth_year_and_ward(desk: Desk, officer: Actor):
    made(full_name="Trần Văn Trùng", date_of_birth=date(1985, 1, 2))
    made(full_name="Trần Văn Trùng", date_of_birth=None)
    made(full_name="Trần Văn Riêng")
    page = desk.post("/desk/search", q="tran van").get_data(as_text=True)
    assert "<small>sinh 1985 · Phường Ba Đình</small>" in page
    assert "<small>không khai ngày sinh · Phường Ba Đình</small>" in page
    assert page.count("<small>") - page.count("<small>Cán bộ") == 2


def test_a_ward_that_is_no_more_in_the_lists_costs_nobody_the_page(desk: Desk, officer: Actor):
    made(full_name="Trần Văn Trùng", ward_code="99999")
    made(full_name="Trần Văn Trùng")
    assert desk.get("/desk").status_code == 200


def test_what_was_not_accepted_is_called_so_everywhere(desk: Desk, officer: Actor):
    made(status=Status.REJECTED, decided_at=clock.now())
    page = desk.get("/desk?list=rejected_today").get_data(as_text=True)
    assert "không chấp nhận" in page
    assert "từ chối" not in page
