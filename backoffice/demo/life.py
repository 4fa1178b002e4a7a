"""Playing the demo's stories on one timeline, each step at its own instant and as in life.

The steps follow the use cases of intake, decision and expiry, but join one session: the demo is loaded whole or not
at all, and no message of the past is sent.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice import config
from backoffice.accounts.sign_in import set_password
from backoffice.decision import ledger, steps
from backoffice.decision.entered import note_entry
from backoffice.demo.postbox import let_arrive
from backoffice.demo.story import Act, Story
from backoffice.dossier.photos import StoredPhoto, attach
from backoffice.expiry.actions import expire
from backoffice.expiry.queries import Overdue
from backoffice.identity.names import fold
from backoffice.identity.receipt_code import new_receipt_code
from backoffice.intake.actions import add_under_new_code
from backoffice.kernel import clock
from backoffice.kernel.hashing import new_token
from backoffice.models import (
    Account,
    AccountChange,
    Claim,
    CredentialAttempt,
    Declaration,
    How,
    IdType,
    Item,
    Office,
    Purpose,
    Status,
    TrailEvent,
)
from backoffice.notices import actions as notices
from backoffice.rules import changes, consent
from backoffice.rules.actors import Actor
from backoffice.rules.deadlines import deadline, reminder_day
from backoffice.rules.journal import record

_ON_THE_CARD = (Item.NAME, Item.ID_NUMBER, Item.DATE_OF_BIRTH)


@dataclass(frozen=True)
class Crew:
    """Whom the stories need besides their people: offices and officers by office code, the machine that sends."""

    offices: Mapping[str, Office]
    officers: Mapping[str, Actor]
    supervisor: Actor
    colleague: Actor
    client: Actor
    password_hash: str
    """Of a password nobody knows: the one every account of the demo has."""


class Stage:
    """The session on which stories are played, and what has come of each so far."""

    def __init__(
        self, session: Session, crew: Crew, photos: Mapping[Story, Sequence[StoredPhoto]], rng: random.Random
    ) -> None:
        self.session = session
        self.crew = crew
        self.photos = photos
        self.rng = rng
        self.declarations: dict[Story, Declaration] = {}

    def play(self, stories: Sequence[Story]) -> None:
        """Play all stories in the order of their instants; what each step tells the citizen has arrived or failed."""
        timeline = [(story.declared_at, Act.DECLARE, story) for story in stories]
        timeline += [(at, act, story) for story in stories for at, act in story.steps]
        for at, act, story in sorted(timeline, key=lambda step: step[0]):
            with clock.at(at):
                _ACTS[act](self, story)
                let_arrive(self.session, self.declarations[story].id)

    def officer(self, story: Story) -> Actor:
        """Return who is at the desk of the story's office; what was escalated is the supervisor's."""
        return self.crew.supervisor if story.did(Act.ESCALATE) else self.crew.officers[story.office]

    def declare(self, story: Story) -> None:
        """Take the declaration (D3, D4, K4)."""
        declaration = _declaration(story, self.crew, self.declarations)
        add_under_new_code(self.session, declaration, lambda: new_receipt_code(self.rng.choice))
        stored = self.photos[story]
        attach(self.session, declaration, stored)
        self._tie(story, declaration)
        record(
            self.session,
            TrailEvent.DECLARE,
            self.crew.officers[story.office] if story.is_entered else self.crew.client,
            declaration=declaration,
            channel=story.channel.value,
            photos=len(stored),
        )
        notices.declaration_received(self.session, declaration)
        self.declarations[story] = declaration

    def _tie(self, story: Story, declaration: Declaration) -> None:
        """Tie it to the account it adjusts or stops (D2), or to the officer who entered it."""
        if story.purpose is not Purpose.REGISTER and story.rests_on is not None:
            opened = Account.declaration_id == self.declarations[story.rests_on].id
            account = self.session.scalars(select(Account).where(opened)).one()
            before = changes.snapshot(account) if story.purpose is Purpose.ADJUST else None
            self.session.add(AccountChange(declaration_id=declaration.id, account_id=account.id, before=before))
        if story.is_entered:
            note_entry(self.session, declaration, self.crew.officers[story.office])

    def remind(self, story: Story) -> None:
        """Remind of what is still not handed in (K5)."""
        declaration = self.declarations[story]
        ends = declaration.expires_at
        if declaration.status is Status.SUBMITTED and ends is not None and reminder_day(ends) <= clock.today():
            declaration.reminded_at = clock.now()
            notices.reminder(self.session, declaration)

    def hand_in(self, story: Story) -> None:
        """Open and claim the declaration; the person is here (K4, K6)."""
        declaration, officer = self.declarations[story], self.crew.officers[story.office]
        if declaration.presented_at is not None and declaration.supplement_at is None:
            return
        with clock.at(clock.now() - timedelta(minutes=1)):
            record(self.session, TrailEvent.REVIEW, officer, declaration=declaration)
            record(self.session, TrailEvent.CLAIM, officer, declaration=declaration)
        steps.present(self.session, declaration, officer)

    def hold(self, story: Story) -> None:
        """Let a colleague examine the declaration at this moment."""
        declaration, now = self.declarations[story], clock.now()
        until = now + timedelta(minutes=10)
        self.session.add(
            Claim(declaration_id=declaration.id, officer_id=self.crew.colleague.id, since=now, until=until)
        )
        record(self.session, TrailEvent.CLAIM, self.crew.colleague, declaration=declaration)

    def supplement(self, story: Story) -> None:
        """Send the dossier back for what is missing (K7)."""
        self.hand_in(story)
        steps.supplement(self.session, self.declarations[story], self.officer(story), story.note)

    def escalate(self, story: Story) -> None:
        """Leave it to a supervisor (K11)."""
        self.hand_in(story)
        steps.escalate(self.session, self.declarations[story], self.crew.officers[story.office], story.note)

    def verify(self, story: Story) -> None:
        """Fill the ledger: a citizen's ID was scanned and equal, everything else was looked at."""
        declaration, officer = self.declarations[story], self.officer(story)
        items = ledger.items_for(self.session, declaration)
        is_scanned = declaration.id_type is IdType.CITIZEN_ID and declaration.guardian_bhxh_code is None
        scanned = [item for item in items if is_scanned and item in _ON_THE_CARD]
        if scanned:
            codes = [item.value for item in scanned]
            facts: dict[str, Any] = {"kind": "citizen_card", "filled": codes, "differing": []}
            record(self.session, TrailEvent.SCAN, officer, declaration=declaration, **facts)
        ledger.enter(self.session, declaration, officer, scanned, How.SCANNED)
        ledger.enter(self.session, declaration, officer, [item for item in items if item not in scanned], How.SEEN)

    def approve(self, story: Story) -> None:
        """Approve what was verified before; the password's hash is nobody's (K2, D6)."""
        self.hand_in(story)
        self.verify(story)
        issue = steps.approve(self.session, self.declarations[story], self.officer(story))
        attempt = CredentialAttempt(issue_id=issue.id, password_hash=self.crew.password_hash, made_at=clock.now())
        self.session.add(attempt)

    def reject(self, story: Story) -> None:
        """Refuse with the story's reasons and note (K3)."""
        self.hand_in(story)
        steps.reject(self.session, self.declarations[story], self.officer(story), story.reasons, story.note)

    def sign_in(self, story: Story) -> None:
        """Let the person use the temporary password and choose one (A1)."""
        declared = self.declarations[story]
        account = self.session.scalars(select(Account).where(Account.declaration_id == declared.id)).one()
        set_password(self.session, account, self.crew.password_hash)

    def expire(self, story: Story) -> None:
        """Delete what nobody handed in (K4); it has no photos here."""
        one = self.declarations[story]
        expire(self.session, [Overdue(one.id, one.bhxh_code, one.id_number, one.receipt_code)])


_ACTS: dict[Act, Callable[[Stage, Story], None]] = {act: getattr(Stage, act.value) for act in Act}


def _declaration(story: Story, crew: Crew, before: Mapping[Story, Declaration]) -> Declaration:
    person, now = story.person, clock.now()
    columns: dict[str, Any] = {
        "bhxh_code": person.bhxh_code,
        "full_name": person.full_name,
        "id_type": IdType.CITIZEN_ID,
        "id_number": person.citizen_id,
        "date_of_birth": person.date_of_birth,
        "province_code": person.province_code,
        "district_code": person.district_code,
        "ward_code": person.ward_code,
        "address_line": person.address_line,
        "phone": person.phone,
    } | {**story.said}
    if story.purpose is Purpose.REGISTER and story.rests_on is not None:
        guardian = story.rests_on.person
        columns |= {"guardian_bhxh_code": guardian.bhxh_code, "id_number": guardian.citizen_id}
    return Declaration(
        **columns,
        folded_name=fold(columns["full_name"]),
        form01_token=new_token(),
        purpose=story.purpose,
        status=Status.SUBMITTED,
        channel=story.channel,
        client_id=None if story.is_entered else crew.client.id,
        office_id=crew.offices[story.office].id,
        email=story.email,
        send_form01_by_email=story.email is not None,
        population_db_verified=story.purpose is Purpose.REGISTER and not story.has_id_photos,
        consent_wording=consent.current(),
        consented_at=now,
        declared_at=now,
        expires_at=deadline(now, config.current().expiry_days),
        reasons=[],
        replaces_id=before[story.replaces].id if story.replaces else None,
    )
