"""A list of officers from a spreadsheet: previewed, applied whole or not at all (D8)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from backoffice.gateways.sheets import read_table
from backoffice.gateways.sheets.writing import write_table
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Forbidden, InvalidInput
from backoffice.models import ImportDraft, Officer, OfficerLink, Role, TrailEvent
from backoffice.officers import access, actions, import_actions, sheet
from backoffice.officers.import_view import show_preview
from backoffice.officers.importing import counts
from backoffice.officers.queries import Wanted
from backoffice.rules.actors import Actor
from backoffice.signin import actions as signing
from tests.factories import PASSWORD
from tests.officers.conftest import House
from tests.officers.helpers import an_officer, ends, id_of, mark, profile, the, trail
from tests.officers.test_access import together

LAN = {"username": "lan", "name": "Lê Thị Lan", "role": "Cán bộ tiếp nhận hồ sơ", "office": "00114"}
MAI = {"username": "mai", "name": "Trần Mai", "role": "lanh dao", "office": "001"}


def a_file(*rows: dict[str, str]) -> bytes:
    present = {key for row in rows for key in row}
    return write_table("x", [one for one in sheet.COLUMNS if one.key in present or one.required], rows)


def preview(actor: Actor, *rows: dict[str, str]) -> import_actions.Preview:
    return import_actions.upload(actor, a_file(*rows), "can-bo.xlsx")


def faults(actor: Actor, *rows: dict[str, str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for number, message in preview(actor, *rows).plan.faults:
        found.setdefault(number, []).append(message)
    return found


def apply(actor: Actor, *rows: dict[str, str]) -> import_actions.Applied:
    shown = preview(actor, *rows)
    return import_actions.apply(actor, shown.token, shown.plan.mark)


def officer_count() -> int:
    with transaction() as session:
        return session.scalars(select(func.count()).select_from(Officer)).one()


class TestPreview:
    def test_says_who_is_new_changed_disabled_and_unchanged_and_does_nothing(self, house: House):
        an_officer("lan", full_name="Lê Thị Lan")
        an_officer("hoa", full_name="Hoa")
        an_officer("cuc", full_name="Cúc")
        before = officer_count()
        shown = preview(
            house.root,
            LAN,
            MAI,
            LAN | {"username": "hoa", "name": "Hoa", "office": "00115"},
            LAN | {"username": "cuc", "name": "Cúc", "state": "Đã ngừng sử dụng"},
        )
        assert counts(shown.plan) == {"new": 1, "changed": 1, "disabled": 1, "unchanged": 1}
        assert shown.plan.changed[0].changed == {"office": ("00114", "00115")}
        assert officer_count() == before
        assert the(id_of("hoa")).office.code == "00114"

    def test_each_fault_stands_with_the_row_of_the_spreadsheet(self, house: House):
        found = faults(
            house.root,
            LAN | {"username": "Đỗ Lan"},
            LAN | {"role": "vua"},
            MAI | {"office": "99999"},
            MAI | {"email": "x"},
        )
        assert sorted(found) == [2, 3, 4, 5]
        assert "Tên đăng nhập" in found[2][0]
        assert "vai trò" in found[3][0]
        assert "99999" in found[4][0]
        assert "E-mail" in found[5][0]

    def test_the_same_user_name_twice_names_both_rows(self, house: House):
        found = faults(house.root, LAN, MAI, LAN | {"username": " LAN "})
        assert sorted(found) == [2, 4]
        assert "2, 4" in found[2][0]

    def test_out_of_scope_is_a_fault_that_says_no_more_than_of_nothing(self, house: House):
        an_officer("nguoixa", office="00201", full_name="Người Xa")
        there = faults(house.province, LAN | {"office": "00201"})[2]
        nowhere = faults(house.province, LAN | {"office": "99999"})[2]
        assert [one.replace("00201", "99999") for one in there] == nowhere
        (said,) = faults(house.province, LAN | {"username": "nguoixa"})[2]
        assert "ngoài phạm vi" in said
        assert "Người Xa" not in said

    def test_nobody_raises_themselves_by_a_file(self, house: House):
        own = {"username": "tinh", "name": the(house.province.id or 0).full_name, "role": "Quản trị", "office": "001"}
        assert "tự đổi" in faults(house.province, own | {"role": "Lãnh đạo"})[2][0]
        assert "tự đổi" in faults(house.province, own | {"state": "Đã ngừng sử dụng"})[2][0]
        assert faults(house.province, own | {"name": "Tên Mới"}) == {}

    def test_a_role_of_the_whole_country_is_not_given_in_a_province(self, house: House):
        assert "000" in faults(house.province, LAN | {"role": "Kiểm tra", "office": "001"})[2][0]

    def test_without_an_administrator_left_the_rows_that_take_them_are_at_fault(self, house: House):
        taken = {"role": "Lãnh đạo", "office": "000"}
        access.disable(house.second_root, house.root.id or 0)
        name = the(house.second_root.id or 0).full_name
        found = faults(house.root, LAN, {"username": "goc2", "name": name} | taken)
        assert list(found) == [3]
        assert "không còn quản trị" in found[3][0]

    def test_unless_the_same_file_brings_another(self, house: House):
        access.disable(house.second_root, house.root.id or 0)
        name = the(house.second_root.id or 0).full_name
        moved = {"username": "goc2", "name": name, "role": "Lãnh đạo", "office": "000"}
        assert faults(house.root, moved, LAN | {"role": "Quản trị", "office": "000"}) == {}

    def test_who_is_disabled_is_not_let_in_by_a_file(self, house: House):
        access.disable(house.root, an_officer("lan", full_name="Lê Thị Lan"))
        assert "Cho dùng lại" in faults(house.root, LAN | {"state": "Đang được sử dụng"})[2][0]
        assert faults(house.root, LAN | {"state": ""}) == {}

    def test_a_second_office_comes_with_its_last_day(self, house: House):
        assert "cùng nhau" in faults(house.root, LAN | {"second_office": "00115", "second_until": ""})[2][0]
        late = f"{clock.today() + timedelta(days=91):%d/%m/%Y}"
        assert "90 ngày" in faults(house.root, LAN | {"second_office": "00115", "second_until": late})[2][0]

    @pytest.mark.parametrize("text", ["Hà Đông", "BHXH-00115", "không"])
    def test_words_without_a_code_in_the_place_of_a_second_office_end_nobodys_stand_in(self, house: House, text: str):
        lan = an_officer("lan", full_name="Lê Thị Lan")
        actions.stand_in(house.root, lan, "00115", clock.today() + timedelta(days=3), mark(lan))
        (said,) = faults(house.root, LAN | {"second_office": text, "second_until": ""})[2]
        assert said.startswith("Cơ quan thứ hai:")
        assert text in said
        assert faults(house.root, LAN | {"second_office": " ", "second_until": ""}) == {}

    def test_the_second_office_of_who_is_new_is_shown(self, house: House):
        until = f"{clock.today() + timedelta(days=30):%d/%m/%Y}"
        (shown,) = show_preview(preview(house.root, LAN | {"second_office": "00201", "second_until": until}))["added"]
        assert shown["stands_in"].startswith("00201 ")
        assert shown["stands_in"].endswith(f"đến hết ngày {until}")
        (shown,) = show_preview(preview(house.root, LAN))["added"]
        assert shown["stands_in"] == ""

    def test_everybody_who_would_be_disabled_is_shown(self, house: House):
        people = [f"u{number:03}" for number in range(210)]
        for username in people:
            an_officer(username, full_name="Lê Thị Lan")
        rows = [LAN | {"username": username, "state": "Đã ngừng sử dụng"} for username in people]
        shown = show_preview(preview(house.root, *rows))
        assert [one["username"] for one in shown["changes"]] == people

    @pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x00" * 100, b"<html>", "họ tên\nLan".encode()])
    def test_what_is_no_table_is_refused_in_a_sentence(self, house: House, data: bytes):
        with pytest.raises(InvalidInput) as refused:
            import_actions.upload(house.root, data, "x.xlsx")
        assert refused.value.faults[0].field == "file"

    @pytest.mark.parametrize("text", ["\u202e" * 3, "e\u0301" * 9000, "'; DROP TABLE officers; --", "=1+1"])
    def test_hostile_cells_are_faults(self, house: House, text: str):
        assert 2 in faults(
            house.root, dict.fromkeys(("username", "name", "role", "office", "email"), text) | {"username": "=x"}
        )

    def test_supervisors_import_nothing(self, house: House):
        with pytest.raises(Forbidden):
            preview(house.supervisor, LAN)


class TestApplying:
    def test_adds_changes_and_disables_with_links_for_the_new(self, house: House):
        hoa = an_officer("hoa", full_name="Hoa")
        signing.sign_in("hoa", PASSWORD)
        done = apply(house.root, LAN, MAI, LAN | {"username": "hoa", "name": "Hoa", "state": "nghỉ"})
        assert [the(one.officer_id).username for one in done.handed] == ["lan", "mai"]
        assert the(id_of("mai")).role is Role.SUPERVISOR
        assert the(hoa).disabled_at is not None
        assert ends(hoa) == ["disabled"]
        with transaction() as session:
            assert len(session.scalars(select(OfficerLink)).all()) == 2
        assert trail(TrailEvent.OFFICER_IMPORT)[0].facts == {
            "counts": {"new": 2, "changed": 0, "disabled": 1, "unchanged": 0}
        }
        assert len(trail(TrailEvent.OFFICER_CREATE)) == 2

    def test_the_second_office_of_who_is_new_stands_in_the_trail(self, house: House):
        until = clock.today() + timedelta(days=30)
        apply(house.root, LAN | {"second_office": "00201", "second_until": f"{until:%d/%m/%Y}"})
        facts = trail(TrailEvent.OFFICER_CREATE)[0].facts
        assert (facts["second_office"], facts["second_until"]) == ("00201", until.isoformat())

    def test_twice_changes_nothing_more_and_says_so(self, house: House):
        shown = preview(house.root, LAN)
        import_actions.apply(house.root, shown.token, shown.plan.mark)
        with pytest.raises(Conflict, match="đã được áp dụng") as refused:
            import_actions.apply(house.root, shown.token, shown.plan.mark)
        assert refused.value.code == "draft_gone"
        assert len(trail(TrailEvent.OFFICER_CREATE)) == 1

    def test_with_one_row_at_fault_nothing_is_done(self, house: House):
        shown = preview(house.root, LAN, MAI | {"office": "99999"})
        with pytest.raises(Conflict) as refused:
            import_actions.apply(house.root, shown.token, shown.plan.mark)
        assert refused.value.code == "rows_at_fault"
        with transaction() as session:
            assert session.scalars(select(Officer).where(Officer.username == "lan")).all() == []

    def test_what_was_changed_meanwhile_is_shown_anew_first(self, house: House):
        lan = an_officer("lan", full_name="Lê Thị Lan")
        shown = preview(house.root, LAN | {"office": "00115"})
        actions.edit(house.second_root, lan, profile(role=Role.SUPERVISOR), mark(lan))
        with pytest.raises(Conflict) as refused:
            import_actions.apply(house.root, shown.token, shown.plan.mark)
        assert refused.value.code == "changed_meanwhile"
        anew = import_actions.preview(house.root, shown.token)
        assert set(anew.plan.changed[0].changed) == {"office", "role"}

    def test_a_preview_is_its_officers_alone_and_for_two_hours(self, house: House):
        shown = preview(house.root, LAN)
        with pytest.raises(Conflict):
            import_actions.apply(house.second_root, shown.token, shown.plan.mark)
        with clock.at(clock.now() + timedelta(hours=2, seconds=1)), pytest.raises(Conflict):
            import_actions.apply(house.root, shown.token, shown.plan.mark)
        assert len(trail(TrailEvent.OFFICER_CREATE)) == 0

    def test_the_same_draft_applied_twice_at_once_is_applied_once(self, house: House):
        shown = preview(house.root, LAN)
        refused = together(*[lambda: import_actions.apply(house.root, shown.token, shown.plan.mark)] * 2)
        assert [getattr(each, "code", None) for each in refused if each] == ["draft_gone"]
        assert len(trail(TrailEvent.OFFICER_CREATE)) == 1

    def test_two_files_with_the_same_new_officer_add_one(self, house: House):
        one, other = preview(house.root, LAN), preview(house.second_root, LAN)
        refused = together(
            lambda: import_actions.apply(house.root, one.token, one.plan.mark),
            lambda: import_actions.apply(house.second_root, other.token, other.plan.mark),
        )
        assert [getattr(each, "code", None) for each in refused if each] == ["changed_meanwhile"]

    def test_two_files_that_each_take_an_administrator_leave_one(self, house: House):
        def takes(username: str, officer_id: int | None) -> dict[str, str]:
            return {"username": username, "name": the(officer_id or 0).full_name, "role": "Lãnh đạo", "office": "000"}

        one = preview(house.root, takes("goc2", house.second_root.id))
        other = preview(house.second_root, takes("goc", house.root.id))
        together(
            lambda: import_actions.apply(house.root, one.token, one.plan.mark),
            lambda: import_actions.apply(house.second_root, other.token, other.plan.mark),
        )
        roles = [the(house.root.id or 0).role, the(house.second_root.id or 0).role]
        assert sorted(roles) == [Role.ADMINISTRATOR, Role.SUPERVISOR]

    def test_the_draft_is_gone_when_it_is_applied(self, house: House):
        apply(house.root, LAN)
        with transaction() as session:
            assert session.scalars(select(ImportDraft)).all() == []


class TestExport:
    def test_what_is_exported_is_imported_with_nothing_changed(self, house: House):
        lan = an_officer("lan", full_name="=Lê Thị Lan", email="lan@example.vn")
        actions.stand_in(house.root, lan, "00115", clock.today() + timedelta(days=3), mark(lan))
        access.disable(house.root, an_officer("hoa"))
        data = sheet.export(house.second_root, Wanted())
        shown = import_actions.upload(house.second_root, data, "x.xlsx")
        assert (shown.plan.faults, list(shown.plan.entries)) == ([], [])
        assert shown.plan.unchanged == officer_count()

    def test_a_second_office_whose_day_is_over_is_no_difference(self, house: House):
        lan = an_officer("lan")
        actions.stand_in(house.root, lan, "00115", clock.today(), mark(lan))
        with clock.at(clock.now() + timedelta(days=2)):
            shown = import_actions.upload(house.root, sheet.export(house.root, Wanted()), "x.xlsx")
            assert (shown.plan.faults, list(shown.plan.entries)) == ([], [])

    def test_a_province_exports_its_branch(self, house: House):
        an_officer("xa", office="00201")
        table = read_table(sheet.export(house.province, Wanted()), sheet.COLUMNS)
        assert {line.values["username"] for line in table.lines} == {"tinh", "lanhdao"}
        assert trail(TrailEvent.EXPORT)[0].facts == {"what": "officers", "count": 2}
