"""K4: whatever is done in the very instant of the sweep is done, or refused in words; nothing lost, nothing half."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from flask import Flask

from backoffice.accounts.desk_actions import CHECKS
from backoffice.config import Settings
from backoffice.decision import account_acts, correct, late, photo_links, retake, transfer
from backoffice.decision import actions as decision
from backoffice.expiry import actions
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.models import (
    Claim,
    Correction,
    Declaration,
    Notice,
    Photo,
    PhotoUpload,
    Role,
    Status,
    Tombstone,
    TrailEvent,
    TrailRow,
    Verification,
)
from backoffice.rules.actors import Actor
from tests.desk.pictures import add_photos
from tests.expiry.helpers import MICROSECOND, Known, declared, officer
from tests.expiry.test_at_once import at_once, taken
from tests.factories import make_account, make_office
from tests.intake.sending import jpeg

pytestmark = pytest.mark.usefixtures("database")

ROUNDS = 6
ID_NUMBER = "001085123456"
NEW = jpeg(300, 400)
HANGING = (Photo, PhotoUpload, Claim, Notice, Correction, Verification)


@dataclass(frozen=True)
class Act:
    """What somebody does to a declaration in Lan's hands: the trail event it leaves, and how it stands afterwards."""

    do: Callable[[str, Actor], Any]
    event: TrailEvent
    becomes: Status | None = None
    """None: it still waits to be handed in, and expires."""
    by: str = "lan"


ACTS = {
    "escalating": Act(
        lambda code, by: decision.escalate(code, by, "Nghi mạo danh"), TrailEvent.ESCALATE, Status.SUBMITTED
    ),
    "helping who has an account": Act(
        lambda code, by: account_acts.reset_and_close(code, by, CHECKS), TrailEvent.WITHDRAW, Status.WITHDRAWN
    ),
    "taking it over with the ID at hand": Act(
        lambda code, by: transfer.transfer(code, by, "Công dân đến đây", ID_NUMBER),
        TrailEvent.TRANSFER,
        Status.SUBMITTED,
        by="mai",
    ),
    "taking it over by eye": Act(
        lambda code, by: transfer.transfer(code, by, "Công dân đến đây"), TrailEvent.TRANSFER, by="mai"
    ),
    "extending the office's deadlines": Act(
        lambda _, by: late.extend("00114", by, "Mất điện"), TrailEvent.EXTENDED, Status.SUBMITTED, by="loc"
    ),
    "correcting the phone": Act(
        lambda code, by: correct.correct(code, by, "phone", "0359123124", "Gõ nhầm", consented=True), TrailEvent.CORRECT
    ),
    "taking a photo anew": Act(lambda code, by: retake.retake(code, "portrait", NEW, by), TrailEvent.RETAKE),
    "inviting to send a photo": Act(lambda code, by: photo_links.invite(code, "portrait", by), TrailEvent.PHOTO_INVITE),
}  # fmt: skip


@pytest.fixture
def officers() -> dict[str, Actor]:
    with transaction() as session:
        there, branch = make_office(session, "00131"), make_office(session, "001")
    return {
        "lan": officer(),
        "mai": officer(office=there),
        "loc": officer(role=Role.SUPERVISOR, office=branch),
    }


@pytest.fixture
def waiting(officers: dict[str, Actor], started: Settings) -> Callable[..., Known]:
    """A declaration with photos, in Lan's hands unless told, all verified; each of another person with an account."""
    numbers = count(1)

    def declare(*, held: bool = True) -> Known:
        code = f"03123456{next(numbers):02}"
        declaration = declared(bhxh_code=code, id_number=ID_NUMBER)
        with transaction() as session:
            row = session.get_one(Declaration, declaration.id)
            make_account(session, bhxh_code=code)
        add_photos(row)
        with clock.at(declaration.expires_at):
            taken(declaration.receipt_code, officers["lan"])
            if not held:
                decision.release(declaration.receipt_code, officers["lan"])
        return declaration

    return declare


@pytest.mark.parametrize("name", ACTS)
def test_k4_it_was_in_time_or_is_told_and_nothing_is_half(
    app: Flask, officers: dict[str, Actor], waiting: Callable[..., Known], name: str
):
    act = ACTS[name]
    for _ in range(ROUNDS):
        declaration = waiting(held=act.by == "lan")
        last, after = declaration.expires_at, declaration.expires_at + MICROSECOND
        told, swept = at_once(
            (last, lambda code=declaration.receipt_code: act.do(code, officers[act.by])), (after, actions.sweep)
        )
        is_done = not isinstance(told, NotFound | Conflict)
        assert events(declaration, act.event) == is_done
        assert swept in ((0,) if is_done and act.becomes else (0, 1))
        with clock.at(after):
            swept += actions.sweep()
        assert status_of(declaration) is (act.becomes if is_done else None)
        assert (swept == 1) == (status_of(declaration) is None)
        if swept:
            assert left_of(declaration) == (1, 0)
        settle(declaration)


def test_k4_a_photo_sent_by_phone_in_that_instant_arrives_or_is_refused_and_goes_with_the_declaration(
    app: Flask, officers: dict[str, Actor], waiting: Callable[..., Known]
):
    for _ in range(ROUNDS):
        declaration = waiting()
        with clock.at(declaration.expires_at):
            token = photo_links.invite(declaration.receipt_code, "portrait", officers["lan"]).token
        after = declaration.expires_at + MICROSECOND
        told, swept = at_once(
            (declaration.expires_at, lambda token=token: photo_links.send(token, NEW)), (after, actions.sweep)
        )
        assert events(declaration, TrailEvent.PHOTO_SENT) == (told is None)
        with clock.at(after):
            assert actions.sweep() == 1 - swept
        assert left_of(declaration) == (1, 0)


def events(declaration: Known, event: TrailEvent) -> bool:
    with transaction() as session:
        return session.query(TrailRow).filter_by(event=event, declaration_id=declaration.id).count() > 0


def status_of(declaration: Known) -> Status | None:
    with transaction() as session:
        kept = session.get(Declaration, declaration.id)
        return kept.status if kept else None


def left_of(declaration: Known) -> tuple[int, int]:
    """Tombstones, and rows that hung on it."""
    with transaction() as session:
        of_it = {"declaration_id": declaration.id}
        hanging = sum(session.query(model).filter_by(**of_it).count() for model in HANGING)
        return session.query(Tombstone).filter_by(**of_it).count(), hanging


def settle(declaration: Known) -> None:
    """Leave nothing for the next round."""
    with transaction() as session:
        session.query(Declaration).filter_by(id=declaration.id).delete()
