"""The verification ledger: what is entered, by whom, what lapses, and that approval waits for it (design 4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backoffice.decision import actions as decide
from backoffice.decision import ledger
from backoffice.decision.scan import scan
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput, NotFound
from backoffice.models import Account, Declaration, How, Item, Notice, Status, TrailEvent, TrailRow, Verification
from backoffice.rules.actors import Actor
from tests.decision.test_races import together
from tests.factories import make_actor, make_declaration, make_office, verify_all

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def officer() -> Actor:
    with transaction() as session:
        return make_actor(session, full_name="Trần Thị Lan")


@pytest.fixture
def declaration(officer: Actor) -> Declaration:
    """In the officer's hands, nothing verified."""
    with transaction() as session:
        made = make_declaration(session)
    decide.claim(made.receipt_code, officer)
    return made


def entries(declaration: Declaration) -> dict[Item, ledger.Entry]:
    with transaction() as session:
        return {entry.item: entry for entry in ledger.entries(session, declaration.id)}


def every_entry(declaration: Declaration) -> list[ledger.Entry]:
    with transaction() as session:
        return ledger.every_entry(session, declaration.id)


def trail(event: TrailEvent) -> list[TrailRow]:
    with transaction() as session:
        return session.query(TrailRow).filter_by(event=event).order_by(TrailRow.id).all()


def card_of(declaration: Declaration, **said: str) -> str:
    """The QR of the declared person's CCCD, with something else where `said`."""
    born = declaration.date_of_birth
    shown = {"number": declaration.id_number, "name": declaration.full_name, "birth": f"{born:%d%m%Y}" if born else ""}
    shown |= said
    return f"{shown['number']}||{shown['name']}|{shown['birth']}|Nam|Số 2 phố Mẫu|25042021"


def test_approving_waits_for_every_item_and_names_what_is_missing(declaration: Declaration, officer: Actor):
    ledger.verify(declaration.receipt_code, officer, "name", "seen")
    with pytest.raises(Conflict, match="Số giấy tờ, Ngày sinh, .*Số điện thoại") as refusal:
        decide.approve(declaration.receipt_code, officer)
    assert refusal.value.code == "ledger_incomplete"
    assert "Họ tên" not in refusal.value.message
    with transaction() as session:
        assert session.get_one(Declaration, declaration.id).status is Status.SUBMITTED
        assert session.query(Account).count() == session.query(Notice).count() == 0


def test_what_is_seen_item_by_item_may_be_approved(declaration: Declaration, officer: Actor):
    with transaction() as session:
        wanted = ledger.missing(session, declaration)
    for item in wanted:
        ledger.verify(declaration.receipt_code, officer, item.value, "seen")
    decide.approve(declaration.receipt_code, officer)
    found = entries(declaration)
    assert {(entry.how, entry.officer) for entry in found.values()} == {(How.SEEN, "Trần Thị Lan")}
    assert set(found) == set(wanted)


def test_overriding_needs_a_reason_and_keeps_it(declaration: Declaration, officer: Actor):
    for note in ("", "  \n ", "x" * 501):
        with pytest.raises(InvalidInput) as refusal:
            ledger.verify(declaration.receipt_code, officer, "phone", "overridden", note)
        assert [fault.field for fault in refusal.value.faults] == ["note"]
    assert entries(declaration) == {}
    ledger.verify(declaration.receipt_code, officer, "phone", "overridden", " Máy hết pin,  hẹn gọi lại ")
    entry = entries(declaration)[Item.PHONE]
    assert (entry.how, entry.note) == (How.OVERRIDDEN, "Máy hết pin, hẹn gọi lại")


@pytest.mark.parametrize(
    ("item", "how", "field"),
    [
        ("name", "scanned", "how"),
        ("name", "list", "how"),
        ("name", "", "how"),
        ("guardian", "seen", "item"),
        ("no_such", "seen", "item"),
        ("", "seen", "item"),
    ],
)
def test_an_officer_says_seen_or_overridden_of_an_item_the_declaration_has(
    declaration: Declaration, officer: Actor, item: str, how: str, field: str
):
    with pytest.raises(InvalidInput) as refusal:
        ledger.verify(declaration.receipt_code, officer, item, how)
    assert [fault.field for fault in refusal.value.faults] == [field]
    assert entries(declaration) == {}


def test_verifying_needs_my_live_claim(declaration: Declaration, officer: Actor):
    with transaction() as session:
        colleague = make_actor(session)
    acts = [
        lambda: ledger.verify(declaration.receipt_code, colleague, "name", "seen"),
        lambda: ledger.take_back(declaration.receipt_code, colleague, "name"),
    ]
    for act in acts:
        with pytest.raises(Conflict, match="Trần Thị Lan") as refusal:
            act()
        assert refusal.value.code == "claim_lost"
    decide.release(declaration.receipt_code, officer)
    with pytest.raises(Conflict) as refusal:
        ledger.verify(declaration.receipt_code, officer, "name", "seen")
    assert refusal.value.code == "claim_lost"


def test_out_of_scope_answers_as_if_there_were_none(officer: Actor):
    with transaction() as session:
        foreign = make_declaration(session, office=make_office(session, "00131"))
    with pytest.raises(NotFound):
        ledger.verify(foreign.receipt_code, officer, "name", "seen")


def test_a_decided_declaration_is_verified_no_more(declaration: Declaration, officer: Actor):
    with transaction() as session:
        verify_all(session, declaration, officer)
    decide.approve(declaration.receipt_code, officer)
    with pytest.raises(Conflict) as refusal:
        ledger.verify(declaration.receipt_code, officer, "name", "seen")
    assert refusal.value.code == "already_decided"


def test_verified_again_the_newer_entry_counts_and_the_older_is_kept(declaration: Declaration, officer: Actor):
    ledger.verify(declaration.receipt_code, officer, "name", "seen")
    ledger.verify(declaration.receipt_code, officer, "name", "overridden", "Tên viết tắt trên hộ chiếu")
    assert entries(declaration)[Item.NAME].how is How.OVERRIDDEN
    first, second = every_entry(declaration)
    assert (first.how, first.lapsed_at is None) == (How.SEEN, False)
    assert (second.how, second.lapsed_at) == (How.OVERRIDDEN, None)


def test_a_slip_of_the_hand_is_taken_back(declaration: Declaration, officer: Actor):
    ledger.verify(declaration.receipt_code, officer, "portrait", "seen")
    ledger.take_back(declaration.receipt_code, officer, "portrait")
    ledger.take_back(declaration.receipt_code, officer, "portrait")
    assert entries(declaration) == {}
    assert [row.facts for row in trail(TrailEvent.UNVERIFY)] == [{"items": ["portrait"]}]


def test_what_was_corrected_lapses_and_only_that(declaration: Declaration, officer: Actor):
    """A correction of a field takes its entry and the signature with it (screens: correcting a field)."""
    with transaction() as session:
        verify_all(session, declaration, officer)
        ended = ledger.lapse(session, declaration, [Item.NAME, Item.FORM01_SIGNED, Item.GUARDIAN], officer)
        assert set(ended) == {Item.NAME, Item.FORM01_SIGNED}
        assert ledger.missing(session, declaration) == [Item.NAME, Item.FORM01_SIGNED]
        assert ledger.lapse(session, declaration, [Item.NAME], officer) == []


def test_where_the_scan_says_otherwise_seen_is_refused_but_a_reason_is_taken(declaration: Declaration, officer: Actor):
    scan(declaration.receipt_code, officer, card_of(declaration, birth="20011985"))
    with pytest.raises(InvalidInput, match="Ngày sinh") as refusal:
        ledger.verify(declaration.receipt_code, officer, "date_of_birth", "seen")
    assert [fault.field for fault in refusal.value.faults] == ["how"]
    ledger.verify(declaration.receipt_code, officer, "date_of_birth", "overridden", "Thẻ cũ in sai, có giấy xác nhận")
    assert entries(declaration)[Item.DATE_OF_BIRTH].how is How.OVERRIDDEN


def test_once_corrected_the_item_may_be_seen(declaration: Declaration, officer: Actor):
    scan(declaration.receipt_code, officer, card_of(declaration, birth="20011985"))
    with transaction() as session:
        session.get_one(Declaration, declaration.id).date_of_birth = date(1985, 1, 20)
    ledger.verify(declaration.receipt_code, officer, "date_of_birth", "seen")
    assert entries(declaration)[Item.DATE_OF_BIRTH].how is How.SEEN


def test_the_trail_tells_which_items_and_how_but_no_reason(declaration: Declaration, officer: Actor):
    ledger.verify(declaration.receipt_code, officer, "phone", "overridden", "Con gái Nguyễn Thị Riêng nghe máy")
    [row] = trail(TrailEvent.VERIFY)
    assert (row.actor_id, row.facts) == (officer.id, {"items": ["phone"], "how": "overridden"})


def test_an_escalated_declaration_is_verified_by_the_supervisor_alone(declaration: Declaration, officer: Actor):
    """K11."""
    decide.escalate(declaration.receipt_code, officer, "Nghi mạo danh")
    with pytest.raises(Conflict):
        ledger.verify(declaration.receipt_code, officer, "name", "seen")


def test_one_item_verified_twice_at_once_has_one_entry_that_counts(declaration: Declaration, officer: Actor):
    results = together(*[lambda: ledger.verify(declaration.receipt_code, officer, "name", "seen")] * 4)
    assert results == [None] * 4
    assert list(entries(declaration)) == [Item.NAME]
    assert len(every_entry(declaration)) == 4


def test_an_overdue_declaration_is_verified_no_more(declaration: Declaration, officer: Actor):
    """K4."""
    assert declaration.expires_at is not None
    with clock.at(declaration.expires_at - timedelta(minutes=1)):
        decide.claim(declaration.receipt_code, officer)
    with clock.at(declaration.expires_at + timedelta(seconds=1)), pytest.raises(Conflict) as refusal:
        ledger.verify(declaration.receipt_code, officer, "name", "seen")
    assert refusal.value.code == "expired"


def test_k4_the_ledger_goes_with_the_declaration(declaration: Declaration, officer: Actor):
    ledger.verify(declaration.receipt_code, officer, "phone", "overridden", "Lý do riêng")
    with transaction() as session:
        session.delete(session.get_one(Declaration, declaration.id))
        session.flush()
        assert session.query(Verification).count() == 0
