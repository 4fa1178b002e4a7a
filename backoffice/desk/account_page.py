"""The page of an account whose owner stands at the counter (K9): what is compared, and how its messages fare."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.accounts.desk_actions import MOST_RESETS
from backoffice.accounts.queries import REMEMBERED, account_for, holds_its_phone, phone_hold, resets_today
from backoffice.desk.account_compare import compared
from backoffice.desk.account_history import history_of
from backoffice.desk.account_life import life_of, password_ends, signed_in
from backoffice.desk.account_words import STATUSES, TONES, USABLE, moment
from backoffice.desk.fates import fates_of
from backoffice.identity.phone import mask_phone
from backoffice.identity.redaction import mask_code, mask_email
from backoffice.identity.scan import ReceiptScan, UnreadableScan, read_scan, scan_to_dict
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import (
    Account,
    AccountStatus,
    ActorKind,
    NoticeChannel,
    NoticeKind,
    Office,
    TrailEvent,
    TrailRow,
)
from backoffice.notices.credentials import newest_issue
from backoffice.notices.messages import ID_LABELS
from backoffice.notices.queries import for_account
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, may
from backoffice.rules.reasons import NOTE_LIMIT

Values = dict[str, Any]
_WITH_PASSWORD = (NoticeKind.APPROVED, NoticeKind.RESET)
_LOOKED_BACK = 20
"""So many messages of an account are looked through for the latest that bear a password."""


@dataclass(frozen=True)
class Comparison:
    """What a scan on the account's page came to: values for the block `compared`, or the form 01 that was scanned."""

    shown: Values = field(default_factory=dict)
    opens: str | None = None
    is_read: bool = True


def open_account(account_id: int, officer: Actor) -> Values:
    """Return everything the account's page shows, and note that it was looked at. Raises NotFound out of reach."""
    with transaction() as session:
        account = account_for(session, account_id, officer, Do.SEE_ACCOUNT)
        record(session, TrailEvent.ACCOUNT, officer, account=account)
        return _page(session, account, officer)


def show_account(account_id: int, officer: Actor) -> Values:
    """Return the same as `open_account` for an act or a poll of an open page, which is one look with its opening."""
    with transaction() as session:
        account = account_for(session, account_id, officer, Do.SEE_ACCOUNT)
        _note_look(session, account, officer)
        return _page(session, account, officer)


def compare(account_id: int, officer: Actor, text: str) -> Comparison:
    """Compare the ID scanned, or its number typed, with the account; nothing of it is kept but the trail's verdicts.

    A form 01 is no ID: its declaration is to be opened. What cannot be read is told in `shown`. Raises NotFound.
    """
    scan = read_scan(text)
    with transaction() as session:
        account = account_for(session, account_id, officer, Do.SEE_ACCOUNT)
        _note_look(session, account, officer)
        if isinstance(scan, ReceiptScan):
            return Comparison(opens=scan.code)
        if isinstance(scan, UnreadableScan):
            return Comparison({"kind": "warn", "text": scan.sentence, "lines": []}, is_read=False)
        shown = compared(account, scan)
        verdicts = {line["field"]: line["verdict"] for line in shown["lines"]}
        kind = scan_to_dict(scan)["kind"]
        record(session, TrailEvent.ACCOUNT_COMPARE, officer, account=account, kind=kind, verdicts=verdicts)
        return Comparison(shown)


def _page(session: Session, account: Account, officer: Actor) -> Values:
    is_held, resets = holds_its_phone(session, account), resets_today(session, account)
    is_there = phone_hold(session, account) is not None  # doubted or not
    return {
        "account": {
            "id": account.id,
            "full_name": account.full_name,
            "code": mask_code(account.bhxh_code),
            "status": STATUSES[account.status],
            "tone": TONES[account.status],
            "phone": mask_phone(account.phone),
            "phone_held": is_held,
        },
        "facts": _facts(session, account, is_there),
        "password": _password(session, account),
        "fates": fates_of(_messages(session, account)),
        "resets": f"{resets}/{MOST_RESETS}" if resets else "",
        "may": _may(account, officer, resets, is_held=is_held),
        "why_not": _why_not(account, officer, resets, is_held=is_held),
        "compared": None,
        "life": life_of(session, account, officer, is_held=is_there),
        "history": history_of(session, account),
        "note_limit": NOTE_LIMIT,
    }


def _facts(session: Session, account: Account, is_held: bool) -> list[dict[str, str]]:
    office = session.get_one(Office, account.office_id)
    facts = [
        ("Giấy tờ", f"{ID_LABELS[account.id_type]} {mask_code(account.id_number)}"),
        ("Năm sinh", f"{account.date_of_birth:%Y}" if account.date_of_birth else "không có"),
        ("Điện thoại", mask_phone(account.phone) if is_held else "không còn số dùng được"),
        ("Thư điện tử", mask_email(account.email) if account.email else "không có"),
        ("Cơ quan cấp", f"{office.code} · {office.name}"),
        ("Ngày cấp", f"{clock.local(account.opened_at):%d/%m/%Y}"),
        ("Đăng nhập", signed_in(session, account)),
        ("Hạn mật khẩu", password_ends(account)),
    ]
    return [{"label": label, "value": value} for label, value in facts if value]


def _password(session: Session, account: Account) -> str:
    """Return how it stands with the passwords: the one of the owner's choice, and the newest temporary one."""
    own = f"Công dân tự đặt mật khẩu lúc {moment(account.password_set_at)}. " if account.password_set_at else ""
    issue = newest_issue(session, account.id)
    if issue is None:
        return f"{own}Chưa cấp mật khẩu tạm nào.".strip()
    given = f"Mật khẩu tạm gần nhất cấp lúc {moment(issue.issued_at)}"
    if issue.used_at is not None:
        return f"{own}{given}, đã dùng lúc {moment(issue.used_at)}."
    if issue.expires_at <= clock.now():
        return f"{own}{given}, hết hiệu lực lúc {moment(issue.expires_at)}."
    return f"{own}{given}, chưa dùng, dùng được đến {moment(issue.expires_at)}."


def _messages(session: Session, account: Account) -> list[Any]:
    """Return the text messages with a password, oldest first."""
    lines = for_account(session, account.id, _LOOKED_BACK)
    return [line for line in reversed(lines) if line.channel is NoticeChannel.SMS and line.kind in _WITH_PASSWORD]


def _may(account: Account, officer: Actor, resets: int, *, is_held: bool) -> dict[str, bool]:
    is_usable = account.status in USABLE
    is_below = resets < MOST_RESETS or may(officer, Do.RESET_ABOVE_LIMIT)
    return {
        "reset": is_usable and is_held and is_below and may(officer, Do.RESET_ACCOUNT),
        "phone": is_usable and may(officer, Do.CHANGE_ACCOUNT_PHONE),
        "declare": account.status is not AccountStatus.CLOSED and may(officer, Do.CHANGE_FOR_OWNER),
    }


def _why_not(account: Account, officer: Actor, resets: int, *, is_held: bool) -> str:
    """Return why no password can be given out now and what to do; "" when one can."""
    if account.status is AccountStatus.LOCKED:
        return "Tài khoản đang tạm khóa: chỉ lãnh đạo của cơ quan quản lý tài khoản được mở khóa, sau đó mới cấp lại."
    if account.status is AccountStatus.CLOSED:
        return "Tài khoản đã ngừng sử dụng: muốn dùng lại, đề nghị công dân khai đăng ký lại."
    if not is_held:
        return "Số điện thoại phải cập nhật: xin ghi số công dân đang dùng trước, rồi cấp lại mật khẩu."
    if resets >= MOST_RESETS and not may(officer, Do.RESET_ABOVE_LIMIT):
        return f"Hôm nay đã cấp lại {resets} lần tại quầy: xin hỏi công dân vì sao chưa dùng được, rồi báo lãnh đạo."
    return ""


def _note_look(session: Session, account: Account, officer: Actor) -> None:
    """Write a trail row, unless `officer` looked at the account within the last 12 hours."""
    looked = (
        select(TrailRow.id)
        .where(
            TrailRow.actor_id == officer.id,
            TrailRow.at > clock.now() - REMEMBERED,
            TrailRow.actor_kind == ActorKind.OFFICER,
            TrailRow.event == TrailEvent.ACCOUNT,
            TrailRow.account_id == account.id,
        )
        .limit(1)
    )
    if session.scalars(looked).first() is None:
        record(session, TrailEvent.ACCOUNT, officer, account=account)
