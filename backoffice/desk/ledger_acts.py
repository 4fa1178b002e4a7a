"""Scanning and verifying from the open review page: the act and what the page then shows, in one transaction.

The act's own row in the trail is the look (design 5): whoever did it, saw it. Where a reason is wanted first the act is
done and nothing shown: the values are None (desk.opening).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backoffice.decision.ledger import take_back_within, verify_within
from backoffice.decision.scan import scan_within
from backoffice.desk.ledger import with_note
from backoffice.desk.opening import may_show
from backoffice.desk.review import review_of
from backoffice.desk.scan_words import note_on
from backoffice.kernel.db import transaction
from backoffice.models import Declaration
from backoffice.rules.actors import Actor

Values = dict[str, Any]


def scan(receipt_code: str, officer: Actor, text: str) -> Values | None:
    """Take a scan and return the review page's values with what it came to; raises as decision.scan.scan."""
    with transaction() as session:
        declaration, reading = scan_within(session, receipt_code, officer, text)
        values = _shown(session, declaration, officer)
        return values and with_note(values, note_on(reading))


def verify(receipt_code: str, officer: Actor, item: str, how: str, note: str) -> Values | None:
    """Verify an item and return the review page's values; raises as decision.ledger.verify."""
    with transaction() as session:
        return _shown(session, verify_within(session, receipt_code, officer, item, how, note), officer)


def take_back(receipt_code: str, officer: Actor, item: str) -> Values | None:
    """Take an entry back and return the review page's values; raises as decision.ledger.take_back."""
    with transaction() as session:
        return _shown(session, take_back_within(session, receipt_code, officer, item), officer)


def _shown(session: Session, declaration: Declaration, officer: Actor) -> Values | None:
    is_shown = may_show(session, declaration, officer, is_open=True)
    return review_of(session, declaration, officer) if is_shown else None
