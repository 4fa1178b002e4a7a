"""Whether somebody fills the form in, or a machine (D10): a proof of work, or digits from a picture or a sound.

The work is ALTCHA's (SHA-256, its open protocol), done by a script of ours; who has no scripts types the digits. Both
are made of the draft's token and of how often it was tried, by a keyed hash: so nothing is kept, a solution serves for
one draft and once, and a wiped queue forgets nothing. Once shown it holds for a few sendings of the same draft.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from io import BytesIO

from altcha.v1 import ChallengeOptions, Payload, create_challenge, verify_solution
from captcha.audio import AudioCaptcha
from captcha.image import ImageCaptcha

from backoffice import config
from backoffice.config import ROOT
from backoffice.intake import drafts
from backoffice.intake.draft_rows import Draft

FAULT = "_human_fault"
SENDINGS = 5
"""How often a draft may be sent, and refused for what stands in it, before it is asked anew."""
DIGITS = 5
_LEFT, _TRIES = "_human_left", "_human_tries"
_HARDEST = {"production": 60_000}
_EASY = 2_000
"""The largest number to be found: in production about a second on an old phone, half of it on average."""
_VOICES = ROOT / "backoffice" / "data" / "voice"
_NOTHING = "Xin nhập 5 chữ số trong hình (hoặc nghe rồi nhập) để hệ thống biết người gửi không phải là máy."
_WRONG = "Chưa xác nhận được người gửi không phải là máy. Nội dung đã điền vẫn còn; xin nhập 5 chữ số trong hình mới."


@dataclass(frozen=True)
class Challenge:
    """What the script has to solve: find the number whose SHA-256 after `salt` is `challenge`."""

    algorithm: str
    challenge: str
    salt: str
    signature: str
    max_number: int


def challenge(draft: Draft, token: str) -> Challenge:
    """Return the work for this draft; the same until it was tried."""
    key, most = _key(token, draft), _HARDEST.get(config.current().app_env, _EASY)
    number = int.from_bytes(hmac.digest(key, b"number", "sha256")[:8], "big") % (most + 1)
    salt = hmac.digest(key, b"salt", "sha256")[:12].hex()
    made = create_challenge(
        ChallengeOptions(algorithm="SHA-256", max_number=most, hmac_key=key.hex(), salt=salt, number=number)
    )
    return Challenge(made.algorithm, made.challenge, made.salt, made.signature, most)


def digits(draft: Draft, token: str) -> str:
    """Return the digits of picture and sound; the same until they were tried."""
    number = int.from_bytes(hmac.digest(_key(token, draft), b"digits", "sha256")[:8], "big")
    return f"{number % 10**DIGITS:0{DIGITS}}"


def picture(draft: Draft, token: str) -> bytes:
    """Return the digits as a PNG."""
    out = BytesIO()
    ImageCaptcha(width=220, height=80).generate_image(digits(draft, token)).save(out, "PNG")
    return out.getvalue()


def sound(draft: Draft, token: str) -> bytes:
    """Return the digits as a WAV, spoken one after the other."""
    return bytes(_voice().generate(digits(draft, token)))


def is_known(draft: Draft) -> bool:
    """Tell whether it was shown before and still holds."""
    return _count(draft, _LEFT) > 0


def is_shown(draft: Draft, token: str, sent: Mapping[str, str]) -> bool:
    """Tell whether a form sent with `altcha` or `digits` may be taken; each call uses up a sending or a try."""
    left = _count(draft, _LEFT)
    if left > 0:
        drafts.put(token, {_LEFT: str(left - 1), FAULT: ""})
        return True
    typed = "".join(char for char in sent.get("digits", "") if not char.isspace())
    is_right = _is_solved(sent.get("altcha", ""), draft, token) or hmac.compare_digest(
        typed.encode(), digits(draft, token).encode()
    )
    tries = str(_count(draft, _TRIES) + 1)
    if is_right:
        drafts.put(token, {_LEFT: str(SENDINGS - 1), _TRIES: tries, FAULT: ""})
    elif typed or sent.get("altcha"):
        drafts.put(token, {_TRIES: tries, FAULT: _WRONG})
    else:
        drafts.put(token, {FAULT: _NOTHING})
    return is_right


def renew(draft: Draft, token: str) -> None:
    """Let the next picture be another one."""
    drafts.put(token, {_TRIES: str(_count(draft, _TRIES) + 1), FAULT: ""})


def _is_solved(payload: str, draft: Draft, token: str) -> bool:
    if not payload or len(payload) > 2_000:
        return False
    try:
        solution = json.loads(base64.b64decode(payload, validate=True))
    except (binascii.Error, ValueError, RecursionError):  # the last: nested a thousand deep
        return False
    wanted = challenge(draft, token)
    if not isinstance(solution, dict) or solution.get("challenge") != wanted.challenge:
        return False
    number = _number(solution.get("number"))
    known = Payload("SHA-256", wanted.challenge, number, wanted.salt, wanted.signature)
    return verify_solution(known, _key(token, draft).hex(), check_expires=False)[0]


def _number(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value <= 10**9 else -1


def _count(draft: Draft, name: str) -> int:
    text = draft.values.get(name, "")
    return int(text) if text.isdecimal() else 0


def _key(token: str, draft: Draft) -> bytes:
    secret = sha256(b"backoffice human" + config.current().secret_key.encode()).digest()
    return hmac.digest(secret, f"{token} {_count(draft, _TRIES)}".encode(), "sha256")


@cache
def _voice() -> AudioCaptcha:
    return AudioCaptcha(str(_VOICES))
