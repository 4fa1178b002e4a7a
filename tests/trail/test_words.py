"""Every event of the trail has words, in exactly one group, and no fact can break them."""

from __future__ import annotations

from collections import Counter

import pytest

from backoffice.models import ActorKind, TrailAlarmKind, TrailEvent
from backoffice.trail.telling import told
from backoffice.trail.words import ACTORS, ALARMS, EVENTS, GROUPS, WORDS, Group


def test_every_event_has_words_of_its_own():
    assert set(WORDS) == set(TrailEvent)
    assert [words for words, number in Counter(WORDS.values()).items() if number > 1] == []


def test_every_event_is_in_one_group_and_every_group_and_actor_and_alarm_has_a_name():
    assert sorted(event for group in EVENTS.values() for event in group) == sorted(TrailEvent)
    assert set(GROUPS) == set(EVENTS) == set(Group)
    assert set(ACTORS) == set(ActorKind)
    assert set(ALARMS) == set(TrailAlarmKind)


@pytest.mark.parametrize("event", TrailEvent)
@pytest.mark.parametrize(
    "facts",
    [{}, {"items": ["none"], "kind": "?", "why": "?", "reasons": ["?"], "count": "x", "listed": 3, "what": None}],
)
def test_facts_of_an_unknown_shape_leave_the_plain_words(event: TrailEvent, facts: dict[str, object]):
    assert told(event, facts).startswith(WORDS[event])


@pytest.mark.parametrize(
    ("event", "facts", "said"),
    [
        (TrailEvent.OPEN, {"why": "complaint"}, "Nêu lý do mở xem hồ sơ: khiếu nại, tra soát"),
        (TrailEvent.VERIFY, {"items": ["portrait"], "how": "seen"}, "Xác minh: ảnh chân dung (xem bằng mắt)"),
        (TrailEvent.REJECT, {"reasons": ["name_differs"]}, "Không chấp nhận: họ tên khác giấy tờ xuất trình"),
        (TrailEvent.SEARCH, {"listed": [1, 2], "accounts": [3]}, "Tìm kiếm: hiện ra 3 hồ sơ, tài khoản"),
        (TrailEvent.PHOTO, {"kind": "id_front"}, "Xem ảnh cỡ lớn: giấy tờ mặt trước"),
        (
            TrailEvent.DEVICE_KNOWN,
            {"number": 1, "wrong_codes": 3},
            "Xác nhận việc đăng nhập là của mình: 1 máy mới, 3 lần nhập sai mã xác thực",
        ),
        (TrailEvent.DEVICE_KNOWN, {"number": 0, "wrong_codes": 0}, "Xác nhận việc đăng nhập là của mình"),
        (TrailEvent.SIGN_IN_FAILED, {"second_step": True}, "Đăng nhập không được: đúng mật khẩu, sai mã xác thực"),
        (
            TrailEvent.BATCH_CORRECT,
            {"batch": 7, "row": 12, "what": "phone"},
            "Sửa danh sách của đơn vị: số 7, dòng 12, số điện thoại",
        ),
        (
            TrailEvent.BATCH_EXPORT,
            {"unit": 3, "what": "template", "count": 40},
            "Tải tệp của danh sách đơn vị: tệp mẫu có sẵn người, 40 dòng",
        ),
        (
            TrailEvent.BATCH_SECOND,
            {"batch": 7, "what": "asked", "count": 300},
            "Người thứ hai xem danh sách của đơn vị: số 7, đề nghị duyệt, 300 dòng",
        ),
        (TrailEvent.RESET, {"place": "assistant"}, "Cấp lại mật khẩu: qua trợ lý ảo của tổng đài"),
    ],
)
def test_facts_that_tell_something_are_told(event: TrailEvent, facts: dict[str, object], said: str):
    assert told(event, facts) == said


@pytest.mark.parametrize(
    ("facts", "others", "said"),
    [
        ({"office": 1, "count": 12}, [], "Xuất danh sách: 00114 BHXH Mẫu, 12 dòng"),
        ({"office": 9, "count": 12}, [], "Xuất danh sách: 12 dòng"),
        ({"office": "00114", "count": 12}, ["Lan", "Mai"], "Xuất danh sách: Lan → Mai, 12 dòng"),
        ({"office": True}, [], "Xuất danh sách"),
    ],
)
def test_what_it_was_done_to_comes_before_the_rest(facts: dict[str, object], others: list[str], said: str):
    assert told(TrailEvent.EXPORT, facts, {1: "00114 BHXH Mẫu"}, *others) == said


def test_a_move_between_offices_names_both():
    names = {1: "00114 BHXH Mẫu", 2: "00131 BHXH Khác"}
    said = told(TrailEvent.TRANSFER, {"from_office": 1, "to_office": 2}, names)
    assert said == "Tiếp nhận từ cơ quan khác: 00114 BHXH Mẫu → 00131 BHXH Khác"
