"""A list of offices from a file: shown first, applied whole or not at all, and only within the own branch (D8)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from backoffice.demo.offices import DEMO_OFFICES, add_offices, read_offices
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Forbidden, NotFound
from backoffice.models import (
    ImportDraft,
    Office,
    OfficeChange,
    OfficeKind,
    OfficeWard,
    Role,
    TrailEvent,
    TrailRow,
)
from backoffice.offices import import_actions, merging, sheet
from backoffice.rules.actors import Actor
from backoffice.rules.places import provinces, wards
from tests.factories import make_actor, make_office
from tests.offices.files import PUBLIC, applied, book, sentences, shown


@pytest.fixture
def head(database: None) -> Actor:
    """An administrator of the root."""
    with transaction() as session:
        return make_actor(session, Role.ADMINISTRATOR, office=make_office(session, "000"))


@pytest.fixture
def hanoi(head: Actor) -> Actor:
    """An administrator of Hà Nội's office, 001, where 00114 is; 079 and 07901 are another province's."""
    with transaction() as session:
        make_office(session, "00114", province_code="01")
        make_office(session, "07901", province_code="79")
        session.query(Office).filter_by(code="001").update({"province_code": "01"})
        session.query(Office).filter_by(code="079").update({"province_code": "79"})
        return make_actor(session, Role.ADMINISTRATOR, office=make_office(session, "001"))


def office(code: str) -> Office:
    with transaction() as session:
        return session.scalars(select(Office).where(Office.code == code)).one()


def wards_of(code: str) -> set[str]:
    with transaction() as session:
        return set(session.scalars(select(OfficeWard.ward_code).join(Office).where(Office.code == code)))


def count(model: type) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def demo_offices() -> None:
    with transaction() as session:
        add_offices(session, read_offices(DEMO_OFFICES))


def provinces_alone() -> None:
    with transaction() as session:
        for province in provinces():
            make_office(session, f"0{province.code}", name=f"BHXH {province.name}", province_code=province.code)


def test_nothing_is_written_before_it_is_applied(hanoi: Actor):
    plan = shown(hanoi, book({"code": "00114", "name": "BHXH cơ sở Mẫu", "address": "Số 2 phố Mẫu"}))

    assert [(field, new) for field, _, new in plan.changes[0].fields] == [
        ("name", "BHXH cơ sở Mẫu"),
        ("address", "Số 2 phố Mẫu"),
    ]
    assert office("00114").name == "BHXH Mẫu 00114"
    assert count(OfficeChange) == 0


def test_what_was_shown_is_applied_with_history_and_one_line_of_the_trail(hanoi: Actor):
    applied(
        hanoi,
        book(
            {"code": "00114", "name": "BHXH cơ sở Mẫu", "wards": "Phường Ba Đình; Ngọc Hà", "phone": "024 3733 9934"},
            {"code": "00150", "name": "BHXH cơ sở Mới", "email": "moi@example.vn", "position": "21.0285, 105.8542"},
        ),
    )

    assert office("00114").phone == "02437339934"
    assert wards_of("00114") == {"00004", "00008"}
    made = office("00150")
    assert (made.path, made.kind, made.province_code) == ("000.001.00150.", OfficeKind.DISTRICT, "01")
    assert (made.latitude, made.short_name) == (21.0285, "BHXH co so Moi")
    with transaction() as session:
        kept = session.execute(select(OfficeChange.field, OfficeChange.old_value, OfficeChange.new_value)).all()
        (row,) = session.scalars(select(TrailRow).where(TrailRow.event == TrailEvent.OFFICE_IMPORT))
    assert ("name", "BHXH Mẫu 00114", "BHXH cơ sở Mẫu") in kept
    assert ("wards", None, "00004 00008") in kept
    assert row.facts["counts"] == {"new": 1, "changed": 1, "unchanged": 0}


def test_an_empty_cell_leaves_what_there_is_and_a_dash_takes_it_away(hanoi: Actor):
    applied(hanoi, book({"code": "00114", "name": "BHXH Mẫu 00114", "phone": "", "address": "-"}))
    assert (office("00114").phone, office("00114").address) == ("02400000000", None)


def test_with_one_row_at_fault_none_is_applied(hanoi: Actor):
    data = book(
        {"code": "00114", "name": "BHXH cơ sở Mẫu"},
        {"code": "114", "name": "BHXH cơ sở Khác"},
        {"code": "00151", "name": "", "phone": "12"},
    )
    token = import_actions.upload(hanoi, data, "co-quan.xlsx")
    plan = import_actions.preview(hanoi, token).plan
    assert plan is not None
    assert [number for number, _ in sentences(plan)] == [3, 4]

    with pytest.raises(Conflict) as refusal:
        import_actions.apply(hanoi, token, plan.mark)
    assert refusal.value.code == "rows_at_fault"
    assert office("00114").name == "BHXH Mẫu 00114"


def test_each_fault_of_a_row_is_told_with_its_remedy(hanoi: Actor):
    plan = shown(
        hanoi,
        book({"code": "00114", "name": "BHXH Mẫu", "phone": "243733993", "email": "không", "wards": "Phường Ba Đinhh"}),
    )
    told = " ".join(sentence for _, sentence in sentences(plan))
    assert "Số 0 ở đầu đã bị mất" in told
    assert "ten@tenmien.vn" in told
    assert "Có phải Phường Ba Đình (mã 00004)?" in told


def test_an_office_named_twice_is_a_fault_that_names_both_rows(hanoi: Actor):
    plan = shown(hanoi, book({"code": "00114", "name": "BHXH A"}, {"code": "00114", "name": "BHXH B"}))
    assert sentences(plan) == [(3, "Dòng 2 cũng là cơ quan này (mã 00114). Xin bỏ một trong hai dòng.")]


@pytest.mark.parametrize("code", ["07901", "079", "000"])
def test_an_office_out_of_scope_is_told_as_that_and_nothing_more(hanoi: Actor, code: str):
    plan = shown(hanoi, book({"code": code, "name": "BHXH Khác", "phone": "sai"}))
    assert sentences(plan) == [(2, "Không thuộc phạm vi của bạn.")]


def test_a_new_office_may_not_hang_outside_the_branch(hanoi: Actor):
    out, nowhere = (shown(hanoi, book({"code": f"{above}55", "name": "BHXH Mới"})) for above in ("079", "555"))
    assert sentences(out)[0][1].replace("079", "…") == sentences(nowhere)[0][1].replace("555", "…")


def test_an_office_may_not_be_moved_out_of_the_branch(hanoi: Actor):
    plan = shown(hanoi, book({"code": "00114", "name": "BHXH Mẫu 00114", "parent": "079"}))
    assert "không thuộc phạm vi" in sentences(plan)[0][1]


def test_an_office_moves_with_its_branch_to_another_parent(head: Actor, hanoi: Actor):
    applied(head, book({"code": "00114", "name": "BHXH Mẫu 00114", "parent": "079"}))
    assert (office("00114").path, office("00114").province_code) == ("000.079.00114.", "79")


def test_only_administrators_may_import(hanoi: Actor):
    with transaction() as session:
        others = [make_actor(session, role) for role in Role if role is not Role.ADMINISTRATOR]
    for other in others:
        with pytest.raises(Forbidden):
            import_actions.upload(other, book({"code": "00114", "name": "X"}), "x.xlsx")


def test_a_draft_is_its_officers_alone(hanoi: Actor, head: Actor):
    token = import_actions.upload(hanoi, book({"code": "00114", "name": "BHXH cơ sở Mẫu"}), "x.xlsx")
    with pytest.raises(NotFound):
        import_actions.preview(head, token)
    with pytest.raises(NotFound):
        import_actions.apply(head, token, "")


def test_a_draft_is_over_after_two_hours_and_swept(hanoi: Actor):
    token = import_actions.upload(hanoi, book({"code": "00114", "name": "BHXH cơ sở Mẫu"}), "x.xlsx")
    with clock.at(clock.now() + timedelta(hours=2, minutes=1)):
        with pytest.raises(NotFound):
            import_actions.preview(hanoi, token)
        assert import_actions.tidy() == 1
    assert count(ImportDraft) == 0


def test_what_changed_meanwhile_is_shown_before_it_is_overwritten(hanoi: Actor):
    data = book({"code": "00114", "name": "BHXH cơ sở Mẫu"})
    token = import_actions.upload(hanoi, data, "x.xlsx")
    first = import_actions.preview(hanoi, token).plan
    assert first is not None
    applied(hanoi, book({"code": "00114", "name": "BHXH của người khác"}))

    with pytest.raises(import_actions.Changed):
        import_actions.apply(hanoi, token, first.mark)

    assert office("00114").name == "BHXH của người khác"
    again = import_actions.preview(hanoi, token).plan
    assert again is not None
    import_actions.apply(hanoi, token, again.mark)
    assert office("00114").name == "BHXH cơ sở Mẫu"


def test_applied_twice_it_changes_nothing_more(hanoi: Actor):
    token = import_actions.upload(hanoi, book({"code": "00150", "name": "BHXH cơ sở Mới"}), "x.xlsx")
    plan = import_actions.preview(hanoi, token).plan
    assert plan is not None
    import_actions.apply(hanoi, token, plan.mark)
    had = count(OfficeChange)

    import_actions.apply(hanoi, token, plan.mark)

    assert count(OfficeChange) == had
    assert import_actions.preview(hanoi, token).done == {"new": 1, "changed": 0, "unchanged": 0}


def test_closing_and_merging_are_not_done_by_a_file(hanoi: Actor):
    plan = shown(
        hanoi,
        book(
            {"code": "00114", "name": "BHXH Mẫu 00114", "state": "Ngừng hoạt động"},
            {"code": "001", "name": "BHXH Mẫu 001", "successor": "00114"},
        ),
    )
    assert [number for number, _ in sentences(plan)] == [2, 3]


def test_a_closed_office_is_not_changed_by_a_file(hanoi: Actor):
    with transaction() as session:
        session.query(Office).filter_by(code="00114").update({"closed_at": clock.now()})
    plan = shown(hanoi, book({"code": "00114", "name": "BHXH Tên Mới"}))
    assert "đã ngừng hoạt động" in sentences(plan)[0][1]


def test_the_exported_file_comes_back_without_a_change(head: Actor):
    demo_offices()
    applied(head, PUBLIC.read_bytes())
    with transaction() as session:
        closed = session.scalars(select(Office).where(Office.code == "00101")).one()
        successor = session.scalars(select(Office).where(Office.code == "07901")).one()
        closed.closed_at, closed.successor_id = clock.now(), successor.id
        closed.latitude, closed.longitude = 21.0285112, 105.8542009

    plan = shown(head, sheet.export(head))

    assert (sentences(plan), [change.fields for change in plan.changes], plan.warnings) == ([], [], ())
    assert plan.unchanged == count(Office)


def test_the_published_list_changes_the_offices_it_names(head: Actor):
    demo_offices()
    plan = applied(head, PUBLIC.read_bytes())

    assert sentences(plan) == []
    assert len(plan.changes) + plan.unchanged == 79
    assert office("00101").name == "BHXH cơ sở Ba Đình"
    with transaction() as session:
        first = session.scalars(select(Office).where(Office.name == "BHXH cơ sở Tân Định")).one()
    assert first.provenance != "public_2025"  # formerly of district 1, found by its former name
    assert len(wards_of(first.code)) == 4


def test_the_published_list_makes_offices_where_there_were_none(head: Actor):
    provinces_alone()
    plan = applied(head, PUBLIC.read_bytes())

    assert sentences(plan) == []
    assert plan.new == 79
    assert {change.provisional for change in plan.changes} == {True}
    made = office("00199")
    assert (made.name, made.provenance, made.path) == ("BHXH cơ sở Đống Đa", "public_2025", "000.001.00199.")
    assert len(wards_of("00199")) == 5


@pytest.mark.parametrize("before", [demo_offices, provinces_alone])
def test_the_published_list_again_changes_nothing(head: Actor, before):
    before()
    applied(head, PUBLIC.read_bytes())
    plan = shown(head, PUBLIC.read_bytes())
    assert (plan.changes, plan.faults, plan.unchanged) == ((), (), 79)


def test_of_the_wards_of_the_published_list_one_alone_is_not_known(head: Actor):
    """It names a phường Tây Sơn in Hồ Chí Minh City, which has none: it asks whether Tân Sơn is meant."""
    provinces_alone()
    plan = shown(head, PUBLIC.read_bytes())
    (warning,) = plan.warnings
    assert "Phường Tây Sơn" in warning.sentences[0]
    assert "Phường Tân Sơn (mã 27007)" in warning.sentences[0]


def test_what_is_exported_of_an_office_below_another_provinces_changes_nothing(head: Actor, hanoi: Actor):
    with transaction() as session:
        session.add(OfficeWard(office_id=make_office(session, "07901").id, ward_code="25978"))
    merging.plan("079", head, merging.Plan("001", clock.today().isoformat(), "1/QĐ"))
    assert (shown(head, sheet.export(head)).changes, shown(head, sheet.export(head)).faults) == ((), ())


def test_wards_of_an_office_that_a_list_moves_to_another_province_stay_and_a_warning_says_so(head: Actor, hanoi: Actor):
    with transaction() as session:
        session.add(OfficeWard(office_id=make_office(session, "07901").id, ward_code="25978"))
    plan = applied(head, book({"code": "07901", "name": "BHXH Mẫu 07901", "parent": "001", "wards": "Phường Thuận An"}))
    assert (office("07901").province_code, wards_of("07901")) == ("01", {"25978"})
    [warning] = plan.warnings
    assert "vẫn phục vụ 1 xã, phường ngoài tỉnh đó" in warning.sentences[0]


def test_a_list_may_keep_the_wards_a_merge_gave_and_not_add_to_them(hanoi: Actor):
    known = [ward.code for code in ("01", "79") for ward in wards(code)][:231]
    with transaction() as session:
        number = make_office(session, "00114").id
        session.add_all(OfficeWard(office_id=number, ward_code=ward) for ward in known[:230])
    row = {"code": "00114", "name": "BHXH Mẫu 00114", "address": "Số 9 phố Mới"}
    applied(hanoi, book(row | {"wards": ";".join(known[:230])}))
    assert office("00114").address == "Số 9 phố Mới"
    [(_, sentence)] = sentences(shown(hanoi, book(row | {"wards": ";".join(known)})))
    assert "nhiều nhất 230 xã, phường; ở đây ghi 231" in sentence
