"""Random lives of declarations: officers of two offices do whatever comes to mind, by the doors, and time goes by."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from backoffice.decision import actions as decide
from backoffice.decision.handback import deescalate
from backoffice.decision.late import enter_late, extend
from backoffice.decision.transfer import transfer
from backoffice.expiry import actions as expiry
from backoffice.intake.actions import add_under_new_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import DomainError
from backoffice.models import Channel, Declaration, Notice, NoticeStatus, Role, Status
from backoffice.notices import outbox
from backoffice.rules.actors import Actor
from backoffice.rules.reasons import Reason
from tests.factories import make_actor, make_declaration, make_office, verify_all

BEGINNING = datetime(2026, 11, 9, 8, 0, tzinfo=clock.VIETNAM)
OFFICES = ("00114", "00115")


class Life:
    """What goes on; every act either does something or is refused."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.now = BEGINNING
        self.done = self.refused = 0
        with transaction() as session:
            offices = [make_office(session, code) for code in OFFICES]
            self.officers = [make_actor(session, office=office) for office in offices for _ in range(2)]
            self.supervisor = make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))
        self.acts: list[Callable[[], object]] = [
            *[self.declare] * 6, self.present, self.approve, self.approve, self.reject, self.supplement, self.escalate,
            self.deescalate, self.take_over, self.enter_late, self.extend, self.sweep, self.sweep, self.fail,
        ]  # fmt: skip

    def go_on(self) -> None:
        """Let some time pass, then let somebody do something."""
        self.now += timedelta(seconds=self.dice.choice((1, 40, 400, 20_000, 200_000)))
        act = self.dice.choice(self.acts)
        try:
            with clock.at(self.now):
                act()
            self.done += 1
        except DomainError:
            self.refused += 1

    def declare(self) -> None:
        """A new one; now and then of a person who has one already."""
        twin = self._some() if self.dice.random() < 0.3 else None
        said = {"bhxh_code": twin.bhxh_code, "id_number": twin.id_number} if twin else {}
        with transaction() as session:
            office = make_office(session, self.dice.choice(OFFICES))
            made = make_declaration(session, office=office, channel=self.dice.choice(list(Channel)), **said)
            session.delete(made)
            session.flush()
            copied = {c.key: getattr(made, c.key) for c in Declaration.__table__.c if c.key not in ("id", "name_words")}
            add_under_new_code(session, Declaration(**copied))

    def present(self) -> None:
        """Somebody comes."""
        if one := self._some():
            decide.present(one.receipt_code, self._officer(one))

    def approve(self) -> None:
        """All is right."""
        if one := self._in_hand():
            with transaction() as session:
                verify_all(session, session.get_one(Declaration, one.id), self._officer(one))
            decide.approve(one.receipt_code, self._decider(one))

    def reject(self) -> None:
        """Something is not."""
        if one := self._in_hand():
            reasons = self.dice.sample([reason.value for reason in Reason], 2)
            decide.reject(one.receipt_code, self._decider(one), reasons, "Xin xem lại giấy tờ")

    def supplement(self) -> None:
        """Something is missing."""
        if one := self._in_hand():
            decide.supplement(one.receipt_code, self._decider(one), "Thiếu bản chụp mặt sau")

    def escalate(self) -> None:
        """Somebody must look at it who may."""
        if one := self._in_hand():
            decide.escalate(one.receipt_code, self._decider(one), "Nghi giấy tờ giả")

    def deescalate(self) -> None:
        """And gives it back."""
        if one := self._some():
            deescalate(one.receipt_code, self.supervisor, "Đối chiếu lại rồi giải quyết")

    def take_over(self) -> None:
        """The person went to the other office."""
        if one := self._some():
            other = next(officer for officer in self.officers if officer.office_id != one.office_id)
            transfer(one.receipt_code, other, "Công dân đến nộp tại đây")

    def enter_late(self) -> None:
        """There was no current."""
        if one := self._some():
            at = clock.local(self.now - timedelta(hours=self.dice.choice((0, 5, 30))))
            enter_late(one.receipt_code, self.supervisor, f"{at:%H:%M %d/%m/%Y}", "Mất điện")

    def extend(self) -> None:
        """For so long that nobody could come."""
        extend(self.dice.choice(OFFICES), self.supervisor, "Mất điện cả ngày")

    def sweep(self) -> None:
        """The night."""
        expiry.sweep()

    def fail(self) -> None:
        """A message does not go."""
        with transaction() as session:
            waiting = select(Notice).where(Notice.status == NoticeStatus.QUEUED).order_by(Notice.id).limit(1)
            if notice := session.scalars(waiting.with_for_update()).first():
                outbox.settle(session, notice, NoticeStatus.FAILED, failure="Số không có thật")

    def _some(self) -> Declaration | None:
        with transaction() as session:
            undecided = select(Declaration).where(Declaration.status == Status.SUBMITTED).order_by(Declaration.id)
            found = session.scalars(undecided).all()
        return self.dice.choice(found) if found else None

    def _in_hand(self) -> Declaration | None:
        one = self._some()
        if one:
            decide.claim(one.receipt_code, self._decider(one))
        return one

    def _officer(self, one: Declaration) -> Actor:
        return next(officer for officer in self.officers if officer.office_id == one.office_id)

    def _decider(self, one: Declaration) -> Actor:
        return self.supervisor if one.escalated_at else self._officer(one)
