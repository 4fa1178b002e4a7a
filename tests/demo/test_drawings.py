"""Drawn portraits and cards (issue 2 item 10): read like true ones, and plainly nobody's."""

import io
import random
from itertools import pairwise

import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageStat

from backoffice.demo.drawings import citizen_qr, draw_id_back, draw_id_front, draw_portrait
from backoffice.demo.lettering import font, wrap
from backoffice.demo.people import Person, invent_person
from backoffice.gateways.photos.quality import quality_notes
from backoffice.identity.qr import read_citizen_card

DRAWERS = [draw_portrait, draw_id_front, draw_id_back]
LETTERS = "ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđăĩũơưẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸĐĂĨŨƠƯ"


@pytest.fixture
def rng() -> random.Random:
    return random.Random(64)


def people(count: int) -> list[Person]:
    rng = random.Random(9)
    return [invent_person(rng) for _ in range(count)]


def opened(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    assert image.format == "JPEG"
    return image.convert("RGB")


def notes(jpeg: bytes) -> set[str]:
    image = opened(jpeg)
    return {note.value for note in quality_notes(image, image.size)}


def codes(jpeg: bytes) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(opened(jpeg))]


@pytest.mark.parametrize("person", people(12), ids=lambda person: person.citizen_id)
def test_the_qr_on_the_front_is_read_and_says_who_it_is_d5(person, rng):
    assert codes(draw_id_front(person, rng)) == [citizen_qr(person)]
    card = read_citizen_card(citizen_qr(person))
    assert (card.number, card.full_name, card.date_of_birth) == (
        person.citizen_id,
        person.full_name,
        person.date_of_birth,
    )
    assert (card.old_number, card.sex, card.address) == (person.old_id, person.sex, person.address)
    assert card.issued == person.card_issued


def test_a_card_without_qr_and_a_back_have_none(rng):
    person = people(1)[0]
    assert codes(draw_id_front(person, rng, with_qr=False)) == []
    assert codes(draw_id_back(person, rng)) == []


@pytest.mark.parametrize("draw", DRAWERS)
def test_a_faultless_drawing_raises_no_flag(draw, rng):
    assert [notes(draw(person, rng)) for person in people(6)] == [set()] * 6


@pytest.mark.parametrize("fault", ["blurred", "dark", "glare"])
@pytest.mark.parametrize("draw", DRAWERS)
def test_each_fault_raises_its_own_flag(draw, fault, rng):
    assert [notes(draw(person, rng, **{fault: True})) for person in people(6)] == [{fault}] * 6


def test_the_qr_of_a_blurred_card_cannot_be_read(rng):
    assert [codes(draw_id_front(person, rng, blurred=True)) for person in people(4)] == [[]] * 4


@pytest.mark.parametrize(
    ("draw", "shape"), [(draw_portrait, 4 / 6), (draw_id_front, 85.6 / 54), (draw_id_back, 85.6 / 54)]
)
def test_drawings_have_a_papers_shape_and_a_photos_size(draw, shape, rng):
    for person in people(6):
        jpeg = draw(person, rng)
        width, height = opened(jpeg).size
        assert width / height == pytest.approx(shape, rel=0.03)
        assert max(width, height) >= 900
        assert len(jpeg) <= 150_000


def test_an_id_photo_is_at_least_1000_pixels_wide(rng):
    assert opened(draw_id_front(people(1)[0], rng)).width >= 1000


@pytest.mark.parametrize("draw", DRAWERS)
def test_the_same_person_and_seed_give_the_same_drawing(draw):
    person = people(1)[0]
    assert draw(person, random.Random(1)) == draw(person, random.Random(1))


def test_people_look_different_and_each_like_themselves():
    def face(person: Person) -> Image.Image:
        return opened(draw_portrait(person, random.Random(1)))

    def apart(one: Image.Image, other: Image.Image) -> float:
        return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean)

    one, two, three = people(3)
    assert apart(face(one), face(one)) == 0
    assert all(apart(face(a), face(b)) > 3 for a, b in pairwise((one, two, three)))


@pytest.mark.parametrize("draw", [draw_id_front, draw_id_back])
def test_every_card_is_stamped_in_red_as_a_sample(draw, rng):
    for person in people(4):
        photo = opened(draw(person, rng))
        right = photo.crop((photo.width * 2 // 5, photo.height * 2 // 5, photo.width - 60, photo.height * 3 // 4))
        reddish = ImageChops.subtract(right.getchannel("R"), right.getchannel("G"))
        assert sum(reddish.histogram()[20:]) > 0.03 * right.width * right.height


def test_the_fonts_have_every_vietnamese_letter():
    for bold in (False, True):
        letters = font(40, bold=bold)
        missing = bytes(letters.getmask("\uffff"))
        assert [letter for letter in LETTERS if bytes(letters.getmask(letter)) == missing] == []


def test_a_long_line_is_wrapped_within_its_room():
    lines = wrap("Số 399, ngõ 299, tổ 39, Xã Thuận Nghĩa Hòa, Huyện Thạnh Hóa, Tỉnh Bà Rịa - Vũng Tàu", 28, 400)
    assert len(lines) > 2
    assert all(font(28, bold=True).getlength(line) <= 400 for line in lines)
    assert wrap("", 28, 400) == []
