"""Messages when a whole office is merged into another: its declarations are told of at once, its worklist follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.orm import Session, aliased

from backoffice.kernel.queue import BULK
from backoffice.models import Declaration, Notice, NoticeChannel, NoticeKind, Office
from backoffice.models.notice import UNDELIVERED
from backoffice.notices import messages, outbox
from backoffice.notices.actions import NAME_OFFICE
from backoffice.notices.messages import Mail
from backoffice.rules.lifecycle import is_overdue


def moved_each(session: Session, declarations: Sequence[Declaration], office: Office) -> int:
    """Tell the person of each of `declarations`, which `office` has now, where to go; return how many were told.

    On the lane of lists, which rings nobody at night. Likewise `actions.moved`: all messages of theirs are the new
    office's, what names the former one goes no more, form 01 goes with a letter that names the new. Whose deadline has
    passed is not told, for the declaration is about to be deleted (K4); nor is anybody while it is left to a supervisor
    (K11).
    """
    ids = [one.id for one in declarations]
    mine = Notice.declaration_id.in_(ids)
    session.execute(
        update(Notice).where(mine).values(office_id=office.id), execution_options={"synchronize_session": False}
    )
    outbox.cancel_each(session, mine, Notice.kind.in_(NAME_OFFICE))
    with_form01 = set(outbox.cancel_each(session, mine, Notice.kind == NoticeKind.FORM01))
    told = [one for one in declarations if one.escalated_at is None and not is_overdue(one)]
    outbox.post_each(session, [draft for one in told for draft in _drafts(one, office, one.id in with_form01)])
    return len(told)


def _drafts(declaration: Declaration, office: Office, with_form01: bool) -> Iterator[dict[str, Any]]:
    yield _draft(declaration, NoticeKind.MOVED, messages.moved_sms(declaration, office))
    if declaration.email:
        yield _draft(declaration, NoticeKind.MOVED, messages.moved_mail(declaration, office))
        if with_form01 and declaration.expires_at is not None:
            yield _draft(declaration, NoticeKind.FORM01, messages.form01_mail(declaration, office))


def _draft(declaration: Declaration, kind: NoticeKind, said: str | Mail) -> dict[str, Any]:
    """Return an SMS of these words, or a letter; form 01 goes with the letter of its kind."""
    about: dict[str, Any] = {"office_id": declaration.office_id, "declaration_id": declaration.id, "lane": BULK}
    if isinstance(said, str):
        return outbox.draft(kind, NoticeChannel.SMS, declaration.phone, body=said, subject=None, html=None, **about)
    return outbox.draft(
        kind,
        NoticeChannel.EMAIL,
        declaration.email or "",
        body=said.text,
        subject=said.subject,
        html=said.html,
        attach_form01=kind is NoticeKind.FORM01,
        **about,
    )


def follow_merges(session: Session) -> int:
    """Put what did not arrive on the worklist of the office that serves now, where its own was merged; return how many.

    To be asked again and again: what an old office sent last may fail hours after the merge, and its accounts and
    decided declarations, which stay with it, may have messages later.
    """
    former, undelivered = aliased(Office), text(UNDELIVERED)
    moved = session.execute(
        update(Notice)
        .where(Notice.office_id == former.id, former.successor_id.is_not(None), undelivered)
        .values(office_id=former.successor_id)
        .returning(Notice.id),
        execution_options={"synchronize_session": False},
    )
    return len(moved.all())
