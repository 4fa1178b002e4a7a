"""The coded reasons: what is kept, how it reads, how it is counted (domain 6, wording.md)."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from backoffice.decision.reading import read_reasons
from backoffice.kernel.errors import InvalidInput
from backoffice.models import PhotoKind
from backoffice.rules.reasons import (
    SMS_ROOM,
    WORDING,
    Reason,
    photos_of,
    reason_of,
    screen_reasons,
    sms_reasons,
    unusable,
    wording,
)

PORTRAIT, FRONT, BACK = PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK
SOME_PHOTOS = list(chain.from_iterable(combinations(PhotoKind, many) for many in range(1, 5)))


def test_an_unusable_photo_says_which_on_screen_and_in_the_sms():
    code = unusable([BACK])
    assert code == "photo_unusable:id_back"
    assert screen_reasons([code], "") == ["Ảnh mặt sau mờ, lóa hoặc mất góc"]
    assert sms_reasons([code], "") == "Anh mat sau mo, loa, mat goc"


@pytest.mark.parametrize("note", ["", "\x07", "中"])
def test_another_reason_without_words_for_it_is_still_a_reason(note: str):
    assert sms_reasons([Reason.OTHER], note) == "Ly do khac"


def test_several_photos_are_one_reason_in_their_own_order():
    code = unusable([BACK, PORTRAIT, BACK])
    assert code == "photo_unusable:portrait,id_back"
    assert wording(code).screen == "Ảnh chân dung, mặt sau mờ, lóa hoặc mất góc"
    assert sms_reasons([code, Reason.ID_INVALID], "") == "Anh chan dung, mat sau mo, loa, mat goc va 1 ly do khac"


def test_without_a_photo_the_reason_reads_as_before():
    assert unusable([]) == Reason.PHOTO_UNUSABLE
    assert wording(Reason.PHOTO_UNUSABLE) == WORDING[Reason.PHOTO_UNUSABLE]


@pytest.mark.parametrize("photos", SOME_PHOTOS)
def test_whatever_photos_are_meant_the_sms_says_whole_words(photos: tuple[PhotoKind, ...]):
    told = sms_reasons([unusable(photos)], "")
    assert len(told) <= SMS_ROOM
    assert told.endswith("mo, loa, mat goc")


@pytest.mark.parametrize("photos", SOME_PHOTOS)
def test_a_code_is_counted_by_its_reason_and_tells_its_photos(photos: tuple[PhotoKind, ...]):
    code = unusable(photos)
    assert (reason_of(code), photos_of(code)) == (Reason.PHOTO_UNUSABLE, list(photos))
    assert code.split(":")[0] == "photo_unusable"


@pytest.mark.parametrize(
    "code", ["", "no_such", "name_differs:id_back", "photo_unusable:nose", "photo_unusable ", ":id_back"]
)
def test_what_is_no_code_is_refused(code: str):
    with pytest.raises(InvalidInput) as refusal:
        read_reasons([code], "")
    assert [fault.field for fault in refusal.value.faults] == ["reasons"]


@pytest.mark.parametrize(
    ("reasons", "photos", "codes"),
    [
        (["photo_unusable"], [], ["photo_unusable"]),
        (["photo_unusable"], ["id_back", "portrait"], ["photo_unusable:portrait,id_back"]),
        ([], ["id_front"], ["photo_unusable:id_front"]),
        (["photo_unusable:id_front"], ["id_back"], ["photo_unusable:id_front,id_back"]),
        (["other", "name_differs", "name_differs"], [], ["name_differs", "other"]),
    ],
)
def test_what_is_ticked_becomes_one_code_a_reason_in_the_order_of_the_list(
    reasons: list[str], photos: list[str], codes: list[str]
):
    assert read_reasons(reasons, "Ghi chú", photos) == (codes, "Ghi chú")


def test_an_unknown_photo_is_refused():
    with pytest.raises(InvalidInput):
        read_reasons(["photo_unusable"], "", ["nose"])


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_fits_the_sms_and_has_no_diacritics_there(reason: Reason):
    assert WORDING[reason].sms.isascii()
    assert len(WORDING[reason].sms) <= SMS_ROOM
