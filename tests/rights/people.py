"""People who ask what is held on them, and requests of theirs."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.models import Account, Asker, Identified, Officer, PersonRequest
from backoffice.rights.whom import Whom, sealed
from backoffice.rules.deadlines import working_days_after


def make_request(session: Session, account: Account, officer: Officer, **values: Any) -> PersonRequest:
    """An open request of an account's owner, received today at the officer's office."""
    whom = Whom(account.bhxh_code, (account.id_number,), Asker.SELF)
    received_on: date = values.pop("received_on", clock.today())
    defaults: dict[str, Any] = {
        "office_id": officer.office_id,
        "number": f"{account.id}/YC",
        "due_on": working_days_after(received_on, 2),
        "subject_hash": whom.subject,
        "sealed": sealed(whom),
        "asker": whom.asker,
        "identified": Identified.SEEN,
        "registered_at": clock.now(),
        "registered_by_id": officer.id,
    }
    request = PersonRequest(received_on=received_on, **defaults | values)
    session.add(request)
    session.flush()
    return request
