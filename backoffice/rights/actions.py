"""Use cases of a person's request: enter it, make the answer, note that it was handed over, close it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.gateways.pdf.person import render_person
from backoffice.identity.redaction import mask_code
from backoffice.kernel import clock
from backoffice.kernel.db import savepoint, transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from backoffice.kernel.sealing import BrokenSeal
from backoffice.models import Office, PersonRequest, TrailEvent
from backoffice.rights import queries
from backoffice.rights.belongings import belongings_of
from backoffice.rights.document import PersonData, schema
from backoffice.rights.finding import NOTHING, find_whom
from backoffice.rights.forms import Typed, read_reason, read_request
from backoffice.rights.paper import paper_of
from backoffice.rights.telling import told_to
from backoffice.rights.whom import Whom, opened, sealed
from backoffice.rights.words import ASKERS, IDENTIFIED, WITHDRAWN, is_open, is_overdue, left_of, state_of
from backoffice.rules.actors import Actor
from backoffice.rules.deadlines import working_days_after
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, require
from backoffice.rules.serving import serving

ANSWER_WITHIN = 2
"""Working days (Decree 356/2025)."""
_ANSWERED = (
    "Yêu cầu này đã được trả lời hoặc đã đóng, nên thông tin về người yêu cầu không còn được giữ. Nếu công dân cần "
    "thêm bản nữa, xin ghi nhận một yêu cầu mới."
)
_NOT_MADE = "Chưa lập bản nào để giao nên chưa ghi là đã trả lời. Xin tải bản PDF hoặc JSON, giao cho công dân rồi ghi."


class Form(StrEnum):
    """In what form the answer is made."""

    PDF = "pdf"
    JSON = "json"


@dataclass
class _Charge:
    """A request as the predicates look at it: of the office that serves now."""

    office_id: int
    office: Office


def show_requests(officer: Actor) -> dict[str, Any]:
    """Return what waits and what was closed lately: lists of values of a line, nothing of them a citizen's."""
    require(officer, Do.ANSWER_PERSON)
    with transaction() as session:
        waiting = [_line(one) for one in queries.waiting(session, officer)]
        return {"waiting": waiting, "closed": [_line(one) for one in queries.closed(session, officer)]}


def register(officer: Actor, form: Mapping[str, str]) -> int:
    """Enter a request and return its id; the same number, day and person again give the one that was entered.

    Raises InvalidInput (number, received_on, asker, q, paper), NotFound when nothing of the person is in scope.
    """
    require(officer, Do.ANSWER_PERSON)
    typed = read_request(form)
    with transaction() as session:
        whom = find_whom(session, typed.q, typed.paper, typed.asker, officer)
        if whom is None:
            raise NotFound(NOTHING)
        known = queries.twin(session, officer.office_id or 0, typed.number, typed.received_on)
        if known is not None:
            return _same(known, whom)
        request = _added(session, officer, typed, whom)
        record(session, TrailEvent.RIGHTS_REQUEST, officer, subject_hash=whom.subject, request=request.id)
        return request.id


def show_request(officer: Actor, request_id: int) -> dict[str, Any]:
    """Return a request, and while it is open about whom it is; raises NotFound."""
    with transaction() as session:
        request = _request(session, officer, request_id)
        return {
            **_line(request),
            **_person(session, officer, request),
            "asker": ASKERS[request.asker],
            "identified": IDENTIFIED[request.identified],
            "made": f"{clock.local(request.made_at):%H:%M %d/%m/%Y}" if request.made_at else "",
            "reasons": {reason.value: words for reason, words in WITHDRAWN.items()},
        }


def make(officer: Actor, request_id: int, form: Form) -> bytes:
    """Return the answer as a file, made now and kept nowhere; that it was made is noted.

    Raises NotFound, Conflict when the request is closed, Unavailable when the photo store is out.
    """
    with transaction() as session:
        request = _request(session, officer, request_id, locked=True)
        whom = _whom(request)
        told, held = told_to(session, request, whom)
        data = _json(told) if form is Form.JSON else render_person(paper_of(told, held, whom.asker))
        request.made_at = clock.now()
        record(
            session,
            TrailEvent.RIGHTS_EXPORT,
            officer,
            subject_hash=request.subject_hash,
            request=request.id,
            format=form.value,
        )
        return data


def answer(officer: Actor, request_id: int) -> None:
    """Note that the answer was handed over; about whom it was is forgotten.

    Raises NotFound, Conflict when it is closed, or when no file was made since it was entered.
    """
    with transaction() as session:
        request = _request(session, officer, request_id, locked=True)
        _require_open(request)
        if request.made_at is None:
            raise Conflict(_NOT_MADE, code="not_made")
        request.answered_at, request.answered_by_id, request.sealed = clock.now(), officer.id, None
        record(session, TrailEvent.RIGHTS_ANSWERED, officer, subject_hash=request.subject_hash, request=request.id)


def withdraw(officer: Actor, request_id: int, why: str) -> None:
    """Close a request without an answer; raises NotFound, Conflict when it is closed, InvalidInput (why)."""
    with transaction() as session:
        request = _request(session, officer, request_id, locked=True)
        _require_open(request)
        request.withdrawn_reason = read_reason(why)
        request.withdrawn_at, request.withdrawn_by_id, request.sealed = clock.now(), officer.id, None
        record(
            session,
            TrailEvent.RIGHTS_WITHDRAWN,
            officer,
            subject_hash=request.subject_hash,
            request=request.id,
            why=request.withdrawn_reason.value,
        )


def _request(session: Session, officer: Actor, request_id: int, *, locked: bool = False) -> PersonRequest:
    require(officer, Do.ANSWER_PERSON)
    request = queries.by_id(session, request_id, locked=locked)
    if request is None:
        raise NotFound
    office = serving(session, request.office)
    require(officer, Do.ANSWER_PERSON, _Charge(office.id, office))
    return request


def _person(session: Session, officer: Actor, request: PersonRequest) -> dict[str, str]:
    """Return who it is (name, code), the code in part, and write the look down; nothing of a closed request."""
    person = {"name": "", "code": ""}
    if not is_open(request):
        return person
    record(session, TrailEvent.RIGHTS_LOOK, officer, subject_hash=request.subject_hash, request=request.id)
    with suppress(BrokenSeal):  # then nobody is shown, and the request can still be closed
        whom = opened(request.sealed or b"", request.subject_hash, request.asker)
        latest = belongings_of(session, whom).latest
        person = {"name": latest.full_name if latest else "", "code": mask_code(whom.code)}
    return person


def _require_open(request: PersonRequest) -> None:
    if not is_open(request):
        raise Conflict(_ANSWERED, code="closed")


def _whom(request: PersonRequest) -> Whom:
    _require_open(request)
    try:
        return opened(request.sealed or b"", request.subject_hash, request.asker)
    except BrokenSeal:
        raise Conflict(
            "Không mở được thông tin đã ghi của yêu cầu này vì khóa của hệ thống đã đổi. Xin đóng yêu cầu là ghi nhầm "
            "rồi ghi nhận lại với cùng giấy tờ.",
            code="seal",
        ) from None


def _same(known: PersonRequest, whom: Whom) -> int:
    """Return the id of the request that was entered twice; raises InvalidInput when the number is another person's."""
    if known.subject_hash != whom.subject:
        taken = "Số này trong ngày đã ghi cho yêu cầu của một người khác. Xin xem lại số trong sổ tiếp nhận."
        raise InvalidInput([Fault("number", taken, "number_taken")], taken)
    return known.id


def _added(session: Session, officer: Actor, typed: Typed, whom: Whom) -> PersonRequest:
    request = PersonRequest(
        office_id=officer.office_id,
        number=typed.number,
        received_on=typed.received_on,
        due_on=working_days_after(typed.received_on, ANSWER_WITHIN),
        subject_hash=whom.subject,
        sealed=sealed(whom),
        asker=typed.asker,
        identified=typed.paper.how,
        registered_at=clock.now(),
        registered_by_id=officer.id,
    )
    try:
        with savepoint(session):
            session.add(request)
            session.flush()
    except IntegrityError:
        # Another has entered that number at this very moment: theirs is there now.
        known = queries.twin(session, officer.office_id or 0, typed.number, typed.received_on)
        if known is None:
            raise
        _same(known, whom)
        return known
    return request


def _json(told: PersonData) -> bytes:
    """Return the data, and before it the description of its fields, as UTF-8."""
    whole = {"schema": schema(), "data": told.model_dump(mode="json")}
    return json.dumps(whole, ensure_ascii=False, indent=2).encode()


def _line(request: PersonRequest) -> dict[str, Any]:
    return {
        "id": request.id,
        "number": request.number,
        "received": f"{request.received_on:%d/%m/%Y}",
        "due": f"{request.due_on:%d/%m/%Y}",
        "left": left_of(request),
        "state": state_of(request),
        "tone": "bad"
        if is_overdue(request)
        else "warn"
        if is_open(request)
        else "good"
        if request.answered_at
        else "none",
        "is_open": is_open(request),
        "office": f"{request.office.code} {request.office.name}",
    }
