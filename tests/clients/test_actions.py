"""What administrators of the root office do with machines: let in, change, new keys with an overlap, stop (issue 7)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from backoffice.clients import actions
from backoffice.clients.forms import Typed
from backoffice.clients.keys import Overlap
from backoffice.kernel import clock, hashing
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from backoffice.models import ClientKey, MachineClient, Role, TrailEvent, TrailRow
from backoffice.rules.actors import Actor
from tests.factories import make_actor, make_office

GATE = Typed(name="Cổng dịch vụ công", contact="Trung tâm CNTT, 024 0000 0000", scopes=("intake",), rate="600")


def kept(client_id: int) -> MachineClient:
    with transaction() as session:
        return session.get_one(MachineClient, client_id)


def keys_of(client_id: int) -> list[ClientKey]:
    with transaction() as session:
        return list(session.scalars(select(ClientKey).where(ClientKey.client_id == client_id).order_by(ClientKey.id)))


def trail() -> list[TrailEvent]:
    with transaction() as session:
        return list(session.scalars(select(TrailRow.event).order_by(TrailRow.id)))


def faults(typed: Typed, admin: Actor) -> set[str]:
    with pytest.raises(InvalidInput) as refused:
        actions.create(admin, typed)
    return {fault.field for fault in refused.value.faults}


def form_of(admin: Actor, client_id: int) -> Typed:
    return actions.show_form(admin, client_id)[0]


def newest(admin: Actor, client_id: int) -> str:
    found: str = actions.show_client(admin, client_id)["newest"]
    return found


class TestLettingIn:
    def test_the_key_is_told_once_and_kept_as_a_hash_with_its_ending(self, admin: Actor) -> None:
        made = actions.create(admin, GATE)
        (key,) = keys_of(made.client_id)
        assert made.key.startswith("vk_")
        assert (key.key_hash, key.ending, key.made_by_id) == (hashing.token_hash(made.key), made.key[-4:], admin.id)
        assert trail() == [TrailEvent.CLIENT_CREATE, TrailEvent.CLIENT_KEY]
        assert made.key not in repr(actions.show_client(admin, made.client_id))

    def test_names_are_tidied_and_given_once(self, admin: Actor) -> None:
        made = actions.create(admin, replace(GATE, name="  Cô\u0309ng\u202e dịch\0 vụ công "))
        assert kept(made.client_id).name == "Cổng dịch vụ công"
        assert faults(GATE, admin) == {"name"}

    def test_every_fault_is_told_at_once(self, admin: Actor) -> None:
        wrong = Typed(name=" ", contact="x" * 10_000, scopes=("everything",), offices="99999", rate="0")
        assert faults(wrong, admin) == {"name", "contact", "scopes", "offices", "rate"}

    @pytest.mark.parametrize("rate", ["", "-1", "1e3", "100001", "9" * 5000, "½", "\0"])
    def test_a_rate_is_a_number_of_requests_a_minute(self, admin: Actor, rate: str) -> None:
        assert faults(replace(GATE, rate=rate), admin) == {"rate"}

    def test_a_rate_may_be_grouped(self, admin: Actor) -> None:
        assert kept(actions.create(admin, replace(GATE, rate=" 60.000 ")).client_id).rate == 60_000

    def test_offices_are_codes_between_anything(self, admin: Actor) -> None:
        with transaction() as session:
            make_office(session, "00114")
        made = actions.create(admin, replace(GATE, offices=" \u202e00114,\n001;00114 "))
        assert kept(made.client_id).office_codes == ["001", "00114"]

    @pytest.mark.parametrize("offices", ["0" * 10_000, "x" * 4000, "00114'--"])
    def test_odd_offices_are_a_fault(self, admin: Actor, offices: str) -> None:
        assert faults(replace(GATE, offices=offices), admin) == {"offices"}

    def test_nothing_but_blanks_and_nul_bytes_means_all_offices(self, admin: Actor) -> None:
        assert kept(actions.create(admin, replace(GATE, offices=" \0\0 ,\n")).client_id).office_codes == []


class TestChanging:
    def test_what_is_changed_is_in_the_trail_by_field_and_code(self, admin: Actor) -> None:
        made = actions.create(admin, GATE)
        actions.edit(admin, made.client_id, replace(form_of(admin, made.client_id), rate="30", contact="Phòng mới"))
        with transaction() as session:
            row = session.scalars(select(TrailRow).where(TrailRow.event == TrailEvent.CLIENT_EDIT)).one()
        assert row.facts == {"client": made.client_id, "fields": ["contact", "rate"], "rate": 30}

    def test_nothing_changed_is_no_line_of_the_trail(self, admin: Actor) -> None:
        made = actions.create(admin, GATE)
        actions.edit(admin, made.client_id, form_of(admin, made.client_id))
        assert TrailEvent.CLIENT_EDIT not in trail()

    def test_what_another_changed_meanwhile_is_not_overwritten(self, admin: Actor) -> None:
        made = actions.create(admin, GATE)
        mine = form_of(admin, made.client_id)
        actions.edit(admin, made.client_id, replace(form_of(admin, made.client_id), rate="30"))
        with pytest.raises(Conflict) as refused:
            actions.edit(admin, made.client_id, replace(mine, contact="Phòng khác"))
        assert (refused.value.code, kept(made.client_id).rate) == ("stale", 30)

    def test_another_machines_name_is_refused(self, admin: Actor) -> None:
        actions.create(admin, GATE)
        other = actions.create(admin, replace(GATE, name="Ứng dụng"))
        with pytest.raises(InvalidInput):
            actions.edit(admin, other.client_id, replace(form_of(admin, other.client_id), name=GATE.name))
        assert kept(other.client_id).name == "Ứng dụng"


class TestKeys:
    @pytest.mark.parametrize("overlap", Overlap)
    def test_the_old_key_ends_when_it_was_chosen_to(self, admin: Actor, overlap: Overlap) -> None:
        made = actions.create(admin, GATE)
        with clock.at(clock.now()):
            second = actions.rotate(admin, made.client_id, overlap.value, newest(admin, made.client_id))
            old, new = keys_of(made.client_id)
            assert (old.ends_at, new.ends_at) == (clock.now() + overlap.span, None)
        assert new.key_hash == hashing.token_hash(second.key)

    def test_a_key_that_ends_sooner_is_not_given_more_time(self, admin: Actor) -> None:
        made = actions.create(admin, GATE)
        with clock.at(clock.now()):
            actions.rotate(admin, made.client_id, "1h", newest(admin, made.client_id))
            actions.rotate(admin, made.client_id, "30d", newest(admin, made.client_id))
            assert keys_of(made.client_id)[0].ends_at == clock.now() + timedelta(hours=1)

    def test_the_same_form_twice_makes_one_key(self, admin: Actor) -> None:
        made = actions.create(admin, GATE)
        seen = newest(admin, made.client_id)
        actions.rotate(admin, made.client_id, "24h", seen)
        with pytest.raises(Conflict):
            actions.rotate(admin, made.client_id, "24h", seen)
        assert len(keys_of(made.client_id)) == 2

    def test_of_two_at_once_one_makes_a_key(self, admin: Actor) -> None:
        made = actions.create(admin, GATE)
        seen = newest(admin, made.client_id)

        def rotate(_: int) -> bool:
            try:
                actions.rotate(admin, made.client_id, "now", seen)
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(4) as people:
            assert sorted(people.map(rotate, range(4))) == [False, False, False, True]
        assert len(keys_of(made.client_id)) == 2

    def test_an_overlap_that_is_none_is_refused(self, admin: Actor) -> None:
        made = actions.create(admin, GATE)
        with pytest.raises(InvalidInput):
            actions.rotate(admin, made.client_id, "forever", newest(admin, made.client_id))

    def test_a_key_is_ended_once(self, admin: Actor) -> None:
        made = actions.create(admin, GATE)
        (key,) = keys_of(made.client_id)
        actions.end_key(admin, made.client_id, key.id)
        ended = keys_of(made.client_id)[0].ends_at
        actions.end_key(admin, made.client_id, key.id)
        assert keys_of(made.client_id)[0].ends_at == ended
        assert trail().count(TrailEvent.CLIENT_KEY_ENDED) == 1

    def test_another_machines_key_is_not_found(self, admin: Actor) -> None:
        made, other = actions.create(admin, GATE), actions.create(admin, replace(GATE, name="Ứng dụng"))
        with pytest.raises(NotFound):
            actions.end_key(admin, made.client_id, keys_of(other.client_id)[0].id)
        assert keys_of(other.client_id)[0].ends_at is None


def test_stopping_and_letting_in_again_are_each_written_once(admin: Actor) -> None:
    made = actions.create(admin, GATE)
    for _ in range(2):
        actions.disable(admin, made.client_id)
    for _ in range(2):
        actions.enable(admin, made.client_id)
    assert trail()[2:] == [TrailEvent.CLIENT_DISABLE, TrailEvent.CLIENT_ENABLE]


Use = Callable[[Actor, int], Any]
USES: list[Use] = [
    lambda who, _: actions.show_clients(who),
    lambda who, number: actions.show_client(who, number),
    lambda who, _: actions.show_form(who),
    lambda who, _: actions.create(who, replace(GATE, name="Khác")),
    lambda who, number: actions.edit(who, number, GATE),
    lambda who, number: actions.rotate(who, number, "now", ""),
    lambda who, number: actions.end_key(who, number, 1),
    lambda who, number: actions.disable(who, number),
    lambda who, number: actions.enable(who, number),
]


@pytest.mark.parametrize("use", USES)
def test_machines_are_the_root_offices_alone(admin: Actor, province_admin: Actor, use: Use) -> None:
    """A province's administrator is answered as if there were none; whoever is none at all is refused."""
    made = actions.create(admin, GATE)
    with transaction() as session:
        others = [make_actor(session, role) for role in Role if role is not Role.ADMINISTRATOR]
    refused: list[type[DomainError]] = []
    for who in (province_admin, *others):
        with pytest.raises((Forbidden, NotFound)) as error:
            use(who, made.client_id)
        refused.append(error.type)
    assert refused == [NotFound, *([Forbidden] * len(others))]
    assert trail() == [TrailEvent.CLIENT_CREATE, TrailEvent.CLIENT_KEY]
