"""Scanning and verifying from the open review page: the act and what the page then shows, in one transaction.

The act's own row in the trail is the look (design 5): whoever did it, saw it.
"""

from __future__ import annotations

from typing import Any

from backoffice.decision.ledger import take_back_within, verify_within
from backoffice.decision.scan import scan_within
from backoffice.desk.ledger import with_note
from backoffice.desk.review import review_of
from backoffice.desk.scan_words import note_on
from backoffice.kernel.db import transaction
from backoffice.rules.actors import Actor

Values = dict[str, Any]


def scan(receipt_code: str, officer: Actor, text: str) -> Values:
    """Take a scan and return the review page's values with what it came to; raises as decision.scan.scan."""
    with transaction() as session:
        declaration, reading = scan_within(session, receipt_code, officer, text)
        return with_note(review_of(session, declaration, officer), note_on(reading))


def verify(receipt_code: str, officer: Actor, item: str, how: str, note: str) -> Values:
    """Verify an item and return the review page's values; raises as decision.ledger.verify."""
    with transaction() as session:
        return review_of(session, verify_within(session, receipt_code, officer, item, how, note), officer)


def take_back(receipt_code: str, officer: Actor, item: str) -> Values:
    """Take an entry back and return the review page's values; raises as decision.ledger.take_back."""
    with transaction() as session:
        return review_of(session, take_back_within(session, receipt_code, officer, item), officer)
