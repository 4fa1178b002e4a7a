"""Which passwords an officer may choose: long, without the user name, not what many choose (NIST SP 800-63B, 3.1.1)."""

from __future__ import annotations

from backoffice.accounts.passwords import is_common
from backoffice.identity.names import fold
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.signin.usernames import PASSWORD_MAX, PASSWORD_MIN, normal_password

_FEWEST_SIGNS = 5
LENGTH = f"Mật khẩu phải dài từ {PASSWORD_MIN} đến {PASSWORD_MAX} ký tự. Xin chọn lại."
GUESSED = (
    "Mật khẩu này dễ đoán. Xin chọn mật khẩu không chứa tên đăng nhập, ít lặp ký tự và không phải mật khẩu "
    "nhiều người dùng; vài từ không liên quan ghép lại là tốt."
)
REPEAT = "Hai lần nhập mật khẩu mới chưa giống nhau. Xin nhập lại."
RULES = f"Từ {PASSWORD_MIN} ký tự, không chứa tên đăng nhập. Vài từ không liên quan ghép lại thì dễ nhớ mà khó đoán."


def read_new(username: str, password: str, repeat: str) -> str:
    """Return the new password of `username` in its normal form; raises InvalidInput (new, repeat) with every fault."""
    chosen = normal_password(password)
    fault = fault_of(username, chosen)
    faults = [Fault("new", fault)] if fault else []
    if chosen != normal_password(repeat):
        faults.append(Fault("repeat", REPEAT))
    if faults:
        raise InvalidInput(faults, faults[0].message)
    return chosen


def fault_of(username: str, password: str) -> str | None:
    """Return the sentence about what is wrong with a password in normal form, None when it will do."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        return LENGTH
    plain = fold(password).replace(" ", "")
    if username in password.casefold() or username in plain:
        return GUESSED
    return GUESSED if len(set(password)) < _FEWEST_SIGNS or is_common(password) else None
