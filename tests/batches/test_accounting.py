"""Whatever is done to a list in whichever order: applied, refused, taken out and left are together all rows read."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress

import pytest

from backoffice.batches import photos, result_actions, review_actions, work
from backoffice.gateways.sheets.listing import read_list
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import DomainError
from backoffice.models import Declaration, RowState, Status
from backoffice.rules.actors import Actor
from backoffice.rules.lifecycle import move
from tests.batches import bundles, files
from tests.batches.bundles import person
from tests.batches.files import apply_off, batch_of, rows_of, workbook
from tests.factories import make_account, make_actor, make_declaration

pytestmark = pytest.mark.usefixtures("database")
LEFT = {RowState.PENDING, RowState.OK, RowState.FAULT, RowState.TO_APPLY}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "get_pool", bundles.QuickPool)
    monkeypatch.setattr(work, "read_list_apart", read_list)


def of_declared(officer: Actor) -> str:
    with transaction() as session:
        those = [make_declaration(session) for _ in range(6)]
        opened = make_account(session)
    rows = [(one.bhxh_code, one.full_name) for one in those]
    wrong = [(those[5].bhxh_code, those[5].full_name), (opened.bhxh_code, "A"), ("123", "B"), ("0999999999", "C")]
    return files.reviewed(officer, workbook(*rows, *wrong, heads=files.HEADS[:2]))


def to_declare(officer: Actor) -> str:
    sound = [person() for _ in range(6)]
    wrong = [dict(sound[5]), person(consent=""), person(code="123"), person(address="")]
    return bundles.reviewed(officer, [*sound, *wrong])


def accounted(token: str) -> bool:
    batch, states = batch_of(token), [row.state for row in rows_of(token).values()]
    out = [RowState.REFUSED, RowState.SKIPPED, RowState.TAKEN_OUT]
    left = sum(state in LEFT for state in states)
    is_whole = batch.applied + sum(map(states.count, out)) + left == batch.rows == len(states)
    return is_whole and batch.applied == states.count(RowState.APPLIED)


@pytest.mark.parametrize("listed", [of_declared, to_declare])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_row_read_is_accounted_for_whatever_is_done(database: None, listed: Callable[[Actor], str], seed: int):
    chance = random.Random(seed)  # noqa: S311 - an order of acts
    with transaction() as session:
        officer = make_actor(session)
    token = listed(officer)
    numbers = list(rows_of(token))
    assert (len(numbers), accounted(token)) == (10, True)

    def desk() -> None:
        with transaction() as session:
            one = chance.choice(session.query(Declaration).filter_by(status=Status.SUBMITTED).all() or [None])
            if one is not None:
                move(session, one, Status.WITHDRAWN, officer)

    acts: list[Callable[[], object]] = [
        lambda: review_actions.take_out(officer, token, chance.sample(numbers, 2)),
        lambda: review_actions.put_back(officer, token, numbers),
        lambda: review_actions.apply(officer, token, [chance.choice(numbers)], None),
        lambda: review_actions.correct(officer, token, numbers[8], "bhxh_code", "123", "0999999998"),
        lambda: result_actions.stop(officer, token),
        desk,
        apply_off,
        apply_off,
    ]
    for act in chance.choices(acts, k=14):
        with suppress(DomainError):
            act()
        assert accounted(token)
    apply_off()
    with suppress(DomainError):
        review_actions.apply(officer, token, None, None)
    apply_off()
    with suppress(DomainError):
        review_actions.close(officer, token)
    batch = batch_of(token)
    assert accounted(token)
    assert batch.stage in ("applied", "in_review")
    assert batch.stage != "applied" or batch.applied + batch.refused == batch.rows == 10
