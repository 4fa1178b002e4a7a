"""Who is added, changed, stands in; what it ends, and what nobody may (D8)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from backoffice.decision import actions as desk
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from backoffice.kernel.hashing import token_hash
from backoffice.models import OfficerLink, Role, TrailEvent
from backoffice.officers import actions, forms, values
from backoffice.rules.actors import officer_actor
from backoffice.signin import actions as signing
from tests.factories import PASSWORD, make_office
from tests.officers.conftest import House
from tests.officers.helpers import a_declaration, an_officer, claims, ends, id_of, mark, profile, the, trail


class TestAdding:
    def test_who_is_added_has_a_link_of_which_only_the_hash_is_kept_and_no_password(self, house: House):
        handed = actions.create(house.root, "lan", profile(email="lan@example.vn"))
        with transaction() as session:
            link = session.scalars(select(OfficerLink)).one()
        assert link.token_hash == token_hash(handed.token)
        assert (link.officer_id, link.made_by_id) == (handed.officer_id, house.root.id)
        with pytest.raises(InvalidInput):
            signing.sign_in("lan", PASSWORD)

    def test_it_is_in_the_trail_without_name_or_address(self, house: House):
        handed = actions.create(house.root, "lan", profile(email="lan@example.vn"))
        made, linked = trail(TrailEvent.OFFICER_CREATE, TrailEvent.OFFICER_LINK)
        assert made.facts == {"officer_id": handed.officer_id, "role": "reception", "office": "00114"}
        assert linked.facts == {"officer_id": handed.officer_id}
        assert made.actor_id == house.root.id

    def test_a_taken_user_name_is_refused_and_says_what_to_do(self, house: House):
        actions.create(house.root, "lan", profile())
        with pytest.raises(Conflict, match="cấp đường dẫn mới") as refused:
            actions.create(house.root, "lan", profile(name="Người Khác"))
        assert refused.value.code == "username_taken"
        assert the(id_of("lan")).full_name == "Lê Thị Lan"

    def test_an_administrator_of_a_province_adds_in_the_own_branch_alone(self, house: House):
        actions.create(house.province, "lan", profile(office="00114"))
        for office in ("00201", "002", "000", "99999"):
            with pytest.raises(InvalidInput) as refused:
                actions.create(house.province, "mai", profile(office=office))
            assert [fault.field for fault in refused.value.faults] == ["office"]

    def test_an_office_out_of_scope_answers_like_one_that_is_not_there(self, house: House):
        said = []
        for office in ("00201", "99999"):
            with pytest.raises(InvalidInput) as refused:
                actions.create(house.province, "mai", profile(office=office))
            said.append(refused.value.faults[0].message.replace(office, "…"))
        assert said[0] == said[1]

    def test_nobody_is_put_into_a_closed_office(self, house: House):
        with transaction() as session:
            make_office(session, "00115").closed_at = clock.now()
        with pytest.raises(InvalidInput):
            actions.create(house.root, "lan", profile(office="00115"))

    @pytest.mark.parametrize("role", [Role.HOTLINE, Role.AUDITOR])
    def test_roles_that_see_the_whole_country_belong_to_the_root(self, house: House, role: Role):
        """Else an administrator of a province would give more than the own branch."""
        with pytest.raises(InvalidInput) as refused:
            actions.create(house.province, "lan", profile(role=role, office="001"))
        assert refused.value.faults[0].code == "role_of_root"
        actions.create(house.root, "lan", profile(role=role, office="000"))

    @pytest.mark.parametrize("who", ["supervisor", "reception"])
    def test_others_than_administrators_add_nobody(self, house: House, who: str):
        actor = house.supervisor if who == "supervisor" else officer_actor(the(an_officer()))
        with pytest.raises(Forbidden):
            actions.create(actor, "mai", profile())


class TestChanging:
    def test_another_role_ends_the_session_and_gives_back_what_is_in_hand(self, house: House):
        lan = an_officer()
        signing.sign_in("lan", PASSWORD)
        receipt = a_declaration()
        desk.claim(receipt, officer_actor(the(lan)))
        actions.edit(house.root, lan, profile(role=Role.SUPERVISOR), mark(lan))
        assert the(lan).role is Role.SUPERVISOR
        assert ends(lan) == ["officer_changed"]
        assert claims() == 0
        assert trail(TrailEvent.RELEASE)[0].facts == {"held_by": lan}

    def test_another_name_ends_nothing_and_is_found_by_it(self, house: House):
        lan = an_officer(full_name="Lê Thị Lan")
        signing.sign_in("lan", PASSWORD)
        actions.edit(house.root, lan, profile(name="Lê Thị Lan Đài"), mark(lan))
        assert (the(lan).full_name, the(lan).folded_name) == ("Lê Thị Lan Đài", "le thi lan dai")
        assert ends(lan) == [None]

    def test_the_trail_names_fields_and_codes_never_the_name(self, house: House):
        lan = an_officer(full_name="Lê Thị Lan")
        actions.edit(house.root, lan, profile(name="Lê Thị Mai", role=Role.SUPERVISOR, office="001"), mark(lan))
        (row,) = trail(TrailEvent.OFFICER_EDIT)
        assert row.facts == {
            "officer_id": lan,
            "fields": ["name", "office", "role"],
            "role": ["reception", "supervisor"],
            "office": ["00114", "001"],
        }

    def test_nothing_changed_writes_nothing(self, house: House):
        lan = an_officer(full_name="Lê Thị Lan")
        assert actions.edit(house.root, lan, profile(), mark(lan)) == {}
        assert trail(TrailEvent.OFFICER_EDIT) == []

    def test_whoever_saves_over_a_colleagues_change_learns_what_it_was(self, house: House):
        lan = an_officer(full_name="Lê Thị Lan")
        seen = mark(lan)
        actions.edit(house.root, lan, profile(role=Role.SUPERVISOR, office="001"), seen)
        with pytest.raises(Conflict, match="vai trò nay là Lãnh đạo; cơ quan nay là 001") as refused:
            actions.edit(house.second_root, lan, profile(name="Lê Thị Mai"), seen)
        assert refused.value.code == "officer_changed"
        assert the(lan).full_name == "Lê Thị Lan"

    @pytest.mark.parametrize("mark_sent", ["", "x", "-----", "\0" * 50, "a" * 10_000])
    def test_a_form_without_a_sound_mark_is_refused(self, house: House, mark_sent: str):
        lan = an_officer()
        with pytest.raises(Conflict):
            actions.edit(house.root, lan, profile(), mark_sent)

    @pytest.mark.parametrize("change", [{"role": Role.SUPERVISOR}, {"office": "001"}])
    def test_nobody_changes_their_own_role_or_office(self, house: House, change: dict[str, object]):
        own = {"role": Role.ADMINISTRATOR, "office": "000"} | change
        assert house.root.id
        with pytest.raises(Forbidden) as refused:
            actions.edit(house.root, house.root.id, profile(**own), mark(house.root.id))
        assert refused.value.code == "not_oneself"

    def test_ones_own_name_may_be_corrected(self, house: House):
        assert house.root.id
        own = profile(name="Tên Mới", role=Role.ADMINISTRATOR, office="000")
        actions.edit(house.root, house.root.id, own, mark(house.root.id))
        assert the(house.root.id).full_name == "Tên Mới"

    def test_who_is_out_of_scope_is_as_if_they_were_not(self, house: House):
        there = an_officer(office="00201")
        for officer_id in (there, 10**12, house.root.id):
            with pytest.raises(NotFound) as refused:
                actions.edit(house.province, officer_id or 0, profile(), "")
            assert refused.value.message == NotFound().message

    def test_a_province_moves_nobody_out_of_its_branch(self, house: House):
        lan = an_officer()
        with pytest.raises(InvalidInput):
            actions.edit(house.province, lan, profile(office="002"), mark(lan))

    def test_who_belongs_to_an_office_that_was_closed_can_still_be_corrected(self, house: House):
        lan = an_officer(office="00115")
        with transaction() as session:
            make_office(session, "00115").closed_at = clock.now()
        actions.edit(house.root, lan, profile(name="Lê Thị Mai", office="00115"), mark(lan))
        assert the(lan).full_name == "Lê Thị Mai"


class TestStandingIn:
    def test_until_a_day_in_an_office_of_the_branch(self, house: House):
        lan, until = an_officer(), clock.today() + timedelta(days=90)
        actions.stand_in(house.province, lan, "00115", until, mark(lan))
        assert the(lan).second_until == until
        (row,) = trail(TrailEvent.OFFICER_EDIT)
        assert row.facts["second_office"] == [None, "00115"]
        assert row.facts["second_until"] == [None, until.isoformat()]

    @pytest.mark.parametrize(
        ("office", "days", "field"),
        [
            ("00115", 91, "second_until"),
            ("00115", -1, "second_until"),
            ("00114", 5, "second_office"),
            ("00201", 5, "second_office"),
            ("99999", 5, "second_office"),
        ],
    )
    def test_not_longer_nor_in_the_past_nor_elsewhere(self, house: House, office: str, days: int, field: str):
        lan = an_officer()
        with pytest.raises(InvalidInput) as refused:
            actions.stand_in(house.province, lan, office, clock.today() + timedelta(days=days), mark(lan))
        assert [fault.field for fault in refused.value.faults] == [field]

    def test_only_who_works_at_a_desk(self, house: House):
        lan = an_officer(role=Role.ADMINISTRATOR, office="001")
        with pytest.raises(InvalidInput):
            actions.stand_in(house.root, lan, "00115", clock.today(), mark(lan))

    def test_nobody_gives_it_to_themselves(self, house: House):
        assert house.province.id
        with pytest.raises(Forbidden):
            actions.stand_in(house.province, house.province.id, "00115", clock.today(), mark(house.province.id))

    def test_taking_it_away_ends_the_session(self, house: House):
        lan = an_officer()
        actions.stand_in(house.root, lan, "00115", clock.today(), mark(lan))
        signing.sign_in("lan", PASSWORD)
        actions.end_stand_in(house.root, lan, mark(lan))
        assert the(lan).second_office_id is None
        assert ends(lan) == ["officer_changed"]

    def test_a_role_that_stands_in_nowhere_loses_it(self, house: House):
        lan = an_officer(office="001")
        actions.stand_in(house.root, lan, "00115", clock.today(), mark(lan))
        changed = actions.edit(house.root, lan, profile(role=Role.ADMINISTRATOR, office="001"), mark(lan))
        assert "second_office" in changed
        assert the(lan).second_until is None


class TestWhatIsTyped:
    def test_every_fault_is_named_at_once(self):
        with pytest.raises(InvalidInput) as refused:
            forms.read_new({"username": "Đỗ Lan", "name": " ", "role": "vua", "office": "", "email": "x"})
        assert [fault.field for fault in refused.value.faults] == ["username", "name", "role", "office", "email"]

    def test_a_name_in_nfd_with_direction_marks_is_kept_in_nfc(self):
        typed = {
            "name": "Le\u0302\u200f  Thi\u0323 Lan",
            "role": "reception",
            "office": "00114 BHXH Mẫu",
            "email": " a@B.VN ",
        }
        assert forms.read_profile(typed) == profile(name="Lê Thị Lan", email="a@b.vn")

    @pytest.mark.parametrize(
        "hostile", ["x" * 10_000, "\0", "\u202e", "e\u0301" * 10_000, "'; DROP TABLE officers; --"]
    )
    def test_hostile_texts_are_faults(self, hostile: str):
        with pytest.raises(InvalidInput):
            forms.read_new(dict.fromkeys(("username", "name", "role", "office", "email"), hostile))

    @pytest.mark.parametrize("text", ["31/02/2026", "x", "2026-13-01", "00/00/0000", "99999999999999999999"])
    def test_what_is_no_day_is_a_fault(self, text: str):
        with pytest.raises(InvalidInput) as refused:
            forms.read_second({"second_office": "00115", "second_until": text})
        assert [fault.field for fault in refused.value.faults] == ["second_until"]

    @pytest.mark.parametrize("text", ["lanh dao", "Lãnh đạo", "LÃNH ĐẠO", "supervisor"])
    def test_a_role_is_read_with_diacritics_or_without(self, text: str):
        assert values.read_role(text) is Role.SUPERVISOR
