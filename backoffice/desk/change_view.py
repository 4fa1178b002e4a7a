"""What an adjustment or a stop does to the account there is, for the review page: old beside new (D2)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.desk.account_words import STATUSES, TONES, moment
from backoffice.dossier.change_words import said_part
from backoffice.models import Account, AccountChange, AccountStatus, Declaration, Purpose, Status
from backoffice.rules import changes
from backoffice.rules.changes import Part

Values = dict[str, Any]
_CLOSES = "Duyệt thì tài khoản đóng hẳn: thoát mọi thiết bị, mã số và số điện thoại được giải phóng."
_CHILDREN = "{count} tài khoản của con đang dùng số điện thoại này: duyệt xong thì phải cập nhật số cho con."


def change_of(session: Session, declaration: Declaration) -> Values | None:
    """Return the values of desk/_change.html; None, without asking the database, for who registers."""
    if declaration.purpose is Purpose.REGISTER:
        return None
    change = session.get(AccountChange, declaration.id)
    account = session.get(Account, change.account_id) if change else None
    if change is None or account is None:
        return {"account": None, "lines": [], "notes": []}
    is_open = declaration.status is Status.SUBMITTED
    return {
        "account": {
            "href": f"/desk/accounts/{account.id}",
            "status": STATUSES[account.status],
            "tone": TONES[account.status],
        },
        "lines": _lines(declaration, change, account, is_open=is_open),
        "notes": _notes(session, declaration, change, account) if is_open else [],
    }


def _lines(declaration: Declaration, change: AccountChange, account: Account, *, is_open: bool) -> list[Values]:
    before, after, now = change.before, changes.snapshot(declaration), changes.snapshot(account)
    if before is None:
        return []
    moved = set(changes.changed(before, now)) if is_open else set()
    return [
        {
            "label": changes.NAMES[part],
            "old": said_part(part, before) or "không có",
            "new": said_part(part, after) or "bỏ",
            "now": said_part(part, now) if part in moved else "",
            "why": _proven(declaration, change) if part is Part.PHONE else "",
        }
        for part in changes.changed(before, after)
    ]


def _proven(declaration: Declaration, change: AccountChange) -> str:
    if change.proven_at is not None and change.proven_phone == declaration.phone:
        return f"Công dân đã tự xác nhận số mới bằng mã OTP lúc {moment(change.proven_at)}."
    return "Số mới chưa xác nhận bằng OTP: xin gọi thử tại quầy. Không hỏi mã OTP của công dân."


def _notes(session: Session, declaration: Declaration, change: AccountChange, account: Account) -> list[Values]:
    """Return what is to be known before it is decided, as kind and text."""
    found: list[tuple[str, str]] = []
    if account.status is AccountStatus.LOCKED:
        found.append(("warn", "Tài khoản đang tạm khóa: xin xem vì sao trước khi giải quyết."))
    if declaration.purpose is Purpose.STOP:
        found.append(("info", _CLOSES))
        if children := _children(session, account):
            found.append(("warn", _CHILDREN.format(count=children)))
    elif change.before is not None:
        after = changes.snapshot(declaration)
        if not changes.is_same_person(change.before, after):
            found.append(("bad", f"Không duyệt được: {changes.ANOTHER_PERSON}"))
        elif not changes.changed(change.before, after):
            found.append(("bad", "Không duyệt được: tờ khai không còn khác tài khoản ở mục nào."))
    return [{"kind": kind, "text": text} for kind, text in found]


def _children(session: Session, account: Account) -> int:
    counted = select(func.count()).where(
        Account.guardian_id == account.id, Account.phone == account.phone, Account.status != AccountStatus.CLOSED
    )
    return session.scalars(counted).one()
