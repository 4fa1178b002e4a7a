"""Issue 8, point 3: the sweep deletes what has had its time, to the instant, and leaves what must stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import ProgrammingError

from backoffice import config
from backoffice.config import RETENTION_DAYS
from backoffice.dossier.photos import attach
from backoffice.expiry import retention
from backoffice.expiry.retention_shelves import SHELVES
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import (
    Account,
    AccountStatus,
    CallBack,
    Correction,
    Declaration,
    KeptData,
    Notice,
    Photo,
    Status,
    Tombstone,
)
from backoffice.rules.retention import term
from tests.expiry.helpers import MICROSECOND
from tests.expiry.kept import (
    MADE,
    NOON,
    a_declaration,
    a_notice,
    closed,
    code,
    corrected,
    count,
    files_of,
    is_there,
    put,
    stored_photos,
)
from tests.factories import make_account, make_declaration, make_officer

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize("data", MADE)
def test_everything_goes_once_its_term_is_over_and_not_an_instant_before(data: KeptData):
    key = put(data, NOON)
    with clock.at(NOON + term(data)):
        assert retention.sweep() == {}
    assert is_there(data, key)
    with clock.at(NOON + term(data) + MICROSECOND):
        assert retention.sweep() == {data: 1}
    assert not is_there(data, key)


@pytest.mark.parametrize("data", MADE)
def test_what_is_younger_stays_beside_what_goes(data: KeptData):
    with clock.at(NOON):
        gone, stays = put(data, NOON - term(data) - timedelta(days=1)), put(data, NOON)
        assert retention.sweep() == {data: 1}
    assert (is_there(data, gone), is_there(data, stays)) == (False, True)


def test_no_kind_that_is_swept_is_untested():
    assert set(MADE) | {KeptData.APPROVED_PHOTOS, KeptData.CORRECTIONS} == set(SHELVES)


def test_a_longer_term_of_the_settings_is_obeyed(monkeypatch: pytest.MonkeyPatch):
    key = put(KeptData.REJECTED, NOON)
    days = dict(config.current().retention_days) | {"RETENTION_REJECTED_DAYS": 200}
    longer = replace(config.current(), retention_days=days)
    monkeypatch.setattr(config, "_current", longer)
    with clock.at(NOON + timedelta(days=121)):
        assert retention.sweep() == {}
    with clock.at(NOON + timedelta(days=201)):
        assert retention.sweep() == {KeptData.REJECTED: 1}
    assert not is_there(KeptData.REJECTED, key)
    assert RETENTION_DAYS["RETENTION_REJECTED_DAYS"][0] == 120


@pytest.mark.parametrize("status", [Status.REJECTED, Status.WITHDRAWN])
def test_refused_declarations_go_with_their_photos_and_messages(started, status: Status):
    photo_ids = stored_photos()
    with transaction() as session:
        declaration = a_declaration(session, NOON, status)
        attach(session, declaration, photo_ids)
        a_notice(session, declaration_id=declaration.id, created_at=clock.now())
    assert files_of(photo_ids)
    with clock.at(NOON + term(KeptData.REJECTED) + MICROSECOND):
        assert retention.sweep() == {KeptData.REJECTED: 1}
    assert (count(Declaration), count(Photo), count(Notice), count(Tombstone)) == (0, 0, 0, 0)
    assert not files_of(photo_ids)


@pytest.mark.parametrize("values", [{"presented_at": NOON}, {"supplement_at": NOON, "supplement_note": "ảnh mờ"}, {}])
def test_what_is_not_decided_is_nobodys_business_here(values: dict[str, Any]):
    with transaction() as session:
        make_declaration(session, declared_at=NOON, **values)
    with clock.at(NOON + timedelta(days=4000)):
        assert retention.sweep() == {}


def test_of_a_correction_stays_that_there_was_one():
    with transaction() as session:
        session.add(corrected(session, NOON))
    with clock.at(NOON + term(KeptData.CORRECTIONS)):
        assert KeptData.CORRECTIONS not in retention.sweep()
    with clock.at(NOON + term(KeptData.CORRECTIONS) + MICROSECOND):
        assert retention.sweep()[KeptData.CORRECTIONS] == 1
        assert KeptData.CORRECTIONS not in retention.sweep()
    with transaction() as session:
        left = session.scalars(select(Correction)).one()
        assert (left.field, left.at, left.old_value, left.new_value, left.note) == ("phone", NOON, None, None, "")


def test_d11_a_closed_guardian_goes_only_after_the_children():
    with transaction() as session:
        guardian = closed(session, NOON)
        child = make_account(session, guardian_id=guardian.id)
        child_id = child.id
    with clock.at(NOON + timedelta(days=1900)):
        assert retention.sweep() == {}
    with transaction() as session:
        child = session.get_one(Account, child_id)
        child.status, child.closed_at = AccountStatus.CLOSED, NOON
    with clock.at(NOON + timedelta(days=1900)):
        assert retention.sweep() == {KeptData.CLOSED_ACCOUNTS: 2}
    assert count(Account) == 0


@pytest.mark.parametrize("data", [KeptData.CLOSED_ACCOUNTS, KeptData.TOMBSTONES])
def test_the_database_itself_keeps_for_thirty_days_what_the_application_may_not_delete(data: KeptData):
    """Also when the desk's clock runs ahead: the functions of the owner look at their own."""
    key = put(data, clock.now() - timedelta(days=29))
    with clock.at(clock.now() + timedelta(days=4000)):
        assert data not in retention.sweep()
    assert is_there(data, key)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction() as session:
        session.execute(SHELVES[data].model.__table__.delete())


def test_the_database_lets_no_account_go_that_is_not_closed():
    with transaction() as session:
        account = make_account(session, closed_at=NOON)
        session.execute(select(func.retention_forget_accounts([account.id])))
    assert count(Account) == 1


def test_with_a_message_goes_what_was_noted_about_it():
    with transaction() as session:
        notice = a_notice(session, created_at=NOON)
        session.add(CallBack(notice_id=notice.id, officer_id=make_officer(session).id, at=NOON, note="không bắt máy"))
    with clock.at(NOON + timedelta(days=121)):
        retention.sweep()
    assert (count(Notice), count(CallBack)) == (0, 0)


def test_with_a_code_goes_its_message_also_before_others():
    with transaction() as session:
        one = code(session, NOON)
        session.add(one)
        session.flush()
        a_notice(session, created_at=NOON, one_time_code_id=one.id)
    with clock.at(NOON + timedelta(days=31)):
        assert retention.sweep() == {KeptData.ONE_TIME_CODES: 1}
    assert count(Notice) == 0
