"""An officer enters a declaration for whoever asks for help at the counter (issue 10, point 10)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from backoffice.assisted import sending, sitting
from backoffice.decision import actions as decide
from backoffice.decision import claims, ledger
from backoffice.intake.draft_rows import DraftOver
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Forbidden, InvalidInput, Unauthenticated
from backoffice.models import (
    Channel,
    Declaration,
    DeclarationDraft,
    DeskEntry,
    How,
    Item,
    Office,
    Officer,
    Role,
    Status,
    TrailEvent,
)
from backoffice.rules.actors import Actor, officer_actor
from tests.assisted.entering import entered, verify
from tests.desk.browser import trail
from tests.factories import make_actor, make_office
from tests.intake.sending import CARD


def only(model: type[Declaration] = Declaration) -> Declaration:
    with transaction() as session:
        return session.scalars(select(model)).one()


def hows(declaration: Declaration) -> dict[Item, How]:
    with transaction() as session:
        return {entry.item: entry.how for entry in ledger.entries(session, declaration.id)}


def test_a_scan_fills_what_is_empty_and_what_was_typed_stays_until_confirmed(officer: Actor):
    token = sitting.begin(officer, {"full_name": "Nguyễn Thử Mầu", "date_of_birth": "20-1-1985"})
    found = sitting.take_scan(token, officer, CARD)
    assert found.values["id_number"] == "001085012345"
    assert found.values["id_type"] == "citizen_id"
    assert found.values["full_name"] == "Nguyễn Thử Mầu"
    assert sitting.offers(found) == {"full_name": "Nguyễn Thử Mẫu"}
    taken = sitting.decide_offer(token, officer, "full_name", take=True)
    assert taken.values["full_name"] == "Nguyễn Thử Mẫu"
    assert sitting.offers(taken) == {}


def test_what_was_typed_is_kept_when_the_officer_says_so(officer: Actor):
    token = sitting.begin(officer, {"full_name": "Nguyễn Thử Mầu"})
    sitting.take_scan(token, officer, CARD)
    kept = sitting.decide_offer(token, officer, "full_name", take=False)
    assert (kept.values["full_name"], sitting.offers(kept)) == ("Nguyễn Thử Mầu", {})


def test_the_card_tells_where_its_owner_lives_unless_that_was_typed(officer: Actor):
    card = CARD.replace("Số 2 phố Mẫu, Ba Đình, Hà Nội", "Số 2 phố Mẫu, Phúc Xá, Ba Đình, Hà Nội")
    found = sitting.take_scan(sitting.begin(officer), officer, card)
    assert found.values["line"] == "Số 2 phố Mẫu"
    assert (found.values["province"], found.values["district"]) == ("01", "001")
    typed = sitting.take_scan(sitting.begin(officer, {"ward": "00004", "province": "01"}), officer, card)
    assert "line" not in typed.values


def test_what_cannot_be_read_says_so_and_changes_nothing(officer: Actor):
    token = sitting.begin(officer, {"full_name": "Nguyễn Thử Mẫu"})
    with pytest.raises(InvalidInput):
        sitting.take_scan(token, officer, "https://example.vn/qua-tang")
    assert "id_number" not in sitting.open_sitting(token, officer).values


def test_sent_it_is_claimed_handed_in_and_the_card_counts_as_scanned(officer: Actor):
    """K6: by the same rule as a scan on the review page."""
    code = sending.send(entered(officer), officer)
    made = only()
    assert (made.receipt_code, made.channel, made.client_id) == (code, Channel.DESK, None)
    assert made.presented_to_id == officer.id
    assert made.expires_at is None
    assert hows(made) == {
        Item.NAME: How.SCANNED, Item.ID_NUMBER: How.SCANNED, Item.DATE_OF_BIRTH: How.SCANNED,
    }  # fmt: skip
    with transaction() as session:
        held = claims.live(session, made.id)
        entry = session.get_one(DeskEntry, made.id)
    assert held is not None
    assert held.officer_id == entry.officer_id == officer.id
    assert [row.actor_id for row in trail(TrailEvent.DECLARE)] == [officer.id]
    assert len(trail(TrailEvent.SCAN)) == 1


def test_pressed_fifty_times_at_once_it_is_one_declaration(officer: Actor):
    token = entered(officer)
    with ThreadPoolExecutor(8) as threads:
        codes = set(threads.map(lambda _: sending.send(token, officer), range(8)))
    assert codes == {only().receipt_code}


def test_the_same_citizen_helped_by_two_at_once_are_two_declarations_that_know_of_each_other(
    officer: Actor, colleague: Actor
):
    """D6: they compete; the approval of one withdraws the other."""
    first, second = (sending.send(entered(one), one) for one in (officer, colleague))
    verify(first, officer)
    decide.approve(first, officer)
    with transaction() as session:
        status = select(Declaration.status).where(Declaration.receipt_code == second)
        assert session.scalar(status) is Status.WITHDRAWN


@pytest.mark.parametrize("own", [{"full_name": "TRẦN  thử cán bộ"}, {"email": "CanBo@example.vn"}])
def test_nobody_enters_for_themself(officer: Actor, colleague: Actor, own: dict[str, str]):
    token = entered(officer, card="", id_type="citizen_id", id_number="001085012345", **{"full_name": "Mẫu Thử"} | own)
    with pytest.raises(InvalidInput) as refused:
        sending.send(token, officer)
    assert {fault.field: fault.code for fault in refused.value.faults} == dict.fromkeys(own, "own")
    assert sending.faults(token, officer).keys() == set(own)


def test_whoever_entered_it_approves_with_a_scanned_card_and_a_signed_form(officer: Actor):
    code = sending.send(entered(officer), officer)
    verify(code, officer)
    decide.approve(code, officer)
    assert only().status is Status.APPROVED
    with transaction() as session:
        assert session.scalars(select(DeskEntry.approved_on)).one() == clock.today()


def test_without_the_card_another_officer_approves(officer: Actor, colleague: Actor):
    typed = {"full_name": "Nguyễn Thử Mẫu", "id_type": "citizen_id", "id_number": "001085012345"}
    code = sending.send(entered(officer, card="", **typed), officer)
    verify(code, officer)
    with pytest.raises(Conflict, match="quét căn cước") as refused:
        decide.approve(code, officer)
    assert refused.value.code == "own_entry"
    decide.release(code, officer)
    decide.claim(code, colleague)
    decide.approve(code, colleague)
    with transaction() as session:
        assert session.scalars(select(DeskEntry.approved_on)).one() is None


def test_with_the_form_unsigned_but_overridden_another_officer_approves(officer: Actor):
    code = sending.send(entered(officer), officer)
    verify(code, officer, signed=How.OVERRIDDEN)
    with pytest.raises(Conflict, match="mẫu số 01 đã ký"):
        decide.approve(code, officer)


def test_a_number_typed_is_no_card(officer: Actor):
    token = entered(officer, card="001085012345", full_name="Nguyễn Thử Mẫu")
    code = sending.send(token, officer)
    verify(code, officer)
    with pytest.raises(Conflict, match="quét căn cước"):
        decide.approve(code, officer)


def test_all_faults_come_at_once_and_nothing_typed_is_lost(officer: Actor):
    token = sitting.begin(officer, {"full_name": "Nguyễn Thử Mẫu", "phone": "123"})
    found = sending.faults(token, officer)
    assert {"bhxh_code", "id_type", "phone", "ward", "consent", "undertaking", "portrait"} <= found.keys()
    with pytest.raises(InvalidInput):
        sending.send(token, officer)
    assert sitting.open_sitting(token, officer).values["phone"] == "123"


def test_another_officers_draft_is_over(officer: Actor, colleague: Actor):
    token = entered(officer)
    for act in (sitting.open_sitting, sending.send, sending.faults, sitting.turn_to_child):
        with pytest.raises(DraftOver):
            act(token, colleague)


def test_an_auditor_enters_nothing(officer: Actor):
    with transaction() as session:
        auditor = make_actor(session, Role.AUDITOR, username="kiemtra")
    with pytest.raises(Forbidden):
        sitting.begin(auditor)


def test_an_officer_disabled_meanwhile_sends_nothing(officer: Actor):
    token = entered(officer)
    with transaction() as session:
        session.get_one(Officer, officer.id).disabled_at = clock.now()
    with pytest.raises(Unauthenticated):
        sending.send(token, officer)
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Declaration)) == 0


def test_the_office_closed_meanwhile_is_told(officer: Actor):
    token = entered(officer)
    with transaction() as session:
        session.get_one(Office, officer.office_id).closed_at = clock.now()
    with pytest.raises(InvalidInput):
        sending.send(token, officer)
    assert "ngừng hoạt động" in sending.faults(token, officer)["office_code"]


def test_an_office_merged_meanwhile_hands_on_to_its_successor(officer: Actor):
    token = entered(officer)
    with transaction() as session:
        new = make_office(session, "00199")
        old = session.get_one(Office, officer.office_id)
        old.closed_at, old.successor_id = clock.now(), new.id
        mine = session.get_one(Officer, officer.id)
        mine.office_id = new.id
        session.flush()
        session.refresh(mine)
        moved = officer_actor(mine)
    sending.send(token, moved)
    assert only().office_id == moved.office_id


def test_drafts_at_the_desk_hold_what_was_typed_sealed(officer: Actor):
    entered(officer)
    with transaction() as session:
        row = session.scalars(select(DeclarationDraft)).one()
    assert b"0981234567" not in row.sealed
    assert row.officer_id == officer.id
