"""Everything held on one person, put together (Law 91/2025/QH15: who asks is told what, by whom, why, how long)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.desk.labels import CHANNELS, PURPOSES
from backoffice.desk.ledger import HOWS
from backoffice.kernel import clock
from backoffice.models import Account, Declaration, How, Item, KeptData, PastApproval, PersonRequest, Tombstone
from backoffice.rights.account import account_held
from backoffice.rights.belongings import Belongings, belongings_of
from backoffice.rights.coverage import PERSONAL
from backoffice.rights.declared import declaration_held
from backoffice.rights.document import Asked, Deleted, Handled, Kept, PersonData, Unproven
from backoffice.rights.lists import on_lists
from backoffice.rights.looks import looks_at
from backoffice.rights.messages import messages_sent
from backoffice.rights.names import Names
from backoffice.rights.whom import Whom
from backoffice.rights.words import ASKERS, IDENTIFIED, state_of
from backoffice.rules import retention
from backoffice.rules.ledger import label

_ADVICE = (
    "dữ liệu đã xóa còn trong bản sao lưu của cơ sở dữ liệu cho đến khi bản đó hết hạn; bản sao lưu được mã hóa, không "
    "dùng vào việc khác"
)


def told_to(session: Session, request: PersonRequest, whom: Whom) -> tuple[PersonData, Belongings]:
    """Return all that is held on `whom`, in answer to `request`, and the rows it was made from."""
    names = Names(session)
    held = belongings_of(session, whom)
    looks, left_off = looks_at(session, names, held)
    things: list[Account | Declaration] = [*held.accounts, *held.declarations]
    own = frozenset({*held.codes, *whom.numbers, *(one.id_number for one in things)})
    told = PersonData(
        made_at=clock.now(),
        request=asked(names, request),
        bhxh_codes=sorted(held.codes),
        full_name=held.latest.full_name if held.latest else None,
        declarations=[declaration_held(session, names, one, own, whom.asker) for one in held.declarations],
        accounts=[account_held(session, names, one, whom.asker) for one in held.accounts],
        messages=messages_sent(session, names, held, whom.asker),
        lists=on_lists(session, names, held),
        looks=looks,
        looks_left_off=left_off,
        unproven=[_unproven(names, one) for one in held.others],
        deleted=sorted(_deleted(session, names, held), key=lambda one: one.deleted_at),
        requests=[*_requests(session, names, held)],
        kept=[*kept()],
    )
    return told, held


def asked(names: Names, request: PersonRequest) -> Asked:
    """Return a request as its person is told of it."""
    return Asked(
        number=request.number,
        received_on=request.received_on,
        due_on=request.due_on,
        office=names.office(request.office_id),
        asked_by=ASKERS[request.asker],
        identified=IDENTIFIED[request.identified],
        state=state_of(request),
    )


def kept() -> Iterator[Kept]:
    """Yield how long each kind of personal data is kept, and why: from the one table of the retention."""
    for rule in retention.RULES.values():
        if PERSONAL & set(rule.tables) or rule.data is KeptData.TRAIL:
            yield Kept(what=rule.name, why=rule.why or "Chỉ phục vụ trong thời gian ngắn.", how_long=_long(rule))
    for stays in retention.STAYS:
        if PERSONAL & set(stays.tables):
            yield Kept(what=stays.name, why=stays.why, how_long="khi còn cần cho mục đích này")
    yield Kept(what="Bản sao lưu", why="Khôi phục hệ thống khi có sự cố.", how_long=_ADVICE)


def _long(rule: retention.Rule) -> str:
    left = f"; sau đó {rule.what}" if rule.what != "xóa hẳn" else ""
    return f"{retention.told(rule)} {rule.since}{left}"


def _unproven(names: Names, one: Account | Declaration) -> Unproven:
    if isinstance(one, Account):
        return Unproven(what="Tài khoản", office=names.office(one.office_id), since=one.opened_at)
    return Unproven(what="Tờ khai", office=names.office(one.office_id), since=one.declared_at)


def _deleted(session: Session, names: Names, held: Belongings) -> Iterator[Deleted]:
    for left in held.tombstones:
        yield _left(names, left, f"quá hạn nộp {clock.local(left.expired_at):%d/%m/%Y}")
    accounts = [one.id for one in held.accounts]
    for past in session.scalars(select(PastApproval).where(PastApproval.account_id.in_(accounts))):
        yield _left(names, past, "hết thời hạn lưu tờ khai đã duyệt", [*_done(names, past)])


def _left(names: Names, left: Tombstone | PastApproval, why: str, done: Sequence[Handled] = ()) -> Deleted:
    return Deleted(
        purpose=PURPOSES[left.purpose],
        channel=CHANNELS[left.channel],
        office=names.office(left.office_id),
        declared_at=left.declared_at,
        why=why,
        done=list(done),
        deleted_at=left.deleted_at,
    )


def _done(names: Names, past: PastApproval) -> Iterator[Handled]:
    if past.presented_at:
        yield names.handled(past.presented_at, None, "Nộp hồ sơ")
    for entry in past.ledger:
        what = f"{label(Item(entry['item']))}: {HOWS[How(entry['how'])]}"
        yield names.handled(datetime.fromisoformat(entry["at"]), entry["officer"], what)
    yield names.handled(past.decided_at, past.decided_by_id, "Duyệt")


def _requests(session: Session, names: Names, held: Belongings) -> Iterator[Asked]:
    query = select(PersonRequest).where(PersonRequest.subject_hash.in_(held.subjects)).order_by(PersonRequest.id)
    for request in session.scalars(query):
        yield asked(names, request)
