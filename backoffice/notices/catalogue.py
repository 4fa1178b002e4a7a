"""Every message the house can send, in every variant, rendered with invented data: for administrators to read.

Each SMS twice: as it usually is, and in its longest case (receipt code, office, code, link, reasons), for it has to fit
into one part. Nothing here is of a real citizen; passwords and one-time codes are masked, as in what is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

from backoffice.gateways.sms.encoding import Measure, measure
from backoffice.kernel import clock
from backoffice.models import Account, CredentialIssue, Declaration, IdType, NoticeChannel, NoticeKind, Office
from backoffice.notices import account_messages as of_account
from backoffice.notices import batch_results, messages
from backoffice.notices.one_time import ACTS
from backoffice.notices.queries import KIND_LABELS
from backoffice.notices.rendering import LINK_MASK, Mail
from backoffice.rules import deadlines
from backoffice.rules.reasons import Reason

WHEN: dict[NoticeKind, str] = {
    NoticeKind.RECEIVED: "Khi tờ khai vừa được gửi. Tờ khai cho con thì báo cho cha, mẹ hoặc người giám hộ.",
    NoticeKind.FORM01: "Khi tờ khai vừa được gửi, nếu người khai chọn nhận mẫu số 01 qua thư. Mẫu số 01 đính kèm thư.",
    NoticeKind.REMINDER: f"Trước hạn nộp {deadlines.REMINDER_DAYS} ngày, nếu chưa nộp. Không gửi từ "
    f"{deadlines.NIGHT_FROM} giờ đến {deadlines.NIGHT_TO} giờ sáng.",
    NoticeKind.APPROVED: "Khi duyệt tờ khai. Mật khẩu chỉ có trong tin nhắn; trong hệ thống chỉ lưu dấu sao.",
    NoticeKind.REJECTED: "Khi không chấp nhận tờ khai. Lý do không đủ chỗ trong tin nhắn thì có đủ trong thư và phiếu.",
    NoticeKind.SUPPLEMENT: "Khi hồ sơ chờ bổ sung. Nội dung dài thì tin nhắn cắt bớt, thư và phiếu ghi đủ.",
    NoticeKind.RESET: "Khi cấp lại mật khẩu.",
    NoticeKind.RESET_TOLD: "Khi mật khẩu được cấp lại: báo cho chủ tài khoản, không ghi mật khẩu. Tin nhắn chỉ gửi khi "
    "mật khẩu được đọc qua điện thoại hoặc đặt lại qua thư.",
    NoticeKind.MOVED: "Khi cơ quan khác tiếp nhận tờ khai.",
    NoticeKind.OTP: "Khi công dân cần xác nhận một việc. Mỗi mã dùng một lần, hiệu lực 5 phút.",
    NoticeKind.PASSWORD_CHANGED: "Khi mật khẩu vừa được đổi.",
    NoticeKind.PASSWORD_ENDS: "Trước khi mật khẩu hết hạn 14 ngày, mỗi mật khẩu một lần. "
    f"Không gửi từ {deadlines.NIGHT_FROM} giờ đến {deadlines.NIGHT_TO} giờ sáng.",
    NoticeKind.PHONE_CHANGED: "Khi số điện thoại của tài khoản vừa được đổi: báo cả số cũ và số mới.",
    NoticeKind.EMAIL_CHANGED: "Khi địa chỉ thư của tài khoản vừa được đổi: nhắn tin và gửi thư đến địa chỉ cũ, mới.",
    NoticeKind.ADJUSTED: "Khi duyệt tờ khai điều chỉnh thông tin.",
    NoticeKind.LOCKED: "Khi tài khoản bị tạm khóa. Không nói lý do.",
    NoticeKind.CLOSED: "Khi tài khoản ngừng sử dụng.",
    NoticeKind.EMAIL_RESET: "Khi công dân quên mật khẩu và xin đặt lại qua thư đã xác nhận. Mã dùng một lần, hiệu lực "
    "30 phút; trong hệ thống chỉ lưu dấu sao.",
    NoticeKind.EMAIL_CONFIRM: "Khi công dân xin xác nhận địa chỉ thư của tài khoản. Liên kết có hiệu lực 7 ngày.",
    NoticeKind.BATCH_RESULT: "Khi duyệt xong danh sách của đơn vị, hoặc khi cán bộ bấm gửi kết quả. Tệp kết quả đính "
    "kèm thư.",
}
"""What causes each message, for the reader of the catalogue."""
CHILD = "cho con, gửi người giám hộ"
_NOW = datetime(2026, 11, 20, 2, 42, tzinfo=UTC)
_UNTIL = clock.end_of_day(date(2026, 11, 30))


class Text(NamedTuple):
    """One variant of one message: subject "" and `longest` (the SMS in its longest case) where it is an SMS."""

    kind: NoticeKind
    channel: NoticeChannel
    variant: str
    text: str
    subject: str = ""
    longest: str = ""

    @property
    def cost(self) -> Measure:
        """Return what the usual SMS costs."""
        return measure(self.text)

    @property
    def most(self) -> Measure:
        """Return what the longest SMS costs."""
        return measure(self.longest)


@dataclass(frozen=True)
class Group:
    """All variants of one kind of message, the SMS first."""

    kind: NoticeKind
    label: str
    when: str
    texts: list[Text]


@dataclass(frozen=True)
class _Case:
    """Invented data: usual, or as long as can be."""

    code: str
    office: Office
    reasons: list[str]
    note: str
    missing: str
    link: str

    def declaration(self, *, child: bool = False, handed_in: bool = False) -> Declaration:
        return Declaration(
            receipt_code="7K4M92QX3AB",
            full_name="Nguyễn Bé Mẫu" if child else "Nguyễn Thử Mẫu",
            guardian_bhxh_code="0000054321" if child else None,
            expires_at=None if handed_in else _UNTIL,
        )

    def account(self, *, child: bool = False) -> Account:
        return Account(
            bhxh_code=self.code,
            full_name="Nguyễn Bé Mẫu" if child else "Nguyễn Thử Mẫu",
            id_type=IdType.CITIZEN_ID,
            id_number="000000012345",
            phone="0900000123",
            opened_at=_NOW,
        )


_USUAL = _Case(
    code="0000012345",
    office=Office(name="BHXH huyện Mẫu", short_name="BHXH h. Mau", address="Số 1 phố Mẫu", phone="024 0000 0000"),
    reasons=[Reason.NAME_DIFFERS, Reason.FORM01_UNSIGNED],
    note="",
    missing="Mẫu số 01 chưa ký",
    link="https://bhxh.example.vn/x/7K4M",
)
_LONGEST = _Case(
    code="000000012345",
    office=Office(name="BHXH quận Mẫu Tên Dài Nhất", short_name="BHXH Q. Mau Ten Dai Nhat", address="", phone=""),
    reasons=[Reason.OTHER],
    note="Họ tên, ngày sinh và số giấy tờ đều khác giấy khai sinh",
    missing="Mẫu số 01 chưa có chữ ký của người khai, ảnh mặt sau của giấy tờ bị mờ, cần chụp lại cho rõ",
    link="https://bhxh.example.vn/x/7K4M92",
)
_LIST = batch_results.Told(
    number=123,
    unit="Trường THPT Mẫu",
    file_name="danh-sach-lop-10a.xlsx",
    letter="số 45/CV-THPT ngày 02/11/2026",
    rows=120,
    applied=105,
    refused=3,
    left=0,
)
_PARTS = ("Họ và tên", "Số điện thoại")
_AGAIN_LINK = f"https://bhxh.example.vn/declare/again/{LINK_MASK}"
_CONFIRM_LINK = "https://bhxh.example.vn/account/email/AAAA"
_TOLD = {
    of_account.Told.DESK: "tại cơ quan BHXH",
    of_account.Told.HOTLINE: "qua tổng đài",
    of_account.Told.EMAIL: "qua thư điện tử",
}
_ISSUE = CredentialIssue(expires_at=datetime(2026, 11, 27, 2, 42, tzinfo=UTC))


def groups() -> list[Group]:
    """Return the whole catalogue, in the order of a declaration's and then an account's life."""
    known = texts()
    return [
        Group(kind, KIND_LABELS[kind], WHEN[kind], [one for one in known if one.kind is kind]) for kind in NoticeKind
    ]


def texts() -> list[Text]:
    """Return every variant of every message, all SMS before all letters."""
    found = [
        Text(kind, NoticeChannel.SMS, variant, usual, longest=longest)
        for (kind, variant, usual), (_, _, longest) in zip(_sms(_USUAL), _sms(_LONGEST), strict=True)
    ]
    return found + [
        Text(kind, NoticeChannel.EMAIL, variant, mail.text, mail.subject) for kind, variant, mail in _mail(_USUAL)
    ]


def _sms(case: _Case) -> Iterator[tuple[NoticeKind, str, str]]:
    yield from _sms_of_declaration(case)
    yield from _sms_of_account(case)


def _sms_of_declaration(case: _Case) -> Iterator[tuple[NoticeKind, str, str]]:
    for variant, child in (("", False), (CHILD, True)):
        made, handed_in = case.declaration(child=child), case.declaration(child=child, handed_in=True)
        account, office = case.account(child=child), case.office
        yield NoticeKind.RECEIVED, variant, messages.received_sms(made, office)
        yield NoticeKind.REMINDER, variant, messages.reminder_sms(made, office)
        yield NoticeKind.APPROVED, variant, messages.approved_sms(account, _ISSUE, child=child)
        yield NoticeKind.REJECTED, variant, messages.rejected_sms(made, case.reasons, case.note)
        yield NoticeKind.SUPPLEMENT, variant, messages.supplement_sms(made, office, case.missing)
        yield NoticeKind.MOVED, variant, messages.moved_sms(made, office)
        yield NoticeKind.MOVED, _joined("đã nộp hồ sơ", variant), messages.moved_sms(handed_in, office)
    child_made = case.declaration(child=True)
    yield NoticeKind.RECEIVED, _joined("có liên kết", CHILD), messages.received_sms(child_made, case.office, case.link)
    stranger = messages.rejected_sms(case.declaration(), [Reason.PHONE_NOT_OWN], case.note)
    yield NoticeKind.REJECTED, "số điện thoại có thể của người khác, không nêu ai", stranger


def _sms_of_account(case: _Case) -> Iterator[tuple[NoticeKind, str, str]]:
    for variant, child in (("", False), (CHILD, True)):
        account = case.account(child=child)
        taken_up = of_account.phone_taken_up_sms(account, _NOW, child=child)
        yield NoticeKind.RESET, variant, of_account.reset_sms(account, _ISSUE, child=child)
        yield NoticeKind.PASSWORD_CHANGED, variant, of_account.password_changed_sms(account, _NOW, child=child)
        yield NoticeKind.PASSWORD_ENDS, variant, of_account.password_ends_sms(account, _UNTIL, child=child)
        yield NoticeKind.PHONE_CHANGED, _joined("gửi số mới", variant), taken_up
        yield NoticeKind.EMAIL_CHANGED, variant, of_account.email_changed_sms(account, _NOW, child=child)
        adjusted = of_account.adjusted_sms(account, case.declaration().receipt_code, child=child)
        yield NoticeKind.ADJUSTED, variant, adjusted
        yield NoticeKind.LOCKED, variant, of_account.locked_sms(account, _NOW, child=child)
        yield NoticeKind.CLOSED, variant, of_account.closed_sms(account, _NOW, child=child)
        for by, where in _TOLD.items():
            told = of_account.reset_told_sms(account, by, _NOW, child=child)
            yield NoticeKind.RESET_TOLD, _joined(where, variant), told
    yield NoticeKind.PHONE_CHANGED, "gửi số cũ, không nêu ai", of_account.phone_given_up_sms(_NOW)
    for act in ACTS.values():
        yield NoticeKind.OTP, f"để {act.screen}", of_account.otp_sms(act.sms)


def _mail(case: _Case) -> Iterator[tuple[NoticeKind, str, Mail]]:
    for variant, child in (("", False), (CHILD, True)):
        made, handed_in = case.declaration(child=child), case.declaration(child=child, handed_in=True)
        account, office = case.account(child=child), case.office
        yield NoticeKind.FORM01, variant, messages.form01_mail(made, office)
        yield NoticeKind.APPROVED, variant, messages.approved_mail(made, account, _ISSUE, office)
        yield (
            NoticeKind.REJECTED,
            variant,
            messages.rejected_mail(made, case.reasons, case.note, _AGAIN_LINK),
        )
        yield NoticeKind.SUPPLEMENT, variant, messages.supplement_mail(made, office, case.missing)
        yield NoticeKind.MOVED, variant, messages.moved_mail(made, office)
        yield NoticeKind.MOVED, _joined("đã nộp hồ sơ", variant), messages.moved_mail(handed_in, office)
        letter = of_account.password_changed_mail(account, _NOW, child=child)
        yield NoticeKind.PASSWORD_CHANGED, variant, letter
        for by, where in _TOLD.items():
            told = of_account.reset_told_mail(account, by, _NOW, child=child)
            yield NoticeKind.RESET_TOLD, _joined(where, variant), told
        adjusted = of_account.adjusted_mail(account, made.receipt_code, _PARTS, _NOW, child=child)
        yield NoticeKind.ADJUSTED, variant, adjusted
        yield NoticeKind.LOCKED, variant, of_account.locked_mail(account, _NOW, child=child)
        yield NoticeKind.CLOSED, variant, of_account.closed_mail(account, _NOW, child=child)
    account = case.account()
    yield NoticeKind.EMAIL_CHANGED, "gửi địa chỉ cũ, không nêu ai", of_account.email_given_up_mail(_NOW)
    yield NoticeKind.EMAIL_CHANGED, "gửi địa chỉ mới", of_account.email_taken_up_mail(account, _NOW)
    yield NoticeKind.EMAIL_RESET, "", of_account.email_reset_mail(account)
    for variant, said in (("", {}), ("còn dòng chưa duyệt", {"left": 12}), ("lập tờ khai", {"declares": True})):
        yield NoticeKind.BATCH_RESULT, variant, batch_results.result_mail(_LIST._replace(**said), case.office)
    yield NoticeKind.EMAIL_CONFIRM, "", of_account.email_confirm_mail(account, _CONFIRM_LINK, date(2026, 11, 30))


def _joined(*words: str) -> str:
    return "; ".join(word for word in words if word)
