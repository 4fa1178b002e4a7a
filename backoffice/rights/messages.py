"""Messages about a person's declarations and account, as they were sent; passwords and codes were never kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from backoffice.identity.phone import mask_phone
from backoffice.identity.redaction import mask_email
from backoffice.models import Account, Asker, CallBack, Declaration, Handling, Notice, NoticeChannel
from backoffice.notices.queries import KIND_LABELS, LABELS, MAIL_LABELS
from backoffice.rights.belongings import Belongings, is_childs
from backoffice.rights.document import Handled, MessageSent
from backoffice.rights.names import Names

_CHANNELS = {NoticeChannel.SMS: "Tin nhắn", NoticeChannel.EMAIL: "Thư điện tử"}
_HANDLED = {
    Handling.RESENT: "Gửi lại",
    Handling.GIVEN_UP: "Thôi gửi",
    Handling.LAPSED: "Hết hiệu lực, không gửi nữa",
}
_KEY_IN_ADDRESS = re.compile(r"(?<=/)[\w-]{20,}")
"""What opens a page for whoever has its address: a secret, too."""


def messages_sent(session: Session, names: Names, held: Belongings, asker: Asker) -> list[MessageSent]:
    """Return the messages, oldest first. Whom they went to is hidden from a child who asks: it was the guardian."""
    accounts, declared = ([one.id for one in things] for things in (held.accounts, held.declarations))
    query = select(Notice).where(or_(Notice.account_id.in_(accounts), Notice.declaration_id.in_(declared)))
    things: list[Account | Declaration] = [*held.accounts, *held.declarations]
    is_hidden = asker is Asker.SELF and any(is_childs(one) for one in things)
    return [_sent(session, names, one, is_hidden) for one in session.scalars(query.order_by(Notice.id))]


def _sent(session: Session, names: Names, one: Notice, is_hidden: bool) -> MessageSent:
    is_mail = one.channel is NoticeChannel.EMAIL
    mask = mask_email if is_mail else mask_phone
    return MessageSent(
        ordered_at=one.created_at,
        kind=KIND_LABELS[one.kind],
        channel=_CHANNELS[one.channel],
        recipient=mask(one.recipient) if is_hidden else one.recipient,
        subject=one.subject,
        body=_KEY_IN_ADDRESS.sub("***", one.body),
        status=(MAIL_LABELS if is_mail else {}).get(one.status, LABELS[one.status]),
        sent_at=one.sent_at,
        finished_at=one.finished_at,
        failure=one.failure,
        followed_up=sorted(_followed_up(session, names, one), key=lambda step: step.at),
    )


def _followed_up(session: Session, names: Names, one: Notice) -> Iterator[Handled]:
    if one.seen_at:
        yield names.handled(one.seen_at, one.seen_by_id, "Công dân đã cho xem tin trên máy")
    for call in session.scalars(select(CallBack).where(CallBack.notice_id == one.id)):
        yield names.handled(call.at, call.officer_id, "Liên hệ công dân", call.note)
    if one.handled_at and one.handling:
        yield names.handled(one.handled_at, one.handled_by_id, _HANDLED[one.handling], one.handled_note)
