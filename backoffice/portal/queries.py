"""What the account page shows that the app does not."""

from __future__ import annotations

from datetime import datetime

from backoffice.accounts.owner import Owner, mine
from backoffice.kernel.db import transaction
from backoffice.models import AccountSession


def signed_in_since(owner: Owner) -> datetime:
    """Return when this browser signed in; raises Unauthenticated when that is over."""
    with transaction() as session:
        mine(session, owner)
        return session.get_one(AccountSession, owner.session_id).began_at
