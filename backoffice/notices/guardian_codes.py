"""Codes that strangers may order for anybody's account, to its registered phone: a child's guardian's (D11).

As with letters (notices.mailed_codes) nothing may tell whether there is an account: what is asked of the database, and
of the queue, is the same for everybody. Not voiding an older code costs nothing: of a purpose only the newest is looked
at (one_time).
"""

from __future__ import annotations

from sqlalchemy import literal
from sqlalchemy.orm import Session

from backoffice.kernel.queue import COUNTER
from backoffice.models import Account, NoticeChannel, NoticeKind
from backoffice.notices import outbox
from backoffice.notices.account_messages import otp_sms
from backoffice.notices.mailed_codes import MOST_ORDERED, WINDOW, add_code
from backoffice.notices.one_time import ACTS, VALID, Purpose

NOBODY = Account(id=0, phone="", office_id=0)
"""Stands for the account that is not there, so that nothing is left out."""


def order(session: Session, account: Account | None) -> bool:
    """Have a code sent to the phone of `account`, known to be its own; return whether there will be a message.

    Nothing is sent for no account, or beyond so many within the hour.
    """
    told = account or NOBODY
    code = add_code(session, account, Purpose.GUARDIAN, VALID, MOST_ORDERED, WINDOW)
    outbox.post_where(
        session,
        literal(code is not None),
        NoticeKind.OTP,
        NoticeChannel.SMS,
        told.phone,
        lane=COUNTER,
        body=otp_sms(ACTS[Purpose.GUARDIAN].sms),
        office_id=told.office_id,
        account_id=told.id,
        one_time_code_id=code or 0,
    )
    return code is not None
