"""What the sign-in forms send."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from backoffice.signin.recovery import LONGEST_TYPED

_NEXT_LIMIT = 300


@dataclass(frozen=True)
class LoginForm:
    """POST /login: the first step (username, password), the second (code alone), or both at once."""

    username: str
    password: str
    code: str
    follow: str

    @property
    def is_second_step(self) -> bool:
        """Tell whether only the code was asked for."""
        return bool(self.code) and not self.password


def read_login(form: MultiDict[str, str]) -> LoginForm:
    """Return what /login was sent."""
    return LoginForm(
        username=form.get("username", "")[:200],
        password=form.get("password", ""),
        code=form.get("totp", "")[:LONGEST_TYPED],
        follow=local_path(form.get("next", "")),
    )


def local_path(text: str) -> str:
    """Return `text` when it is the path of a page of ours ("/desk?tab=mine"), else "" (no open redirect)."""
    if not text.startswith("/") or text.startswith("//") or len(text) > _NEXT_LIMIT:
        return ""
    if "\\" in text or any(ord(letter) < 33 or ord(letter) == 127 for letter in text):
        return ""  # browsers take a backslash for a slash, and drop control characters
    return text
