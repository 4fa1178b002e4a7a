"""An owner signed in: opaque tokens of which only hashes are kept, one device at a time, revocable at once (A3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.orm import Session

from backoffice.accounts import passwords
from backoffice.kernel import clock
from backoffice.kernel.errors import Unauthenticated
from backoffice.kernel.hashing import lookup_hash, new_token, token_hash
from backoffice.models import Account, AccountDevice, AccountSession, AccountStatus, Authenticator, SessionKind

ACCESS = timedelta(minutes=15)
"""So long an access token of the app is good; a browser's slides, with every request, by as much."""
LONGEST = {SessionKind.APP: timedelta(days=90), SessionKind.WEB: timedelta(hours=12)}
"""Then the password is asked for again."""
GRACE = timedelta(seconds=60)
"""So long a refresh token may be shown a second time: the answer to the first was lost on the way."""
SLACK = timedelta(minutes=1)
"""A browser's session is written to at most so often."""
_USABLE = (AccountStatus.ISSUED, AccountStatus.ACTIVE)


class Ended(StrEnum):
    """Why a session ended."""

    SIGNED_OUT = "signed_out"
    OTHER_DEVICE = "other_device"
    PASSWORD = "password"  # noqa: S105 (a reason)
    PHONE = "phone"
    LOCKED = "locked"
    CLOSED = "closed"
    STOLEN = "stolen"


_WORDS = {
    Ended.OTHER_DEVICE: "Tài khoản đã được đăng nhập trên thiết bị khác nên thiết bị này đã thoát. Nếu không phải bạn, "
    "xin đổi mật khẩu ngay hoặc gọi 1900 9068.",
    Ended.PASSWORD: "Mật khẩu của tài khoản vừa được thay đổi nên cần đăng nhập lại.",
    Ended.PHONE: "Số điện thoại của tài khoản vừa được đổi nên cần đăng nhập lại.",
    Ended.LOCKED: "Tài khoản đang tạm khóa. Xin gọi 1900 9068 hoặc đến cơ quan BHXH gần nhất.",
    Ended.CLOSED: "Tài khoản đã ngừng sử dụng.",
    Ended.STOLEN: "Phiên đăng nhập này đã được kết thúc để bảo vệ tài khoản. Xin đăng nhập lại.",
}
_TOO_OLD = "Mật khẩu đã quá 6 tháng. Xin đăng nhập lại bằng mật khẩu đang dùng rồi đặt mật khẩu mới."
_OVER = "Phiên đăng nhập đã hết hạn. Xin đăng nhập lại."


@dataclass(frozen=True)
class Tokens:
    """What a device is given, once; `refresh` is None for a browser."""

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    access_until: datetime
    until: datetime


def device_hash(account_id: int, device: str) -> bytes:
    """Return what is kept of a device's name for itself."""
    return lookup_hash("account_device", f"{account_id}\0{device}")


def is_known(session: Session, account_id: int, device: bytes) -> bool:
    """Tell whether the account's owner has proven that device before."""
    return session.get(AccountDevice, (account_id, device)) is not None


def open_session(session: Session, account: Account) -> AccountSession | None:
    """Return the session that is open, if one is."""
    return session.scalars(_open_of(account)).one_or_none()


def is_open_elsewhere(session: Session, account: Account, device: bytes) -> bool:
    """Tell whether the owner is signed in on another device."""
    is_open = open_session(session, account)
    return is_open is not None and is_open.device_hash != device


def has_devices(session: Session, account: Account) -> bool:
    """Tell whether the owner has ever proven a device."""
    first = select(AccountDevice.account_id).where(AccountDevice.account_id == account.id).limit(1)
    return session.scalars(first).first() is not None


def begin(session: Session, account: Account, kind: SessionKind, device: bytes) -> Tokens:
    """Sign the owner in on `device`, which is known from now on; whatever else was open ends (A3).

    The account is locked by the caller.
    """
    now = clock.now()
    is_open = open_session(session, account)
    if is_open is not None:
        _end(is_open, Ended.SIGNED_OUT if is_open.device_hash == device else Ended.OTHER_DEVICE)
        session.flush()
    known = session.get(AccountDevice, (account.id, device))
    if known is None:
        session.add(AccountDevice(account_id=account.id, device_hash=device, first_at=now, seen_at=now))
    else:
        known.seen_at = now
    until = now + LONGEST[kind]
    access, refresh = new_token(), new_token() if kind is SessionKind.APP else None
    session.add(
        AccountSession(
            account_id=account.id,
            kind=kind,
            device_hash=device,
            access_hash=token_hash(access),
            access_until=now + ACCESS,
            refresh_hash=token_hash(refresh) if refresh else None,
            began_at=now,
            seen_at=now,
            until=until,
        )
    )
    session.flush()
    return Tokens(access, refresh, now + ACCESS, until)


def signed_in(session: Session, access: str, kind: SessionKind) -> tuple[Account, AccountSession]:
    """Return whose access token that is, and the session; a browser's time begins anew.

    Raises Unauthenticated, saying why: session_over, session_ and how it ended (Ended), or session_password_old: no
    session outlives the six months of the password (A1).
    """
    found = session.scalars(
        select(AccountSession).where(AccountSession.access_hash == token_hash(access), AccountSession.kind == kind)
    ).one_or_none()
    if found is None:
        raise Unauthenticated(_OVER, code="session_over")
    _require_open(found)
    now = clock.now()
    if found.access_until <= now:
        raise Unauthenticated(_OVER, code="session_over")
    account = session.get_one(Account, found.account_id)
    if account.status not in _USABLE:
        raise Unauthenticated(_WORDS[Ended.LOCKED], code="session_locked")
    _require_young(account)
    if kind is SessionKind.WEB and now - found.seen_at > SLACK:
        found.seen_at, found.access_until = now, min(now + ACCESS, found.until)
    return account, found


def refresh(session: Session, token: str) -> Tokens | Unauthenticated:
    """Return new tokens for a refresh token, which is used up; or the refusal, to be raised once this is committed.

    One that was used up long ago was stolen, or was stolen from: then its session ends for both (RFC 9700, 4.14.2).
    """
    kept, now = token_hash(token), clock.now()
    found = session.scalars(
        select(AccountSession)
        .where(or_(AccountSession.refresh_hash == kept, AccountSession.used_refresh_hash == kept))
        .with_for_update()
    ).one_or_none()
    if found is None:
        return Unauthenticated(_OVER, code="session_over")
    _require_open(found)
    _require_young(session.get_one(Account, found.account_id))
    if found.refresh_hash != kept and now - found.seen_at > GRACE:
        _end(found, Ended.STOLEN)
        return Unauthenticated(_WORDS[Ended.STOLEN], code="session_stolen")
    access, again = new_token(), new_token()
    if found.refresh_hash == kept:
        found.used_refresh_hash, found.seen_at = kept, now
    found.access_hash, found.access_until = token_hash(access), min(now + ACCESS, found.until)
    found.refresh_hash = token_hash(again)
    session.flush()
    return Tokens(access, again, found.access_until, found.until)


def end_all(session: Session, account: Account, why: Ended, *, but: AccountSession | None = None) -> None:
    """End whatever is open, at once."""
    ended = (
        update(AccountSession)
        .where(AccountSession.account_id == account.id, AccountSession.ended_at.is_(None))
        .values(ended_at=clock.now(), end_reason=why.value)
    )
    if but is not None:
        ended = ended.where(AccountSession.id != but.id)
    session.execute(ended)


def sign_out(found: AccountSession) -> None:
    """End this session."""
    _end(found, Ended.SIGNED_OUT)


def forget_devices(session: Session, account: Account) -> None:
    """Let every device have to be proven anew, and the authenticator be gone with the phone it was on (K10)."""
    for model in (AccountDevice, Authenticator):
        session.execute(delete(model).where(model.account_id == account.id))


def _open_of(account: Account) -> Select[AccountSession]:
    return select(AccountSession).where(AccountSession.account_id == account.id, AccountSession.ended_at.is_(None))


def _require_open(found: AccountSession) -> None:
    if found.ended_at is not None:
        why = Ended(found.end_reason or Ended.SIGNED_OUT)
        raise Unauthenticated(_WORDS.get(why, _OVER), code=f"session_{why}")
    if found.until <= clock.now():
        raise Unauthenticated(_OVER, code="session_over")


def _require_young(account: Account) -> None:
    ends = passwords.ends_at(account)
    if ends is not None and ends <= clock.now():
        raise Unauthenticated(_TOO_OLD, code="session_password_old")


def _end(found: AccountSession, why: Ended) -> None:
    found.ended_at, found.end_reason = clock.now(), why.value
