"""`backoffice up`: what it keeps in var/, what it refuses, and a whole desk from start to Ctrl-C."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice import config
from backoffice.embedded import keys, processes
from backoffice.embedded.folders import FolderLock
from backoffice.embedded.postgres import EmbeddedPostgres
from backoffice.embedded.up import CannotStart, up

ADDRESSES = {"PUBLIC_URL": "http://127.0.0.1:8000", "DATABASE_URL": "postgresql://a/b", "REDIS_URL": "unix:///r"}


def _settings(var: Path) -> dict[str, str]:
    return dict(json.loads((var / "settings.json").read_text()))


def test_generated_keys_are_readable_by_their_owner_alone_and_kept(tmp_path: Path) -> None:
    keys.write_settings(tmp_path, {}, ADDRESSES)
    first = _settings(tmp_path)
    keys.write_settings(tmp_path, {}, ADDRESSES | {"PUBLIC_URL": "http://127.0.0.1:8010"})
    assert (tmp_path / "settings.json").stat().st_mode & 0o777 == 0o600
    assert _settings(tmp_path) == first | {"PUBLIC_URL": "http://127.0.0.1:8010"}


def test_two_desks_have_different_keys(tmp_path: Path) -> None:
    for name in ("one", "other"):
        keys.write_settings(tmp_path / name, {}, ADDRESSES)
    one, other = _settings(tmp_path / "one"), _settings(tmp_path / "other")
    for name in ("SECRET_KEY", "LOOKUP_KEY", "TRAIL_KEY", "PHOTO_KEYS"):
        assert one[name] != other[name]


def test_what_is_kept_is_a_whole_configuration_for_every_other_terminal(tmp_path: Path) -> None:
    keys.write_settings(tmp_path, {}, ADDRESSES)
    settings = config.load({"VAR_DIR": str(tmp_path)})
    assert settings.app_env == "demo"
    assert settings.sms_url == "sandbox:"
    assert settings.photo_store_url == f"file://{tmp_path}/photos"


def test_the_environment_goes_before_what_was_kept(tmp_path: Path) -> None:
    keys.write_settings(tmp_path, {}, ADDRESSES)
    keys.write_settings(tmp_path, {"LOOKUP_KEY": "chosen", "EXPIRY_DAYS": "3"}, ADDRESSES)
    assert _settings(tmp_path)["LOOKUP_KEY"] == "chosen"
    assert _settings(tmp_path)["EXPIRY_DAYS"] == "3"


def test_demo_logins_and_client_keys_are_made_once_in_a_private_file(tmp_path: Path) -> None:
    made = keys.write_demo(tmp_path)
    assert set(made["logins"]) == {"tieptan", "giamsat", "tongdai", "quantri"}
    assert set(made["clients"]) == {"intake", "hotline", "app"}
    assert len({*made["logins"].values(), *made["clients"].values()}) == 7
    assert (tmp_path / "demo.json").stat().st_mode & 0o777 == 0o600
    assert keys.write_demo(tmp_path) == made == json.loads((tmp_path / "demo.json").read_text())


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A var/ of its own for `up`, and nothing of ours in the environment."""
    for name in ("APP_ENV", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    yield tmp_path
    EmbeddedPostgres(tmp_path / "var" / "postgres").destroy()


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program has."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_is_said_before_anything_starts(checkout: Path, taken: int) -> None:
    with pytest.raises(CannotStart, match=f"Port {taken} is taken by another program"):
        up(taken)
    assert not (checkout / "var" / "postgres").exists()


def test_a_second_up_in_one_checkout_says_so(checkout: Path, taken: int) -> None:
    first = FolderLock(checkout / "var" / "up.lock")
    assert first.take()
    with pytest.raises(CannotStart, match=f"Already running here .process {os.getpid()}."):
        up(taken)
    first.give_back()
    with pytest.raises(CannotStart, match="Port"):
        up(taken)


def test_up_is_not_for_production(checkout: Path, taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    with pytest.raises(CannotStart, match="In production run web, worker and scheduler"):
        up(taken)


def test_a_wrong_setting_is_named_and_the_engines_stop_again(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURFACES", "desk,moon")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(CannotStart, match="SURFACES names 'moon'"):
        up(port)
    cluster = Path(os.path.realpath(checkout / "var" / "postgres")) / "cluster"
    assert cluster.is_dir()
    assert processes.working_in(cluster) == processes.working_in(checkout / "var" / "valkey") == []
