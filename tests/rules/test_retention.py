"""Issue 8, point 3: one table says how long everything is kept, and nothing that is kept is missing from it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from backoffice import config
from backoffice.accounts import jobs as accounts
from backoffice.accounts import tries
from backoffice.config import RETENTION_DAYS, ROOT, Misconfigured
from backoffice.dashboards import report_queries
from backoffice.decision import claims, photo_links
from backoffice.expiry.retention_shelves import SHELVES
from backoffice.hotline import announced
from backoffice.hotline import jobs as hotline
from backoffice.intake import draft_rows
from backoffice.kernel import limits
from backoffice.models import Base, Declaration, KeptData
from backoffice.notices import receipts
from backoffice.rules import import_drafts
from backoffice.rules.retention import RULES, STAYS, term, told
from backoffice.signin import jobs as signin
from backoffice.signin.queries import DEVICES_KEPT
from tests.house.test_settings import SOUND

SEEN_TO_BY_ROOMS: dict[KeptData, set[timedelta]] = {
    KeptData.PHOTO_UPLOADS: {timedelta(minutes=photo_links.KEPT_MINUTES)},
    KeptData.CLAIMS: {timedelta(minutes=claims.MINUTES)},
    KeptData.IMPORT_DRAFTS: {import_drafts.KEPT},
    KeptData.DECLARATION_DRAFTS: {draft_rows.KEPT},
    KeptData.ANNOUNCED_CALLS: {announced.VALID},
    KeptData.SPOKEN_RESETS: {hotline.KEPT},
    KeptData.SIGN_IN_FAILURES: {signin.FAILURES_KEPT},
    KeptData.ATTEMPTS: {limits.KEPT},
    KeptData.WRONG_TRIES: {tries.KEPT},
    KeptData.KNOWN_DEVICES: {DEVICES_KEPT},
    KeptData.ACCOUNT_DEVICES: {accounts.DEVICES_KEPT},
    KeptData.STRAY_RECEIPTS: {receipts.SILENCE},
    KeptData.REPORTS: {report_queries.KEPT},
}
ASKED_OF_THE_TABLE = {KeptData.BATCHES, KeptData.MORNINGS}
"""What rooms delete by the term that stands in the table."""


def test_every_table_has_a_term_or_a_sentence_why_it_stays():
    told_of = {table for rule in RULES.values() for table in rule.tables}
    told_of |= {table for stays in STAYS for table in stays.tables}
    assert told_of == set(Base.metadata.tables)


def test_every_kind_of_data_has_a_rule_of_its_own():
    assert set(RULES) == set(KeptData)


def test_what_has_a_setting_is_swept_and_what_is_swept_has_a_setting():
    assert {data for data, rule in RULES.items() if rule.is_swept} == set(SHELVES)
    assert {rule.setting for rule in RULES.values() if rule.setting} == set(RETENTION_DAYS)


def test_the_table_a_shelf_empties_is_that_of_its_rule():
    beside = {KeptData.APPROVED_PHOTOS: "photos"}
    for data, shelf in SHELVES.items():
        assert beside.get(data, shelf.model.__tablename__) in RULES[data].tables


def test_what_rooms_delete_by_themselves_goes_when_the_table_says(started):
    for data, terms in SEEN_TO_BY_ROOMS.items():
        assert terms == {term(data)}, data
    by_setting = {KeptData.EXPIRED, KeptData.TRAIL}
    assert (
        set(SEEN_TO_BY_ROOMS)
        == {data for data, rule in RULES.items() if not rule.is_swept} - by_setting - ASKED_OF_THE_TABLE
    )


def test_whatever_hangs_on_a_declaration_goes_with_it_or_lets_it_go():
    for table in Base.metadata.tables.values():
        for key in table.foreign_keys:
            if key.column.table is Declaration.__table__:
                assert key.ondelete in ("CASCADE", "SET NULL"), key
                if key.ondelete == "CASCADE":
                    assert table.name in RULES[KeptData.REJECTED].tables


def test_terms_are_told_in_words(started):
    assert told(RULES[KeptData.REJECTED]) == "120 ngày"
    assert told(RULES[KeptData.APPROVED]) == "1.825 ngày (5 năm)"
    assert told(RULES[KeptData.TOMBSTONES]) == "365 ngày"
    assert told(RULES[KeptData.IMPORT_DRAFTS]) == "2 giờ"
    assert told(RULES[KeptData.ANNOUNCED_CALLS]) == "10 phút"
    assert told(RULES[KeptData.TRAIL]) == "60 tháng"
    assert told(RULES[KeptData.EXPIRED]) == "hạn nộp 10 ngày"


def load(tmp_path: Path, **given: str) -> config.Settings:
    return config.load(SOUND | {"VAR_DIR": str(tmp_path)} | given)


@pytest.mark.parametrize("name", RETENTION_DAYS)
def test_a_term_out_of_its_bounds_is_named_at_the_start(tmp_path: Path, name: str):
    _, fewest, most = RETENTION_DAYS[name]
    for days in (str(fewest - 1), str(most + 1), "mai", "-5", "9" * 400):
        with pytest.raises(Misconfigured, match=name):
            load(tmp_path, **{name: days})


@pytest.mark.parametrize("name", sorted(set(RETENTION_DAYS) - {"RETENTION_APPROVED_PHOTOS_DAYS"}))
def test_a_term_at_its_bounds_is_taken(tmp_path: Path, name: str):
    _, fewest, most = RETENTION_DAYS[name]
    for days in (fewest, most):
        assert load(tmp_path, **{name: str(days)}).retention_days[name] == days


def test_a_misspelt_term_is_named_for_it_would_not_hold(tmp_path: Path):
    with pytest.raises(Misconfigured, match="RETENTION_REJECTED_DAY is no setting"):
        load(tmp_path, RETENTION_REJECTED_DAY="60")


def test_photos_stay_no_longer_than_their_declaration(tmp_path: Path):
    with pytest.raises(Misconfigured, match="must not be longer"):
        load(tmp_path, RETENTION_APPROVED_PHOTOS_DAYS="400", RETENTION_APPROVED_DAYS="365")


def test_the_readme_names_every_term_with_its_default():
    readme = (ROOT / "README.md").read_text()
    for name, (default, _, _) in RETENTION_DAYS.items():
        brief = name.removeprefix("RETENTION_").removesuffix("_DAYS")
        assert f"`{brief}` {default}" in readme, name
