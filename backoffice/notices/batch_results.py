"""What is told to a unit about its list (D12): a letter with the workbook that says what became of each row."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from backoffice.gateways.email import Attachment
from backoffice.gateways.sheets import XLSX
from backoffice.kernel import clock, sealing
from backoffice.kernel.queue import DEFAULT
from backoffice.models import Batch, BatchResult, Notice, NoticeChannel, NoticeKind, Office
from backoffice.notices import outbox
from backoffice.notices.rendering import Mail, mail

SEALED_AS = "batch result"


class Told(NamedTuple):
    """A list as its letter tells of it: its number, whose, the official letter it came with, and how its rows stand.

    `declares`: it asked for declarations to be made; nobody of it has an account by it.
    """

    number: int
    unit: str
    file_name: str
    letter: str
    rows: int
    applied: int
    refused: int
    left: int
    declares: bool = False


def result_mail(told: Told, office: Office) -> Mail:
    """Return the letter about a list, to the unit that sent it; names nobody of it."""
    return mail(NoticeKind.BATCH_RESULT, office=office, **told._asdict())


def post(session: Session, batch: Batch, told: Told, recipient: str, workbook: bytes, name: str) -> Notice:
    """Keep the workbook for the list, sealed, in place of a former one, and send it to the unit's address."""
    sealed = sealing.seal(SEALED_AS, batch.token, workbook)
    session.merge(BatchResult(batch_id=batch.id, name=name, sealed=sealed, made_at=clock.now()))
    session.flush()
    letter = result_mail(told, batch.office)
    return outbox.post(
        session,
        NoticeKind.BATCH_RESULT,
        NoticeChannel.EMAIL,
        recipient,
        lane=DEFAULT,
        body=letter.text,
        subject=letter.subject,
        html=letter.html,
        office_id=batch.office_id,
        batch_id=batch.id,
    )


def attachment(session: Session, batch_id: int) -> Attachment:
    """Return the workbook kept for a list, as it goes with its letter."""
    kept, batch = session.get_one(BatchResult, batch_id), session.get_one(Batch, batch_id)
    return Attachment(kept.name, sealing.unseal(SEALED_AS, batch.token, kept.sealed), XLSX)
