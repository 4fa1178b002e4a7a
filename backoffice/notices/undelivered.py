"""Messages that did not arrive and are still worth something: one condition for the worklist, its count and its acts.

Rooms above see to them (followup), count them (desk) and replace them (decision, accounts).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from backoffice.kernel import clock, rows
from backoffice.kernel.direct import one_of
from backoffice.models import (
    Account,
    AccountStatus,
    CredentialIssue,
    Declaration,
    Handling,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    Status,
)
from backoffice.models.notice import UNDELIVERED
from backoffice.notices import outbox
from backoffice.rules.actors import Actor

UNHANDLED: ColumnElement[bool] = literal_column(
    UNDELIVERED.replace("status", "notices.status").replace("handled_at", "notices.handled_at"), Boolean()
)
"""In the words of ix_notices_undelivered, or it would not be used."""
ASK_TO_COME = (
    NoticeKind.RECEIVED,
    NoticeKind.FORM01,
    NoticeKind.REMINDER,
    NoticeKind.SUPPLEMENT,
    NoticeKind.MOVED,
)
"""Kinds that ask the citizen to come: worth nothing once the dossier is here or decided."""
_CHANGED = (NoticeKind.PHONE_CHANGED, NoticeKind.EMAIL_CHANGED)
"""Kinds that go to the former number or address too: nobody is called after those."""
_OF_THE_ACCOUNT = (
    *_CHANGED,
    NoticeKind.PASSWORD_CHANGED,
    NoticeKind.RESET_TOLD,
    NoticeKind.PASSWORD_ENDS,
    NoticeKind.ADJUSTED,
    NoticeKind.LOCKED,
    NoticeKind.CLOSED,
)
"""Kinds for the account's owner alone: never sent again to what is no longer the account's."""
LAPSED_AFTER = timedelta(days=1)
"""What is worth nothing any more stays to be read for so long; then it is looked through no more."""
_AWAITED = (NoticeKind.REJECTED, NoticeKind.SUPPLEMENT, NoticeKind.MOVED)


def still_wanted() -> ColumnElement[bool]:
    """Return the condition that a message failed or is unknown, nobody has seen to it, and it is still worth sending.

    Without the scope. Nothing later of its kind and way was ordered about its declaration or account; what asks the
    citizen to come is still awaited (K4, K7, K11); a password's issue still counts; what its owner has to ask for anew
    (codes, links) never is, nor what a unit was told: that is seen to on the page of its list.
    """
    return and_(
        UNHANDLED,
        Notice.seen_at.is_(None),
        ~_replaced(Notice.declaration_id),
        ~_replaced(Notice.account_id),
        case(
            (_kind(NoticeKind.OTP, NoticeKind.EMAIL_RESET, NoticeKind.EMAIL_CONFIRM, NoticeKind.BATCH_RESULT), false()),
            (_kind(*ASK_TO_COME), _is_awaited()),
            (Notice.credential_issue_id.is_not(None), _password_counts()),
            (_kind(NoticeKind.APPROVED), _awaits_first_sign_in()),
            (_kind(*_OF_THE_ACCOUNT), _goes_to_the_account()),
            else_=literal_column("true", Boolean()),
        ),
    )


def urgency() -> ColumnElement[int]:
    """Return the rank in the worklist: 0 for what a citizen waits for (passwords, refusals, supplements), else 1."""
    return case((or_(Notice.credential_issue_id.is_not(None), _kind(*_AWAITED)), 0), else_=1)


def is_still_wanted(session: Session, notice: Notice) -> bool:
    """Tell whether `notice` (locked by the caller) is one of `still_wanted`."""
    asked = select(literal(True)).where(Notice.id == notice.id, still_wanted())
    return session.scalars(asked).first() is not None


def later_than(session: Session, notice: Notice) -> Notice | None:
    """Return the latest message of the kind and way of `notice`, about the same, that was ordered after it."""
    about = [
        column == value
        for column, value in (
            (Notice.declaration_id, notice.declaration_id),
            (Notice.account_id, notice.account_id),
        )
        if value is not None
    ]
    later = (
        select(Notice)
        .where(or_(*about) if about else false(), Notice.kind == notice.kind, Notice.channel == notice.channel)
        .where(Notice.id > notice.id, Notice.status != NoticeStatus.CANCELLED)
    )
    return session.scalars(later.order_by(Notice.id.desc()).limit(1)).first()


def repeat(session: Session, notice: Notice, recipient: str | None = None) -> Notice:
    """Order the very words of `notice` again, to `recipient` or where its kind goes now; return the new one.

    What asks a citizen to come goes to the number or address the declaration has now: it may have been corrected.
    Raises ValueError for one with a password or a code: that is never sent again.
    """
    if notice.credential_issue_id is not None or notice.one_time_code_id is not None:
        raise ValueError("a password or code is not sent again: a new one is made")
    return outbox.post(
        session,
        notice.kind,
        notice.channel,
        recipient or _recipient_now(session, notice),
        lane=notice.lane,
        body=notice.body,
        subject=notice.subject,
        html=notice.html,
        attach_form01=notice.attach_form01,
        office_id=notice.office_id,
        declaration_id=notice.declaration_id,
        account_id=notice.account_id,
    )


def _recipient_now(session: Session, notice: Notice) -> str:
    if notice.declaration_id is None or notice.kind not in ASK_TO_COME:
        return notice.recipient
    declaration = session.get_one(Declaration, notice.declaration_id)
    by_sms = notice.channel is NoticeChannel.SMS
    return (declaration.phone if by_sms else declaration.email) or notice.recipient


def mark_lapsed(session: Session, limit: int = 1000) -> int:
    """Take from the list for good what has not been worth anything for a day; return how many there were.

    Nobody can see to them, and each would be looked through with every count.
    """
    worth_nothing = (
        select(Notice.id)
        .where(UNHANDLED, Notice.finished_at < clock.now() - LAPSED_AFTER, ~func.coalesce(still_wanted(), false()))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("worth_nothing")  # asked once: a subquery may be asked for each row, and its limit counts each time anew
    )
    lapsed = update(Notice).where(Notice.id.in_(select(worth_nothing.c.id))).returning(Notice.id)
    known = {"handling": Handling.LAPSED, "handled_at": clock.now()}
    found = session.scalars(lapsed.values(known), execution_options={"synchronize_session": False})
    return len(found.all())


def mark_resent(session: Session, officer: Actor, *which: ColumnElement[bool]) -> None:
    """Note that `officer` had sent again those undelivered messages that fit all of `which`; the others stay."""
    known: dict[str, Any] = {
        "handling": Handling.RESENT,
        "handled_at": clock.now(),
        "handled_by_id": officer.id,
    }
    session.flush()
    session.execute(
        update(Notice).where(UNHANDLED, *which).values(known), execution_options={"synchronize_session": False}
    )


def mark_given_up(session: Session, notice: Notice, officer: Actor, note: str) -> None:
    """Note that nobody tries to send `notice` (locked by the caller) any more, and why."""
    rows.change(
        session,
        notice,
        handling=Handling.GIVEN_UP,
        handled_at=clock.now(),
        handled_by_id=officer.id,
        handled_note=note,
    )


def hand_over(session: Session, declaration: Declaration) -> None:
    """Let what did not arrive about `declaration` be seen to by the office that has it now (K8)."""
    session.execute(
        update(Notice).where(Notice.declaration_id == declaration.id).values(office_id=declaration.office_id),
        execution_options={"synchronize_session": False},
    )


def _kind(*kinds: NoticeKind) -> ColumnElement[bool]:
    return one_of(Notice.kind, [kind.value for kind in kinds])


def _replaced(about: InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
    """Return the condition that a later message was ordered in its place; a cancelled one replaces nothing."""
    later = aliased(Notice)
    return _looked_up(
        select(literal(True)).where(
            getattr(later, about.key) == about,
            later.kind == Notice.kind,
            later.channel == Notice.channel,
            later.id > Notice.id,
            later.status != NoticeStatus.CANCELLED,
            or_(~_kind(*_CHANGED), later.recipient == Notice.recipient),
        )
    )


def _is_awaited() -> ColumnElement[bool]:
    """Return the condition that its declaration is undecided and the citizen is waited for."""
    of_it = aliased(Declaration)
    waits = (of_it.status == Status.SUBMITTED) & of_it.expires_at.is_not(None)
    return _looked_up(select(waits).where(of_it.id == Notice.declaration_id))


def _password_counts() -> ColumnElement[bool]:
    """Return the condition that its issue is the account's newest and unused, and the account can be signed in to."""
    issue, newer, account = aliased(CredentialIssue), aliased(CredentialIssue), aliased(Account)
    newest = select(func.max(newer.number)).where(newer.account_id == issue.account_id).correlate(issue)
    counts = and_(
        issue.used_at.is_(None),
        one_of(account.status, [AccountStatus.ISSUED.value, AccountStatus.ACTIVE.value]),
        issue.number == newest.scalar_subquery(),
    )
    of_it = (issue.id == Notice.credential_issue_id) & (account.id == issue.account_id)
    return _looked_up(select(counts).where(of_it))


def _awaits_first_sign_in() -> ColumnElement[bool]:
    account = aliased(Account)
    return _looked_up(select(account.status == AccountStatus.ISSUED).where(account.id == Notice.account_id))


def _goes_to_the_account() -> ColumnElement[bool]:
    account = aliased(Account)
    own = case((Notice.channel == NoticeChannel.SMS, account.phone), else_=account.email)
    return _looked_up(select(own == Notice.recipient).where(account.id == Notice.account_id))


def _looked_up(query: Select[bool]) -> ColumnElement[bool]:
    """Return what `query` says, false where it finds nothing, for each message by index.

    An EXISTS would be rewritten as a hash of the whole table once many messages are looked at.
    """
    return func.coalesce(query.limit(1).correlate(Notice).scalar_subquery(), false())
