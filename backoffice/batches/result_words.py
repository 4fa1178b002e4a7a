"""What became of a row, in words for the unit: what somebody declared, and who decided, are no business of the unit's.

Sentences for officers (faults) quote the declaration; those here do not, and say what the unit can do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backoffice.batches.faults import KINDS, sentence
from backoffice.models import BatchKind, RowState

_AT_THE_DESK = "Xin báo người này đến cơ quan BHXH."
_COMPARE = (
    "Xin đối chiếu giấy tờ: nếu danh sách sai thì sửa rồi gửi lại, nếu tờ khai sai thì người này đến cơ quan BHXH."
)
UNIT_WORDS: dict[str, str] = {
    "name_differs": f"Họ tên khác tờ khai của người này. {_COMPARE}",
    "birth_differs": f"Ngày sinh khác tờ khai của người này. {_COMPARE}",
    "phone_differs": f"Số điện thoại khác tờ khai của người này. {_COMPARE}",
    "phone_held": "Số điện thoại người này khai đang dùng cho mã số khác. Xin báo người này đến cơ quan BHXH, hoặc "
    "khai lại bằng số của mình.",
    "has_account": "Mã số này đã có tài khoản. Không cần đề nghị lại.",
    "many_declared": f"Người này có nhiều tờ khai đang chờ. {_AT_THE_DESK}",
    "supplement": f"Hồ sơ đang chờ người này bổ sung. {_AT_THE_DESK}",
    "escalated": "Hồ sơ đang được cơ quan BHXH xem xét riêng.",
}
"""By the code of a fault, where the sentence for officers will not do."""
NOT_ARRIVED = "Tin nhắn chưa đến máy. Xin báo người này liên hệ cơ quan BHXH, mang theo giấy tờ tùy thân."
_ELSEWHERE = "Hồ sơ của người này đã được giải quyết riêng tại cơ quan BHXH."
_IN_HAND = "Hồ sơ đang được giải quyết tại cơ quan BHXH."
_BROKEN = f"Chưa duyệt được theo danh sách. {_AT_THE_DESK}"
_RESULTS: dict[RowState, str] = {
    RowState.PENDING: "Đang đối chiếu",
    RowState.OK: "Chưa duyệt",
    RowState.FAULT: "Chưa duyệt",
    RowState.TAKEN_OUT: "Đã bỏ ra",
    RowState.TO_APPLY: "Đang duyệt",
    RowState.APPLIED: "Đã duyệt",
    RowState.REFUSED: "Không duyệt",
    RowState.SKIPPED: "Đã giải quyết riêng",
}


_NOT_MADE = f"Chưa lập được tờ khai từ danh sách. {_AT_THE_DESK}"
_MADE: dict[RowState, str] = {
    RowState.OK: "Chưa lập tờ khai",
    RowState.FAULT: "Chưa lập tờ khai",
    RowState.TO_APPLY: "Đang lập tờ khai",
    RowState.APPLIED: "Đã lập tờ khai",
    RowState.REFUSED: "Không lập tờ khai",
}
"""What is said otherwise of a list of people to be declared."""


def result(state: RowState, kind: BatchKind) -> str:
    """Return what became of a row in a word or two."""
    return _MADE.get(state, _RESULTS[state]) if kind is BatchKind.TO_DECLARE else _RESULTS[state]


def why(
    state: RowState, kind: BatchKind, faults: Sequence[Mapping[str, Any]], reason: str | None, *, arrived: bool
) -> str:
    """Return why, and what to do; "" where the result says all. `reason` is what officers read: it is not quoted."""
    if state is RowState.APPLIED:
        return "" if arrived else NOT_ARRIVED
    if state is RowState.SKIPPED:
        return _ELSEWHERE
    blocking = [one for one in faults if one["blocks"]]
    if blocking:
        return " ".join(dict.fromkeys(_for_unit(one) for one in blocking))
    if state is RowState.REFUSED:
        return _NOT_MADE if kind is BatchKind.TO_DECLARE else _BROKEN
    return _IN_HAND if state is RowState.OK and reason else ""


def _for_unit(found: Mapping[str, Any]) -> str:
    words = UNIT_WORDS.get(found["code"])
    if words is not None:
        return words
    return KINDS[found["code"]].label + "." if "{declared}" in KINDS[found["code"]].sentence else sentence(found)
