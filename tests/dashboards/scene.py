"""Two provinces at work for a fortnight, made by factories and counted as if they had gone by the doors."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import (
    BatchStage,
    Channel,
    Declaration,
    HotlineCall,
    NoticeKind,
    NoticeStatus,
    Office,
    Officer,
    Purpose,
    Role,
    Status,
    Tombstone,
    TrailEvent,
)
from backoffice.notices import outbox
from backoffice.rules.actors import Actor, officer_actor
from backoffice.rules.journal import record
from tests.batches.files import make_batch, make_unit
from tests.dashboards.counting import count_all
from tests.factories import make_declaration, make_office, make_officer
from tests.followup.undelivered import GONE, make_notice

AFTERNOON = datetime(2026, 11, 25, 15, tzinfo=clock.VIETNAM)
"""A Wednesday."""
OFFICES = ("00101", "00102", "00114", "07901")
REASONS = (["name_differs"], ["photo_unusable:id_front", "form01_unsigned"], ["photo_unusable"])
_stones = itertools.count(10**9)


@dataclass
class Scene:
    """Who is in it: offices by code, supervisors by office, reception officers of 00114."""

    offices: dict[str, Office] = field(default_factory=dict)
    supervisors: dict[str, Actor] = field(default_factory=dict)
    officers: list[Actor] = field(default_factory=list)
    agent: Actor | None = None


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """An instant of a day in Vietnam."""
    return datetime.combine(day, time(hour, minute), tzinfo=clock.VIETNAM)


def played(*, busy: bool = True) -> Scene:
    """Make the scene; `busy` makes 00114 have most of what is due today, and this week worse than the last."""
    scene = Scene()
    with transaction() as session:
        for code in ("000", "001", "079", *OFFICES):
            scene.offices[code] = make_office(session, code)
        for code, username in (("000", "quocgia"), ("001", "giamsat"), ("00114", "truongphong"), ("079", "phianam")):
            made = make_officer(session, username, role=Role.SUPERVISOR, office=scene.offices[code])
            scene.supervisors[code] = officer_actor(made)
        names = ("Nguyễn Thị Lan", "Trần Văn Mạnh")
        scene.officers = [officer_actor(make_officer(session, full_name=name)) for name in names]
        agent = make_officer(
            session, "tongdai", full_name="Lê Thị Nghe", role=Role.HOTLINE, office=scene.offices["000"]
        )
        scene.agent = officer_actor(agent)
        for office in map(scene.offices.__getitem__, OFFICES):
            _play(session, scene, office, busy=busy and office.code == "00114")
        _calls(session, scene.agent)
        _lists(session, scene)
    count_all()
    return scene


def _play(session: Session, scene: Scene, office: Office, *, busy: bool) -> None:
    today = clock.today()
    for back in range(14):
        day = today - timedelta(days=back)
        if day.weekday() < 5:
            _decisions(session, scene, office, day, rejected=(3 if busy and back < 7 else 1))
        make_declaration(session, office=office, declared_at=at(day, 8, back), channel=list(Channel)[back % 4])
        if back % 3 == 0:
            _stone(session, office, day)
    for due, number in ((0, 12 if busy else 2), (2, 3), (9, 4)):
        ends = clock.end_of_day(today + timedelta(days=due))
        for _ in range(number):
            make_declaration(session, office=office, declared_at=at(today - timedelta(days=12), 10), expires_at=ends)
    now = clock.now()
    here = make_declaration(session, office=office, presented_at=now)
    make_declaration(session, office=office, presented_at=now, supplement_at=now, expires_at=clock.end_of_day(today))
    if busy:
        here.escalated_at, here.escalated_note = now, "Ảnh không giống người nộp"
    failed = make_notice(session, NoticeKind.REJECTED, about=here, status=NoticeStatus.SENDING, finished_at=None)
    outbox.settle(session, failed, NoticeStatus.FAILED, failure=GONE)


def _decisions(session: Session, scene: Scene, office: Office, day: date, *, rejected: int) -> None:
    now = clock.now()
    for number in range(2 + rejected):
        came = at(day, 8, number * 7)
        decided = min(came + timedelta(minutes=3 + 5 * number), now)
        officer = scene.officers[number % 2] if office.code == "00114" else scene.supervisors["000"]
        is_refused = number >= 2
        make_declaration(
            session,
            office=office,
            declared_at=came - timedelta(days=20),
            presented_at=min(came, decided),
            decided_at=decided,
            decided_by_id=officer.id,
            status=Status.REJECTED if is_refused else Status.APPROVED,
            reasons=REASONS[number % 3] if is_refused else [],
        )


def _stone(session: Session, office: Office, day: date) -> None:
    number = next(_stones)
    mark = number.to_bytes(32)
    session.add(
        Tombstone(
            declaration_id=number,
            office_id=office.id,
            purpose=Purpose.REGISTER,
            channel=Channel.PORTAL,
            bhxh_code_hash=mark,
            id_number_hash=mark,
            receipt_code_hash=mark,
            declared_at=at(day - timedelta(days=11)),
            expired_at=clock.end_of_day(day - timedelta(days=1)),
            deleted_at=min(at(day, 0, 5), clock.now()),
        )
    )
    session.flush()


def _lists(session: Session, scene: Scene) -> None:
    """Two lists of units in work at 00114, one at 07901, and one that was cancelled."""
    now = clock.now()
    stages = (BatchStage.IN_REVIEW, BatchStage.CHECKED, BatchStage.RECEIVED, BatchStage.CANCELLED)
    for stage, code in zip(stages, ("00114", "00114", "07901", "07901"), strict=True):
        unit = make_unit(session, office=scene.offices[code])
        ended = now if stage is BatchStage.CANCELLED else None
        make_batch(session, unit=unit, officer=session.get(Officer, scene.officers[0].id), stage=stage, ended_at=ended)


def _calls(session: Session, agent: Actor) -> None:
    for back in range(14):
        for number in range(4):
            when = min(at(clock.today() - timedelta(days=back), 8, number), clock.now())
            acts = "open" if number == 1 else ""
            session.add(HotlineCall(officer_id=agent.id, at=when, matched=number < 3, acts=acts))
            if acts:
                with clock.at(when):
                    record(session, TrailEvent.HOTLINE_ACT, agent, act=acts, done=True)
    session.flush()


def undecided_of(session: Session, code: str) -> list[Declaration]:
    """The undecided declarations of an office."""
    office = session.query(Office).filter_by(code=code).one()
    return session.query(Declaration).filter_by(office_id=office.id, status=Status.SUBMITTED).all()
