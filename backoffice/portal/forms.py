"""What the account's forms send; a password is taken as it was typed, blanks and all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backoffice.kernel.errors import Fault, InvalidInput

_LONGEST = 1000
_MISSING = {
    "bhxh_code": "Xin nhập mã số BHXH.",
    "password": "Xin nhập mật khẩu.",
    "old": "Xin nhập mật khẩu hiện tại.",
    "new": "Xin nhập mật khẩu mới.",
    "repeat": "Xin nhập lại mật khẩu mới.",
    "otp": "Xin nhập mã OTP trong tin nhắn.",
    "code": "Xin nhập mã 8 chữ số trong thư.",
}


@dataclass(frozen=True)
class Sent:
    """The fields of one form; what was not sent is "". Nothing of it shows in a repr."""

    bhxh_code: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    old: str = field(default="", repr=False)
    new: str = field(default="", repr=False)
    repeat: str = field(default="", repr=False)
    otp: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    proof: str = field(default="", repr=False)


def read(form: Mapping[str, str]) -> Sent:
    """Return what was sent; of a field that is longer than any sound value its beginning."""
    return Sent(**{name: form.get(name, "")[:_LONGEST] for name in Sent.__dataclass_fields__})


def require(sent: Sent, *names: str) -> None:
    """Raise InvalidInput with a fault for each of these fields that is empty."""
    missing = [Fault(name, _MISSING[name], "missing") for name in names if not getattr(sent, name).strip()]
    if missing:
        raise InvalidInput(missing, missing[0].message)
