"""Officers added from the command line, in the words of an administrator."""

from __future__ import annotations

import pyotp
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from backoffice.cli import common
from backoffice.cli.officer import officer
from backoffice.config import Settings
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput, NotFound
from backoffice.kernel.hashing import token_hash
from backoffice.models import ActorKind, Officer, OfficerLink, Role, TrailEvent, TrailRow
from backoffice.officers import commands
from backoffice.signin import redeeming
from tests.factories import PASSWORD, make_office, make_officer
from tests.signin.helpers import an_officer, enter


@pytest.fixture
def office() -> None:
    with transaction() as session:
        make_office(session, "00114")


def add(username="lan", name="Lê Thị Lan", office_code="00114", password=None):
    return commands.add_officer(username, name, Role.RECEPTION, office_code, password=password)


def test_who_was_added_signs_in_with_the_password_that_was_made(office):
    made = add(" Lan ", "Lê  Thị Lan ")
    actor = enter("lan", made.password).actor
    assert (actor.username, actor.name, actor.role, actor.office_code) == ("lan", "Lê Thị Lan", Role.RECEPTION, "00114")


def test_every_fault_is_named_at_once(office):
    with pytest.raises(InvalidInput) as refused:
        add("Đỗ Lan", " ", "99999", "ngan")
    assert [fault.field for fault in refused.value.faults] == ["username", "name", "office", "password"]


@pytest.mark.parametrize("weak", ["ngan-qua", "aaaaaaaaaaaaaa", "cua-lan-2026-nay", "x" * 201])
def test_a_weak_password_is_refused(office, weak):
    with pytest.raises(InvalidInput):
        add(password=weak)


def test_a_taken_user_name_is_refused_and_the_owner_keeps_it(office):
    made = add()
    with pytest.raises(Conflict, match="đã có"):
        add("LAN", "Người Khác")
    assert enter("lan", made.password).actor.name == "Lê Thị Lan"


def test_nobody_can_be_changed_who_does_not_exist():
    for act in (commands.disable_officer, commands.change_officer, commands.renew_credentials):
        with pytest.raises(NotFound):
            act("khong-co")


def test_an_unknown_office_changes_nothing(office):
    an_officer("lan")
    with pytest.raises(InvalidInput, match="Một số mục"):
        commands.change_officer("lan", role=Role.SUPERVISOR, office_code="99999")
    with transaction() as session:
        assert session.scalars(select(Officer.role)).one() is Role.RECEPTION


class TestCommand:
    """`backoffice officer …`"""

    @pytest.fixture(autouse=True)
    def environment(self, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
        for name in ("app_env", "database_url", "database_owner_url", "redis_url", "secret_key", "lookup_key",
                     "trail_key", "photo_store_url", "photo_keys", "sms_url", "smtp_url", "public_url"):  # fmt: skip
            monkeypatch.setenv(name.upper(), str(getattr(settings, name)))
        monkeypatch.setenv("VAR_DIR", str(settings.var))

    def call(self, *words: str, typed: str = "") -> Result:
        return CliRunner().invoke(officer, words, input=typed)

    def add(self, *more: str, typed: str = "") -> Result:
        words = ("add", "lan", "--role", "reception", "--office", "00114", "--name", "Lê Thị Lan")
        return self.call(*words, *more, typed=typed)

    def test_the_settings_are_the_tests(self, settings):
        assert common.settings().database_url == settings.database_url

    def test_the_password_made_stands_alone_on_standard_output(self, office):
        answer = self.add()
        assert answer.exit_code == 0
        assert len(answer.stdout.splitlines()) == 1
        assert enter("lan", answer.stdout.strip())

    def test_a_given_password_is_read_from_standard_input_and_not_repeated(self, office):
        answer = self.add("--password-stdin", typed=f"{PASSWORD}\n")
        assert (answer.exit_code, answer.stdout) == (0, "")
        assert enter("lan", PASSWORD)

    def test_with_totp_the_uri_is_printed_for_the_authenticator(self, office):
        answer = self.add("--totp")
        password, uri = answer.stdout.split()
        assert enter("lan", password, code=pyotp.parse_uri(uri).now())

    def test_refusals_are_told_on_standard_error(self, office):
        answer = self.call("add", "x", "--role", "reception", "--office", "1", "--name", "Lê Thị Lan")
        assert answer.exit_code == 1
        assert answer.stdout == ""
        assert "Tên đăng nhập gồm" in answer.stderr
        assert "cơ quan BHXH" in answer.stderr

    def test_renew_ends_the_links_that_were_handed_out(self, office):
        self.add()
        handed = commands.link_officer("lan")
        self.call("renew", "lan")
        with pytest.raises(redeeming.LinkOver):
            redeeming.redeem(handed, "sáu con trâu cày ruộng", "sáu con trâu cày ruộng")

    def test_renew_gives_a_new_password(self, office):
        self.add()
        assert enter("lan", self.call("renew", "lan").stdout.strip())

    def test_a_link_stands_alone_on_standard_output_and_leads_to_this_desk(self, office, settings):
        self.add()
        answer = self.call("link", "lan")
        (address,) = answer.stdout.split()
        assert address.startswith(f"{settings.public_url}/link/")
        with transaction() as session:
            assert session.scalars(select(OfficerLink.token_hash)).one() == token_hash(address.rpartition("/")[2])

    def test_nobody_disabled_is_given_a_link(self, office):
        self.add()
        self.call("disable", "lan")
        answer = self.call("link", "lan")
        assert (answer.exit_code, answer.stdout) == (1, "")
        assert "đã ngừng sử dụng" in answer.stderr

    def test_every_act_is_in_the_trail(self, office):
        self.add()
        for words in (("change", "lan", "--role", "supervisor"), ("renew", "lan"), ("link", "lan"), ("disable", "lan")):
            assert self.call(*words).exit_code == 0
        written = [TrailEvent.OFFICER_CREATE, TrailEvent.OFFICER_EDIT, TrailEvent.OFFICER_EDIT]
        written += [TrailEvent.OFFICER_LINK, TrailEvent.OFFICER_DISABLE]
        with transaction() as session:
            rows = session.scalars(select(TrailRow).where(TrailRow.event.in_(written)).order_by(TrailRow.id)).all()
        assert [row.event for row in rows] == written
        assert {row.actor_kind for row in rows} == {ActorKind.SYSTEM}

    def test_the_last_administrator_is_neither_disabled_nor_changed(self):
        with transaction() as session:
            make_officer(session, "goc", role=Role.ADMINISTRATOR, office=make_office(session, "000"))
            make_office(session, "001")
        for words in (("disable", "goc"), ("change", "goc", "--office", "001"), ("change", "goc", "--role", "auditor")):
            answer = self.call(*words)
            assert answer.exit_code == 1
            assert "quản trị cuối cùng" in answer.stderr
        with transaction() as session:
            kept = session.scalars(select(Officer)).one()
            assert (kept.disabled_at, kept.office.code, kept.role) == (None, "000", Role.ADMINISTRATOR)

    def test_an_agent_of_the_hotline_belongs_to_the_root(self, office):
        answer = self.call("add", "mai", "--role", "hotline", "--office", "00114", "--name", "Mai")
        assert answer.exit_code == 1
        assert "000" in answer.stderr

    def test_change_and_disable_do_what_they_say(self, office):
        password = self.add().stdout.strip()
        assert self.call("change", "lan", "--role", "supervisor").exit_code == 0
        assert enter("lan", password).actor.role is Role.SUPERVISOR
        assert self.call("disable", "lan").exit_code == 0
        with pytest.raises(InvalidInput):
            enter("lan", password)
