"""What a declaration's page says of an account: one that stands in its way, or the one its approval opened (K9, D6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from sqlalchemy.orm import Session

from backoffice.accounts.actions import account_opened_by
from backoffice.accounts.queries import account_of_person, holds_its_phone
from backoffice.decision.account_acts import holding_account
from backoffice.desk.account_words import STATUSES, USABLE, moment
from backoffice.desk.looks import note_look
from backoffice.desk.opening import declaration_to_show
from backoffice.identity.phone import group_phone, mask_phone
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Account, Declaration, Office, Status, TrailEvent
from backoffice.notices.credentials import newest_issue
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, may
from backoffice.rules.reasons import NOTE_LIMIT

Values = dict[str, Any]


class HasCode(Protocol):
    """A flag, as far as it matters here."""

    @property
    def code(self) -> str:
        """Return its code: "has_account", "phone_taken", …"""


def account_beside(
    session: Session, declaration: Declaration, flags: Iterable[HasCode], officer: Actor
) -> Values | None:
    """Return the values of desk/_account.html; None, without asking the database, for most declarations."""
    if declaration.status is Status.APPROVED:
        opened = account_opened_by(session, declaration.id)
        return _opened(opened, declaration, officer) if opened else None
    codes = {flag.code for flag in flags}
    own = account_of_person(session, declaration) if "has_account" in codes else None
    is_taken = "phone_taken" in codes and may(officer, Do.FREE_PHONE, declaration)
    if own is None and not is_taken:
        return None
    return {
        "opened": None,
        "own": _own(session, own, declaration) if own else None,
        "phone_href": f"/desk/phones/{declaration.receipt_code}" if is_taken else "",
    }


def show_held_phone(receipt_code: str, officer: Actor) -> Values:
    """Return what a supervisor is told of the account that holds the declared phone: never whose it is (D6).

    Looked at are both people, and the trail says so. Raises NotFound, ReasonWanted, Conflict (phone_free, phone_own).
    """
    with transaction() as session:
        declaration = declaration_to_show(session, receipt_code, officer, Do.FREE_PHONE)
        note_look(session, declaration, officer)
        account = holding_account(session, declaration)
        record(session, TrailEvent.ACCOUNT, officer, account=account)
        return {
            "declaration": {
                "receipt_code": declaration.receipt_code,
                "full_name": declaration.full_name,
                "phone": group_phone(declaration.phone),
            },
            "facts": _held(session, account),
            "note_limit": NOTE_LIMIT,
        }


def _opened(account: Account, declaration: Declaration, officer: Actor) -> Values:
    can_lock = account.status in USABLE
    return {
        "opened": {
            "href": f"/desk/accounts/{account.id}",
            "status": STATUSES[account.status],
            "must_update_phone": account.must_update_phone,
            "lock_href": f"/desk/accounts/{account.id}/lock",
            "may_lock": can_lock and may(officer, Do.LOCK_ACCOUNT, declaration),
        },
        "own": None,
        "phone_href": "",
    }


def _own(session: Session, account: Account, declaration: Declaration) -> Values:
    is_held = holds_its_phone(session, account)
    return {
        "href": f"/desk/accounts/{account.id}",
        "opened": f"{clock.local(account.opened_at):%d/%m/%Y}",
        "status": STATUSES[account.status].lower(),
        "is_usable": is_held and account.status in USABLE,
        "phone": mask_phone(account.phone) if is_held else "",
        "phone_differs": account.phone != declaration.phone,
        "must_update_phone": account.must_update_phone,
    }


def _held(session: Session, account: Account) -> list[dict[str, str]]:
    office = session.get_one(Office, account.office_id)
    issue = newest_issue(session, account.id)
    used = [at for at in (account.password_set_at, issue.used_at if issue else None) if at]
    facts = [
        ("Cơ quan cấp", f"{office.code} · {office.name}"),
        ("Ngày cấp", f"{clock.local(account.opened_at):%d/%m/%Y}"),
        ("Tình trạng", STATUSES[account.status]),
        ("Lần dùng gần nhất được ghi", moment(max(used)) if used else "chưa đăng nhập lần nào"),
    ]
    return [{"label": label, "value": value} for label, value in facts]
