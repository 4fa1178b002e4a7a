"""How a call reads: an account's state, a name in part, reasons, acts, what the agent says (A4, wording.md)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from backoffice.identity.names import fold
from backoffice.identity.text import visible
from backoffice.kernel import clock
from backoffice.models import Account, AccountStatus, AlarmKind, CallReason, Declaration, Office
from backoffice.notices.messages import last_day, papers
from backoffice.rules.lifecycle import is_waiting_for_supplement

_ONSETS = ("ngh", "ng", "nh", "ch", "gh", "gi", "kh", "ph", "qu", "th", "tr")


class Act(StrEnum):
    """What an agent can do for a caller who matched."""

    RESEND = "resend"
    RESET = "reset"
    OPEN = "open"
    DECLARATION = "declaration"


ACTS: dict[Act, str] = {
    Act.RESEND: "gửi lại mật khẩu",
    Act.RESET: "cấp mật khẩu mới",
    Act.OPEN: "mở đăng nhập",
    Act.DECLARATION: "báo nơi và hạn nộp tờ khai",
}
REASONS: dict[CallReason, str] = {
    CallReason.FORGOT_PASSWORD: "Quên mật khẩu",
    CallReason.NO_MESSAGE: "Chưa nhận được tin nhắn",
    CallReason.LOCKED_OUT: "Bị khóa, nhập sai nhiều lần",
    CallReason.DECLARATION: "Hỏi về tờ khai",
    CallReason.PHONE_LOST: "Mất hoặc đổi số điện thoại",
    CallReason.FRAUD: "Nghi bị lừa, bị mạo danh",
    CallReason.OTHER: "Việc khác",
}
"""In the order of their keys, 1 to 7."""
STATES: dict[AccountStatus, tuple[str, str]] = {
    AccountStatus.ISSUED: ("Đã cấp, chưa đăng nhập lần nào.", "none"),
    AccountStatus.ACTIVE: ("Đang sử dụng.", "good"),
    AccountStatus.LOCKED: ("Tạm khóa: tổng đài không mở được.", "bad"),
    AccountStatus.CLOSED: ("Đã ngừng sử dụng.", "none"),
}
ALARMS: dict[AlarmKind, str] = {
    AlarmKind.RESET_THEN_DEVICE: "Vừa được cấp lại mật khẩu thì trong một giờ có thiết bị mới đăng nhập.",
    AlarmKind.MANY_RESETS: "Xin cấp lại mật khẩu lần thứ tư trong bảy ngày.",
    AlarmKind.MANY_MISSES: "Quá nhiều lần trong một giờ, số điện thoại và mã số BHXH không khớp.",
    AlarmKind.GUESSED_AT: "Có người thử mật khẩu nhiều lần; tài khoản tạm không nhận mật khẩu từ thiết bị lạ.",
}
DOOR_CLOSED = "Đang tạm không nhận mật khẩu vì đã nhập sai nhiều lần."
LOCKED = (
    "Tài khoản đang tạm khóa. Xin Ông/Bà mang căn cước hoặc hộ chiếu bản gốc đến cơ quan BHXH gần nhất để được giúp; "
    "qua điện thoại chúng tôi chưa mở được."
)
MATCHED = "Khớp: số điện thoại và mã số BHXH là của cùng một tài khoản."
CONFIRM = "Xin Ông/Bà cho biết họ và tên chủ tài khoản."
NO_MATCH_SAY = (
    "Xin Ông/Bà gọi lại từ đúng số điện thoại đã đăng ký và xem lại mã số BHXH trên thẻ BHYT.",
    "Nếu không còn dùng số đã đăng ký, hoặc chưa đăng ký bao giờ: xin mang căn cước hoặc hộ chiếu bản gốc và điện "
    "thoại đang dùng đến bộ phận Tiếp nhận và Trả kết quả của cơ quan BHXH gần nhất, trong giờ làm việc. Tờ khai mẫu "
    "số 01 có sẵn ở đó để in và ký.",
)
"""The same to everybody who does not match: nothing is to be learned from it."""
RESENT = "Đã gửi lại: tin nhắn có mật khẩu đang đi đến số đã đăng ký."
RESENT_SAY = (
    "Mật khẩu tạm vừa được gửi lại bằng tin nhắn đến số đã đăng ký. Ông/Bà đăng nhập bằng mã số BHXH rồi đổi mật khẩu "
    "ngay. Xin không đọc mật khẩu cho ai, kể cả tổng đài."
)
RESET = "Đã cấp mật khẩu mới: tin nhắn đang đi đến số đã đăng ký."
RESET_SAY = (
    "Mật khẩu mới sẽ đến bằng tin nhắn trong ít phút, ở số đã đăng ký. Ông/Bà đăng nhập bằng mã số BHXH rồi đổi mật "
    "khẩu ngay. Xin không đọc mật khẩu cho ai, kể cả tổng đài."
)
OPENED = "Đã mở: tài khoản nhận lại mật khẩu từ mọi thiết bị."
OPENED_SAY = "Ông/Bà có thể đăng nhập lại ngay bằng mật khẩu đang dùng. Nếu không nhớ, chúng tôi gửi mật khẩu mới."


def name_in_part(full_name: str) -> str:
    """Return a name of which only the beginnings of the words are seen: "Ng… Th… M…", to compare with what is said."""
    return " ".join(f"{word[: _onset(word)]}…" for word in visible(full_name).split())


def declaration_say(declaration: Declaration, office: Office) -> str:
    """Return the sentence to read out: which office, until when, with which papers (K1, K5, K7)."""
    where = ", ".join(filter(None, [office.name, office.address, office.phone and f"điện thoại {office.phone}"]))
    declared = f"Tờ khai Ông/Bà gửi ngày {clock.local(declaration.declared_at):%d/%m/%Y}"
    if declaration.expires_at is None:
        return f"{declared} đã nộp và đang được giải quyết tại {where}. Kết quả sẽ được báo bằng tin nhắn."
    what = "đang chờ bổ sung" if is_waiting_for_supplement(declaration) else "chưa nộp"
    last, brought = last_day(declaration.expires_at), "; ".join(papers(declaration))
    return f"{declared} {what}: xin mang đến {where}, chậm nhất {last}. Giấy tờ mang theo: {brought}."


def acts_said(acts: str) -> str:
    """Return what was done in a call, in words."""
    known = [ACTS[Act(word)] for word in dict.fromkeys(acts.split())]
    return ", ".join(known)


def hour(instant: datetime) -> str:
    """Return "09:40" today, else "09:40 20/11/2026"."""
    there = clock.local(instant)
    return f"{there:%H:%M}" if there.date() == clock.today() else f"{there:%H:%M %d/%m/%Y}"


def account_told(account: Account) -> tuple[str, str]:
    """Return how it stands with the account, and the tone of it."""
    return STATES[account.status]


def _onset(word: str) -> int:
    """Return how many letters the word begins with before its vowel, as Vietnamese writes them; at least one."""
    plain = fold(word)
    found = next((onset for onset in _ONSETS if plain.startswith(onset) and len(plain) > len(onset)), "")
    return max(1, len(found))
