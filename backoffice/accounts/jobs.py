"""What the room does by itself (backoffice.scheduler names it): reminding of passwords that end, and clearing away.

Each may run any number of times, also several at once: it looks in the database for what is due.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import (
    ColumnElement,
    Interval,
    Select,
    delete,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from backoffice.accounts import tries
from backoffice.accounts.passwords import MONTHS, WARNED, ends_at
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import (
    Account,
    AccountDevice,
    AccountHold,
    Base,
    HoldKind,
)
from backoffice.models.account import NOT_REMINDED
from backoffice.notices import account_actions as notices

log = structlog.get_logger()

CHUNK = 500
"""Rows a transaction: locks are short, and a fault costs one chunk."""
MOST = 10_000
"""Rows a job: then it asks for the next."""
DEVICES_KEPT = timedelta(days=365)
_SHORTEST, _LONGEST = timedelta(days=MONTHS * 30), timedelta(days=MONTHS * 31)
"""Six months are neither shorter nor longer: between these the index is read."""
_ZONE = clock.VIETNAM.key


def remind() -> None:
    """Remind of the passwords that end within 14 days (A1); when there may be more than one job can do, ask for the
    next.
    """
    if remind_of_ends() >= MOST:
        queue.enqueue("backoffice.accounts.jobs.remind")


def tidy() -> None:
    """Delete wrong tries after 30 days, devices unused for a year; sessions and alarms go by rules.retention."""
    now = clock.now()
    with transaction() as session:
        tries.tidy(session)
    key = [AccountDevice.account_id, AccountDevice.device_hash]
    if cleared := _clear(AccountDevice, key, AccountDevice.seen_at < now - DEVICES_KEPT):
        log.info("account devices cleared", row_count=cleared)


def remind_of_ends(limit: int = MOST) -> int:
    """Order the reminder of up to `limit` passwords, each once, 14 days before its end; return how many.

    Of accounts in use whose phone is reached alone. Whose password has ended already is told so at the next sign-in.
    """
    reminded = 0
    while reminded < limit:
        with transaction() as session:
            due = session.scalars(due_query(min(CHUNK, limit - reminded))).all()
            for account in due:
                account.password_reminded_at = clock.now()
                if (ends := ends_at(account)) is not None:
                    notices.password_ends(session, account, ends)
        if not due:
            break
        reminded += len(due)
    return reminded


def due_query(limit: int) -> Select[Account]:
    """Return the question for accounts to be reminded now, to be locked; those that another is at are passed over."""
    now = clock.now()
    set_at, ends = Account.password_set_at, _ends()
    return (
        select(Account)
        .where(literal_column(NOT_REMINDED), set_at > now - _LONGEST, set_at < now - _SHORTEST + WARNED)
        .where(ends > now, ends <= now + WARNED, _reaches_its_phone())
        .order_by(set_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def _ends() -> ColumnElement[object]:
    """Return when the password ends, as accounts.passwords.ends_at has it: six months later by Vietnam's calendar."""
    there = func.timezone(_ZONE, Account.password_set_at)
    return func.timezone(_ZONE, there + literal(f"{MONTHS} months").cast(Interval()))


def _reaches_its_phone() -> ColumnElement[bool]:
    """Return the condition that accounts.queries.holds_its_phone tells of one."""
    holding = aliased(Account)
    return ~Account.must_update_phone & exists().where(
        AccountHold.kind == HoldKind.PHONE,
        AccountHold.value == Account.phone,
        or_(AccountHold.account_id == Account.id, AccountHold.account_id == Account.guardian_id),
        holding.id == AccountHold.account_id,
        ~holding.must_update_phone,
    )


def _clear(model: type[Base], key: Sequence[InstrumentedAttribute[object]], which: ColumnElement[bool]) -> int:
    """Delete the rows that fit, by and by; return how many. What somebody else holds is left for the next time."""
    cleared = 0
    while True:
        those = select(*key).where(which).limit(MOST).with_for_update(skip_locked=True).cte("those")
        with transaction() as session:
            found = session.execute(
                delete(model).where(tuple_(*key).in_(select(those))), execution_options={"synchronize_session": False}
            )
            number = int(getattr(found, "rowcount", 0))
        cleared += number
        if number < MOST:
            return cleared
