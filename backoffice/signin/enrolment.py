"""Taking an authenticator: a secret is proposed, shown, and counts only once six digits made from it were given.

Until then nothing is written: the proposal is sealed and kept by the browser. It is given to whoever has proved to be
the officer, and is void once the officer's password or authenticator is another one.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.sealing import BrokenSeal, seal, unseal
from backoffice.models import Officer, TrailEvent
from backoffice.rules.actors import officer_actor
from backoffice.rules.journal import officer_subject, record
from backoffice.signin import recovery, totp

VALID = timedelta(minutes=10)
OVER = (
    "Việc gắn ứng dụng xác thực đã quá 10 phút hoặc không còn hiệu lực, nên chưa có gì thay đổi. "
    "Xin đăng nhập lại để bắt đầu lại."
)
WRONG = (
    "Mã 6 chữ số chưa khớp. Xin kiểm tra giờ trên điện thoại (nên để tự động), đợi mã mới rồi nhập lại; "
    "mã QR bên dưới vẫn như cũ."
)
_PURPOSE = "enrolment"


@dataclass(frozen=True)
class Proposal:
    """A secret (base 32) that `username` may take, its otpauth URI, and what the officer was like when it was made."""

    username: str
    secret: str
    mark: str

    @property
    def uri(self) -> str:
        """Return what the QR says."""
        return totp.uri_of(self.username, self.secret)

    @property
    def groups(self) -> str:
        """Return the secret as people type it: in groups of four."""
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))


def propose(officer: Officer) -> str:
    """Return a sealed proposal, valid for 10 minutes, for an officer who has just proved who they are."""
    secret = pyotp.random_base32()
    said = {"username": officer.username, "secret": secret, "mark": _mark(officer), "at": clock.now().isoformat()}
    return base64.urlsafe_b64encode(seal(_PURPOSE, "", json.dumps(said).encode())).decode()


def read(proposal: str) -> Proposal:
    """Return what was proposed; raises InvalidInput when it is broken or too old."""
    try:
        said = json.loads(unseal(_PURPOSE, "", base64.urlsafe_b64decode(proposal.encode())))
    except (BrokenSeal, ValueError) as broken:
        raise over() from broken
    if datetime.fromisoformat(said["at"]) + VALID < clock.now():
        raise over()
    return Proposal(said["username"], said["secret"], said["mark"])


def over() -> InvalidInput:
    """Return the refusal of a proposal that counts no more."""
    return InvalidInput([Fault("", OVER, "over")], OVER)


def is_for(proposal: Proposal, officer: Officer | None) -> bool:
    """Tell whether the proposal was made for `officer` as they are now."""
    if officer is None or officer.disabled_at is not None:
        return False
    return (proposal.username, proposal.mark) == (officer.username, _mark(officer))


def settle(session: Session, officer: Officer, proposal: Proposal, code: str) -> list[str] | None:
    """Let the authenticator that `code` comes from be the officer's; return recovery codes, to be shown once.

    None, and nothing changed, when the digits do not fit. The row of `officer` must be locked by the caller. Raises
    InvalidInput when the proposal is for somebody else, or for the officer as they were before.
    """
    if not is_for(proposal, officer):
        raise over()
    if not totp.adopt(officer, proposal.secret, code):
        return None
    totp.open_again(session, officer)
    session.flush()
    done_to = officer_subject(officer.id)
    record(session, TrailEvent.TOTP_ENROLLED, officer_actor(officer), subject_hash=done_to, officer_id=officer.id)
    return recovery.renew(session, officer)


def _mark(officer: Officer) -> str:
    secret = officer.totp_secret.hex() if officer.totp_secret else ""
    return lookup_hash("enrolment_mark", f"{officer.password_hash}\0{secret}").hex()
