"""Flags that come of accounts there are: the person's own, the phone's, a guardian's (D6, D11, K9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from backoffice.accounts.actions import person_codes
from backoffice.desk.flag_facts import Facts, Flagged
from backoffice.models import HoldKind, Purpose


@dataclass(frozen=True)
class Flag:
    """One thing to look at.

    `kind` is "bad", "warn", "info" or "good"; `text` says what it is and what to do; `brief` is for a list, "" when a
    column of the list says it already. Where to look: the address `href` under the words `link`, or the text `sought`
    to be searched for, or the kind of `photo` to be shown. `blocks`: approval would be refused; then there
    is a `brief`.
    """

    code: str
    kind: str
    text: str
    brief: str = ""
    href: str = ""
    link: str = ""
    sought: str = ""
    photo: str = ""
    blocks: bool = False


_GONE = Flag(
    "account_gone",
    "bad",
    "Tài khoản cần điều chỉnh, ngừng sử dụng không còn mở: không chấp nhận tờ khai, hoặc giúp công dân đăng ký mới.",
    "tài khoản không còn mở",
    blocks=True,
)


def account_flags(declaration: Flagged, facts: Facts) -> Iterable[Flag]:
    """Point out an account that stands in the way of an approval: the person's own, or of whoever has the phone."""
    codes = person_codes(declaration)
    own = {hold.account_id for hold in facts.holds if hold.kind is HoldKind.CODE and hold.value in codes}
    if declaration.purpose is not Purpose.REGISTER:
        if not own:
            yield _GONE
    elif own:
        yield Flag(
            "has_account",
            "bad",
            "Đã có tài khoản, không duyệt thêm: cấp lại mật khẩu rồi đóng tờ khai.",
            "đã có tài khoản",
            href=f"/desk/accounts/{min(own)}",
            link="Mở tài khoản",
            blocks=True,
        )
    holders = {
        hold.account_id for hold in facts.holds if hold.kind is HoldKind.PHONE and hold.value == declaration.phone
    }
    guardians = {hold.account_id for hold in facts.holds if hold.value == declaration.guardian_bhxh_code}
    if declaration.guardian_bhxh_code is not None and declaration.purpose is Purpose.REGISTER:
        yield from _guardian_flags(declaration, facts, holders)
    elif holders - own - guardians and declaration.purpose is not Purpose.STOP:
        yield Flag(
            "phone_taken",
            "bad",
            "Số điện thoại đang dùng cho tài khoản của mã số khác: đề nghị công dân dùng số khác, "
            "hoặc báo lãnh đạo nếu đúng là số của người nộp.",
            "điện thoại đã dùng",
            blocks=True,
        )


def _guardian_flags(declaration: Flagged, facts: Facts, holders: set[int]) -> Iterable[Flag]:
    """A child under a guardian uses the phone that the guardian's open account holds (D11)."""
    code = declaration.guardian_bhxh_code
    guardian = {hold.account_id for hold in facts.holds if hold.kind is HoldKind.CODE and hold.value == code}
    if not guardian:
        yield Flag(
            "guardian_missing",
            "bad",
            "Người giám hộ chưa có tài khoản: giúp người giám hộ đăng ký trước, rồi duyệt cho trẻ.",
            "người giám hộ chưa có tài khoản",
            blocks=True,
        )
    elif not holders & guardian:
        yield Flag(
            "guardian_phone",
            "bad",
            "Số điện thoại khai cho trẻ khác số đang đăng ký của người giám hộ: sửa theo số của người giám hộ, hoặc "
            "ghi số mới vào tài khoản của người giám hộ trước.",
            "điện thoại khác số của người giám hộ",
            href=f"/desk/accounts/{min(guardian)}",
            link="Mở tài khoản người giám hộ",
            blocks=True,
        )
