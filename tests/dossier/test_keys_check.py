"""A lost or a wrong key of PHOTO_KEYS is said when a process starts, not when somebody opens a photo (issue 8, 4)."""

from __future__ import annotations

import base64
from dataclasses import replace
from hashlib import sha256
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import text, update

from backoffice import config, dossier
from backoffice.app import create_app
from backoffice.cli.check import check
from backoffice.cli.web import web
from backoffice.config import Settings
from backoffice.dossier.keys_check import demand_keys, key_faults, names_in_use
from backoffice.identity.redaction import redact_event
from backoffice.kernel.db import transaction
from backoffice.kernel.start import start
from backoffice.models import Photo
from tests.dossier.helpers import declared, key, keys, opened, sent
from tests.house.test_settings import SOUND


@pytest.fixture(autouse=True)
def desk(database: None, started: Settings) -> Settings:
    dossier.configure(started)
    return started


def with_keys(desk: Settings, photo_keys: str, app_env: str = "production") -> Settings:
    return replace(desk, photo_keys=photo_keys, app_env=app_env)


def test_the_names_in_use_are_found_whatever_their_number(desk: Settings) -> None:
    with transaction() as session:
        assert names_in_use(session) == []
    for name in ("k3", "k1", "k2", "k1"):
        with opened(name):
            declared()
    with transaction() as session:
        assert names_in_use(session) == ["k1", "k2", "k3"]


def test_the_names_are_found_by_one_step_in_the_index_for_each(desk: Settings) -> None:
    """A full scan of millions of photos at each start would be felt."""
    declared()
    with transaction() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(
            session.execute(text("EXPLAIN SELECT key_name FROM photos ORDER BY key_name LIMIT 1")).scalars()
        )
    assert "Index Only Scan using ix_photos_key_name" in plan


def test_keys_that_open_all_photos_pass(desk: Settings) -> None:
    for name in ("k1", "k2"):
        with opened(name):
            declared()
    assert key_faults(with_keys(desk, keys("k3", "k2", "k1"))) == []
    assert demand_keys(with_keys(desk, keys("k2", "k1")))


def test_a_lost_key_is_named_with_how_many_photos_need_it(desk: Settings) -> None:
    with opened("k1"):
        declared(3)
    with opened("k2"):
        declared()
    [fault] = key_faults(with_keys(desk, keys("k2")))
    assert "lacks the key 'k1': 3 photos" in fault
    with pytest.raises(config.Misconfigured, match="'k1'"):
        demand_keys(with_keys(desk, keys("k2")))


def test_the_key_of_a_photo_that_waits_to_be_taken_counts(desk: Settings) -> None:
    with opened("k1"):
        sent()
    [fault] = key_faults(with_keys(desk, keys("k2")))
    assert "lacks the key 'k1': 1 photos" in fault


def test_another_key_under_the_right_name_is_found(desk: Settings) -> None:
    with opened("k1"):
        declared(2)
    other = "k1:" + base64.b64encode(sha256(b"another").digest()).decode()
    [fault] = key_faults(with_keys(desk, other))
    assert "another key under the name 'k1' than the one of 2 photos" in fault
    assert other.partition(":")[2] not in fault


def test_one_damaged_row_is_no_wrong_key(desk: Settings) -> None:
    with opened("k1"):
        [first, *_] = declared(3)
    with transaction() as session:
        session.execute(update(Photo).where(Photo.id == first.id).values(wrapped_key=uuid4().bytes))
    assert key_faults(with_keys(desk, keys("k1"))) == []


def test_production_does_not_start_and_the_demo_warns(desk: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with opened("lost"):
        declared()
    with pytest.raises(config.Misconfigured, match="lacks the key 'lost'"):
        demand_keys(with_keys(desk, keys("k1")))
    assert demand_keys(with_keys(desk, keys("k1"), "demo"))
    assert "lacks the key 'lost'" in caplog.text
    assert key("k1").partition(":")[2] not in caplog.text


@pytest.mark.parametrize("command", [check, web])
def test_the_commands_say_it_plainly(
    desk: Settings, monkeypatch: pytest.MonkeyPatch, command: object, tmp_path: object
) -> None:
    with opened("lost"):
        declared()
    for name, value in (SOUND | {"VAR_DIR": str(tmp_path), "DATABASE_URL": desk.database_url}).items():
        monkeypatch.setenv(name, value)
    outcome = CliRunner().invoke(command)  # type: ignore[arg-type]
    assert outcome.exit_code == 1
    assert "PHOTO_KEYS lacks the key 'lost'" in outcome.output


def test_pages_do_not_start_with_a_lost_key(desk: Settings) -> None:
    with opened("lost"):
        declared()
    try:
        with pytest.raises(config.Misconfigured, match="lacks the key 'lost'"):
            create_app(with_keys(desk, keys("k1")))
    finally:
        start(desk, processors=[redact_event])
        dossier.configure(desk)


def test_a_database_that_is_out_stops_nothing_and_is_said(desk: Settings, caplog: pytest.LogCaptureFixture) -> None:
    away = replace(desk, database_url="postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    assert not demand_keys(replace(away, app_env="production"))
    assert "were not compared" in caplog.text
