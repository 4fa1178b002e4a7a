"""The demo's people are plausible and nobody's (issue 2 item 10)."""

import random
from datetime import date

import pytest

from backoffice.demo.people import Person, invent_person
from backoffice.identity.bhxh_code import normalize_bhxh_code
from backoffice.identity.names import normalize_name
from backoffice.identity.papers import citizen_number_faults, normalize_id_number, read_citizen_number
from backoffice.identity.phone import normalize_phone
from backoffice.rules.places import find_place, provinces


@pytest.fixture(scope="module")
def people() -> list[Person]:
    rng = random.Random(2026)
    return [invent_person(rng) for _ in range(2000)]


def test_the_same_seed_invents_the_same_person():
    assert invent_person(random.Random(7)) == invent_person(random.Random(7))
    assert invent_person(random.Random(7)) != invent_person(random.Random(8))


def test_no_man_has_a_womans_name_and_no_woman_a_mans(people):
    men = [person.full_name.split() for person in people if person.sex == "male"]
    women = [person.full_name.split() for person in people if person.sex == "female"]
    assert len(men) > 800
    assert len(women) > 800
    assert not any("Thị" in name for name in men)
    assert not any({"Văn", "Hữu", "Đình"} & set(name[1:]) for name in women)
    assert sum("Thị" in name for name in women) > 500


def test_names_are_in_normal_form_and_repeat_no_word(people):
    for person in people:
        assert normalize_name(person.full_name) == person.full_name
        words = person.full_name.split()
        assert len(words) >= 3
        assert len(set(words)) == len(words)


def test_citizen_ids_agree_with_sex_year_and_a_province(people):
    codes = {"0" + province.code for province in provinces(before_2025=True)}
    for person in people:
        assert citizen_number_faults(person.citizen_id, person.date_of_birth) == []
        said = read_citizen_number(person.citizen_id)
        assert said.sex == person.sex
        assert said.province_code in codes


def test_no_number_can_be_anybodys(people):
    for person in people:
        assert person.citizen_id[6] == "9"
        assert person.bhxh_code.startswith("00")
        assert person.phone[3:6] == "000"
        assert person.old_id is None or person.old_id.startswith("9")


def test_numbers_are_in_their_normal_form(people):
    for person in people:
        assert normalize_bhxh_code(person.bhxh_code) == person.bhxh_code
        assert normalize_phone(person.phone) == person.phone
        assert person.old_id is None or normalize_id_number("old_id", person.old_id) == person.old_id


def test_no_phone_ends_as_the_sandboxs_special_numbers_do(people):
    assert not any(person.phone.endswith(("0001", "0002", "0003")) for person in people)


def test_everybody_is_of_age_and_holds_a_card(people):
    for person in people:
        assert date(1948, 1, 1) <= person.date_of_birth <= date(2006, 12, 31)
        assert (person.card_issued - person.date_of_birth).days > 14 * 365


def test_only_who_is_old_enough_has_an_old_id(people):
    had_one = {person.old_id is not None for person in people if person.date_of_birth.year <= 2001}
    assert had_one == {True, False}
    assert all(person.old_id is None for person in people if person.date_of_birth.year > 2001)


def test_addresses_exist_and_come_in_both_shapes(people):
    shapes = set()
    for person in people:
        place = find_place(person.province_code, person.district_code, person.ward_code)
        assert person.address == place.one_line(person.address_line)
        shapes.add(place.district is None)
    assert shapes == {True, False}


def test_people_differ(people):
    assert len({person.citizen_id for person in people}) == len(people)
    assert len({person.bhxh_code for person in people}) == len(people)
    assert len({person.full_name for person in people}) > 1500
