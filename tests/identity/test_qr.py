"""The QR of a CCCD and of a BHYT card, old and new layouts, as scanners send them (domain 3, D5)."""

import json
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.identity.malformed import Malformed
from backoffice.identity.qr import CitizenCard, HealthCard, read_citizen_card, read_health_card

CITIZEN = "001085012345|012345678|Nguyễn Thử Mẫu|20011985|Nam|Số 1, ngõ 2, phường Mẫu, Hà Nội|25042021"
CARD = CitizenCard(
    number="001085012345",
    old_number="012345678",
    full_name="Nguyễn Thử Mẫu",
    date_of_birth=date(1985, 1, 20),
    birth_year=1985,
    sex="male",
    address="Số 1, ngõ 2, phường Mẫu, Hà Nội",
    issued=date(2021, 4, 25),
)


def hexed(text: str) -> str:
    return text.encode().hex()


def health(**changes: str) -> str:
    parts = {
        "number": "DN4010123456789",
        "name": hexed("Nguyễn Thử Mẫu"),
        "birth": "20/01/1985",
        "sex": "1",
        "address": hexed("Phường Mẫu, Hà Nội"),
        "clinic": "01 - 061",
        "start": "01/01/2020",
        "end": "31/12/2020",
        "issued": "15/12/2019",
        "manager": "01001234567",
        "parent": "-",
        "area": "4",
        "five_years": "01/01/2025",
        "check": "15cb1e9a1e2d3c4b-7102",
    }
    return "|".join((parts | changes).values()) + "|$"


class TestCitizenCard:
    def test_all_seven_fields_are_read(self):
        assert read_citizen_card(CITIZEN) == CARD

    @pytest.mark.parametrize(
        "text",
        [
            CITIZEN + "\r\n",
            CITIZEN + "\t",
            "]Q1" + CITIZEN,
            "~" + CITIZEN,
            "\ufeff" + CITIZEN,
            CITIZEN + "|||Trần Văn Cha|Lê Thị Mẹ|",
            CITIZEN.replace("|", " | "),
            CITIZEN.replace("|", "~"),
            CITIZEN.replace("|", "}"),
            CITIZEN.replace("|", "\\"),
            CITIZEN + CITIZEN,
            f"{CITIZEN}\r{CITIZEN}\r",
            CITIZEN.replace("|", ""),
            CITIZEN.replace("20011985", "20/01/1985").replace("25042021", "25/04/2021"),
            CITIZEN.replace("20011985", "20-01-1985"),
        ],
        ids=[
            "CR LF",
            "tab",
            "symbology prefix",
            "prefix",
            "byte order mark",
            "further fields of 2024",
            "blanks",
            "tilde for bar",
            "brace for bar",
            "backslash for bar",
            "sent twice",
            "sent twice in lines",
            "bars lost",
            "dates with slashes",
            "date with dashes",
        ],
    )
    def test_what_scanners_do_to_it_changes_nothing(self, text):
        assert read_citizen_card(text) == CARD

    def test_an_empty_cmnd_field_is_no_old_number(self):
        card = read_citizen_card(CITIZEN.replace("012345678", "", 1))
        assert card.old_number is None
        assert card.full_name == "Nguyễn Thử Mẫu"

    def test_the_six_field_form_without_cmnd_is_read(self):
        card = read_citizen_card(CITIZEN.replace("012345678|", "", 1))
        assert card == CitizenCard(**{**CARD.__dict__, "old_number": None})

    @pytest.mark.parametrize(
        ("birth", "day", "year"),
        [
            ("011985", None, 1985),
            ("01/1985", None, 1985),
            ("1985", None, 1985),
            ("00001985", None, 1985),
            ("31021985", None, 1985),
            ("20/01/1985", date(1985, 1, 20), 1985),
            ("1/2/1985", date(1985, 2, 1), 1985),
            ("1985-01-20", date(1985, 1, 20), 1985),
            ("20 01 1985", date(1985, 1, 20), 1985),
            ("", None, None),
            ("không rõ", None, None),
            ("20010985", None, None),
            ("9" * 40 + "/01/1985", None, None),
        ],
    )
    def test_a_birth_of_day_month_or_year_only_is_read_as_far_as_it_goes(self, birth, day, year):
        card = read_citizen_card(CITIZEN.replace("20011985", birth))
        assert (card.date_of_birth, card.birth_year) == (day, year)
        assert card.sex == "male"

    @pytest.mark.parametrize(
        ("word", "sex"), [("Nam", "male"), ("NAM", "male"), ("Nữ", "female"), ("Nu", "female"), ("?", None), ("", None)]
    )
    def test_the_sex_is_read_with_and_without_diacritics(self, word, sex):
        assert read_citizen_card(CITIZEN.replace("|Nam|", f"|{word}|")).sex == sex

    def test_a_nfd_card_gives_an_nfc_name_and_address(self):
        assert read_citizen_card(unicodedata.normalize("NFD", CITIZEN)) == CARD

    def test_missing_last_fields_are_left_empty(self):
        card = read_citizen_card("001085012345||Nguyễn Thử Mẫu|20011985|Nam")
        assert (card.address, card.issued) == ("", None)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "|||||",
            "001085012345",
            "001085012345|012345678",
            CITIZEN.replace("001085012345", "00108501234"),
            CITIZEN.replace("Nguyễn Thử Mẫu", ""),
            health(),
            health(number="001085012345"),
            "https://example.vn/a|b|c|d|e|f",
            CITIZEN * 100,
        ],
    )
    def test_what_is_no_cccd_is_refused_with_a_sentence(self, text):
        with pytest.raises(Malformed, match="Xin quét lại"):
            read_citizen_card(text)

    @given(st.text(max_size=80))
    def test_any_text_is_read_or_refused(self, text):
        for scanned in (text, f"001085012345|{text}", CITIZEN.replace("20011985", text)):
            try:
                assert read_citizen_card(scanned).number == "001085012345"
            except Malformed:
                continue


class TestHealthCard:
    def test_an_old_card_gives_code_card_number_and_person(self):
        assert read_health_card(health()) == HealthCard(
            code="0123456789",
            card_number="DN4010123456789",
            full_name="Nguyễn Thử Mẫu",
            date_of_birth=date(1985, 1, 20),
            birth_year=1985,
            sex="male",
            address="Phường Mẫu, Hà Nội",
            clinic="01061",
            valid_from=date(2020, 1, 1),
            valid_to=date(2020, 12, 31),
            issued=date(2019, 12, 15),
            parent_name=None,
            five_years_from=date(2025, 1, 1),
        )

    @pytest.mark.parametrize("number", ["0123456789", " 0123456789 ", "001085012345"])
    def test_a_card_since_2021_carries_the_code_itself(self, number):
        card = read_health_card(health(number=number, end="-", address="-"))
        assert card.code == number.strip()
        assert card.card_number is None
        assert card.valid_to is None
        assert card.address == ""

    @pytest.mark.parametrize(
        "text",
        [
            health(name=hexed("Nguyễn Thử Mẫu").upper()),
            health(name="Nguyễn Thử Mẫu"),
            health(name=" " + hexed("Nguyễn Thử Mẫu") + " "),
            health(birth=" 20/01/1985 "),
            health(number="dn4010123456789"),
            health(number="DN 4 01 01234 56789"),
            health() + "\r\n",
            health().removesuffix("|$"),
            health().removesuffix("|$") + "$",
            health() + health(),
            "]Q1" + health(),
            health().replace("|", "~"),
        ],
    )
    def test_hex_of_either_case_plain_text_blanks_and_line_ends_change_nothing(self, text):
        assert read_health_card(text) == read_health_card(health())

    def test_an_address_repeated_in_hex_at_the_end_fills_a_missing_one(self):
        text = health(address="-").removesuffix("$") + f"4|{hexed('Xã Mẫu, Hà Nội')}|$"
        assert read_health_card(text).address == "Xã Mẫu, Hà Nội"

    @pytest.mark.parametrize(("digit", "sex"), [("1", "male"), ("2", "female"), ("0", "female"), ("", None)])
    def test_1_is_male(self, digit, sex):
        assert read_health_card(health(sex=digit)).sex == sex

    def test_a_birth_of_the_year_only_is_read(self):
        card = read_health_card(health(birth="1985"))
        assert (card.date_of_birth, card.birth_year) == (None, 1985)

    def test_the_parent_of_a_child_is_read(self):
        assert read_health_card(health(parent=hexed("Trần Thị Mẹ"))).parent_name == "Trần Thị Mẹ"

    def test_a_name_damaged_on_the_way_is_left_empty_and_the_code_still_read(self):
        damaged = read_health_card(health(name=hexed("Nguyễn Thử Mẫu").replace("e1", "é")))
        assert (damaged.code, damaged.full_name) == ("0123456789", "")
        assert read_health_card(health(name=hexed("Nguyễn Thử Mẫu")[:-1])).full_name == ""

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "0123456789",
            CITIZEN,
            CITIZEN.replace("012345678|", "", 1),
            CITIZEN.replace("|Nam|", "||"),
            health(number="DN6010123456789"),
            health(number="123456789"),
            health() * 50,
        ],
    )
    def test_what_is_no_bhyt_card_is_refused_with_a_sentence(self, text):
        with pytest.raises(Malformed, match="Xin quét lại"):
            read_health_card(text)

    @given(st.text(min_size=1, max_size=40).filter(lambda text: any(char.isalpha() for char in text)))
    def test_any_text_in_a_field_is_read_or_refused(self, text):
        for scanned in (
            text,
            health(name=text),
            health(birth=text),
            health(name=hexed(text.encode("utf-8", "ignore").decode())),
        ):
            try:
                assert read_health_card(scanned).code == "0123456789"
            except Malformed:
                continue


@pytest.mark.parametrize(
    "card", [CARD, read_citizen_card(CITIZEN.replace("20011985", "1985")), read_health_card(health())], ids=str
)
def test_a_card_survives_the_way_through_json(card):
    assert type(card).from_dict(json.loads(json.dumps(card.to_dict()))) == card
