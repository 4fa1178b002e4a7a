"""Who gets in: disabled at once, let in again, links, authenticators, unused for 60 days; an administrator remains."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from backoffice.decision import actions as desk
from backoffice.decision import claims as taking
from backoffice.decision.queries import declaration_for
from backoffice.demo import staff
from backoffice.kernel import clock
from backoffice.kernel.db import reading, transaction
from backoffice.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound, Unauthenticated
from backoffice.models import DisabledReason, Officer, OfficerLink, RecoveryCode, Role, TrailEvent, table_of
from backoffice.officers import access, actions, jobs
from backoffice.officers.history import history_of
from backoffice.rules.actors import Actor, officer_actor
from backoffice.rules.permissions import Do
from backoffice.signin import actions as signing
from backoffice.signin import redeeming, sessions, totp
from tests.factories import PASSWORD
from tests.officers.conftest import House
from tests.officers.helpers import a_declaration, an_officer, claims, ends, id_of, mark, profile, the, trail


def enabled_root_administrators() -> int:
    with transaction() as session:
        asked = select(Officer).where(Officer.role == Role.ADMINISTRATOR, Officer.disabled_at.is_(None))
        return sum(officer.office.code == "000" for officer in session.scalars(asked))


def together(*acts: Callable[[], object]) -> list[DomainError | None]:
    """Do all at the same moment; return what each was refused with, None for what was done."""
    begin = Barrier(len(acts))

    def one(act: Callable[[], object]) -> DomainError | None:
        begin.wait(10)
        try:
            act()
        except DomainError as refusal:
            return refusal
        return None

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(one, acts))


def disabled(officer_id: int) -> bool:
    """Ask on a connection apart: a transaction is open here."""
    with reading() as connection:
        asked = select(table_of(Officer).c.disabled_at).where(table_of(Officer).c.id == officer_id)
        return connection.execute(asked).scalar_one() is not None


class TestDisabling:
    def test_a_claim_that_comes_after_the_disabling_is_refused(self, house: House):
        """The page was let through a moment before."""
        lan, code = an_officer(), a_declaration()
        actor = officer_actor(the(lan))
        access.disable(house.root, lan)
        with pytest.raises(Unauthenticated, match="ngừng sử dụng"):
            desk.claim(code, actor)
        assert (claims(), trail(TrailEvent.CLAIM)) == (0, [])

    def test_a_claim_that_is_under_way_goes_back_once_it_is_committed(self, house: House):
        lan, code = an_officer(), a_declaration()
        actor = officer_actor(the(lan))
        with ThreadPoolExecutor(1) as other:
            with transaction() as session:
                taking.take(session, declaration_for(session, code, actor, Do.CLAIM, locked=True), actor)
                disabling = other.submit(access.disable, house.root, lan)
                while not disabled(lan) and not disabling.done():
                    pass
            disabling.result()
        assert claims() == 0
        assert [row.actor_id for row in trail(TrailEvent.RELEASE)] == [house.root.id]

    def test_the_session_dies_and_what_was_in_hand_goes_back_at_once(self, house: House):
        lan = an_officer()
        begun = signing.sign_in("lan", PASSWORD)
        desk.claim(a_declaration(), officer_actor(the(lan)))
        access.disable(house.province, lan)
        assert isinstance(begun, signing.SignInResult)
        assert sessions.resume(begun.token, is_input=True) is None
        assert ends(lan) == ["disabled"]
        assert claims() == 0
        with pytest.raises(InvalidInput):
            signing.sign_in("lan", PASSWORD)
        assert trail(TrailEvent.OFFICER_DISABLE)[0].facts == {"officer_id": lan, "reason": "by_hand"}

    def test_no_link_leads_in_any_more(self, house: House):
        handed = actions.create(house.root, "lan", profile())
        access.disable(house.root, handed.officer_id)
        with transaction() as session:
            assert session.scalars(select(OfficerLink.expires_at)).one() <= clock.now()

    def test_twice_says_that_it_was_done_already(self, house: House):
        lan = an_officer()
        access.disable(house.root, lan)
        with pytest.raises(Conflict) as refused:
            access.disable(house.second_root, lan)
        assert refused.value.code == "already_disabled"
        assert len(trail(TrailEvent.OFFICER_DISABLE)) == 1

    def test_out_of_the_branch_nobody_is_there(self, house: House):
        there = an_officer(office="00201")
        for act in (access.disable, access.give_link, access.forget_authenticator):
            with pytest.raises(NotFound):
                act(house.province, there)
        assert the(there).disabled_at is None

    def test_supervisors_look_and_do_nothing(self, house: House):
        lan = an_officer()
        for act in (access.disable, access.give_link, access.forget_authenticator):
            with pytest.raises(Forbidden):
                act(house.supervisor, lan)
        with pytest.raises(Forbidden):
            access.enable(house.supervisor, lan, mark(lan))


class TestLettingInAgain:
    def test_by_a_new_link_the_old_password_fits_no_more(self, house: House):
        lan = an_officer()
        access.disable(house.root, lan)
        handed = access.enable(house.root, lan, mark(lan))
        assert handed.token
        assert (the(lan).disabled_at, the(lan).disabled_reason) == (None, None)
        with pytest.raises(InvalidInput):
            signing.sign_in("lan", PASSWORD)
        assert [row.event for row in trail(TrailEvent.OFFICER_ENABLE, TrailEvent.OFFICER_LINK)] == [
            TrailEvent.OFFICER_ENABLE,
            TrailEvent.OFFICER_LINK,
        ]

    def test_who_is_not_disabled_needs_it_not(self, house: House):
        lan = an_officer()
        with pytest.raises(Conflict) as refused:
            access.enable(house.root, lan, mark(lan))
        assert refused.value.code == "not_disabled"

    def test_nobody_lets_in_whom_they_have_not_seen_as_they_stand(self, house: House):
        """A colleague has made an administrator of them meanwhile."""
        lan = an_officer(office="001")
        access.disable(house.root, lan)
        seen = mark(lan)
        actions.edit(house.root, lan, profile(role=Role.ADMINISTRATOR, office="001"), seen)
        with pytest.raises(Conflict, match="vai trò nay là Quản trị"):
            access.enable(house.second_root, lan, seen)
        assert the(lan).disabled_at is not None


class TestLinksAndAuthenticators:
    def test_a_new_link_ends_the_earlier_and_leaves_the_password(self, house: House):
        lan = an_officer()
        access.give_link(house.root, lan)
        access.give_link(house.root, lan)
        with transaction() as session:
            open_ones = session.scalars(select(OfficerLink).where(OfficerLink.expires_at > clock.now())).all()
        assert len(open_ones) == 1
        assert signing.sign_in("lan", PASSWORD)

    def test_a_disabled_officer_gets_none(self, house: House):
        lan = an_officer()
        access.disable(house.root, lan)
        with pytest.raises(Conflict) as refused:
            access.give_link(house.root, lan)
        assert refused.value.code == "disabled"

    def test_who_lost_the_telephone_enrols_anew(self, house: House):
        lan = an_officer()
        with transaction() as session:
            officer = session.get_one(Officer, lan)
            totp.give_secret(officer)
            session.add(RecoveryCode(officer_id=lan, code_hash=b"x" * 16))
        access.forget_authenticator(house.root, lan)
        assert the(lan).totp_secret is None
        with transaction() as session:
            assert session.scalars(select(RecoveryCode)).all() == []
        assert trail(TrailEvent.TOTP_RESET)[0].facts == {"officer_id": lan}

    def test_where_there_is_none_nothing_is_forgotten(self, house: House):
        with pytest.raises(Conflict) as refused:
            access.forget_authenticator(house.root, an_officer())
        assert refused.value.code == "no_authenticator"

    @pytest.mark.parametrize("act", [access.disable, access.give_link, access.forget_authenticator])
    def test_nobody_does_it_to_themselves(self, house: House, act: Callable[[Actor, int], object]):
        assert house.root.id
        with pytest.raises(Forbidden) as refused:
            act(house.root, house.root.id)
        assert refused.value.code == "not_oneself"


class TestTheLastAdministrator:
    @pytest.fixture
    def last(self, house: House) -> int:
        """The colleague is disabled: `second_root` alone is left, and acted upon by one who was signed in before."""
        assert house.root.id
        assert house.second_root.id
        access.disable(house.second_root, house.root.id)
        return house.second_root.id

    def test_is_neither_disabled_nor_changed_nor_moved(self, house: House, last: int):
        for act in (
            lambda: access.disable(house.root, last),
            lambda: actions.edit(house.root, last, profile(role=Role.SUPERVISOR, office="000"), mark(last)),
            lambda: actions.edit(house.root, last, profile(role=Role.ADMINISTRATOR, office="001"), mark(last)),
        ):
            with pytest.raises(Conflict) as refused:
                act()
            assert refused.value.code == "last_administrator"
        assert (the(last).disabled_at, the(last).role, the(last).office.code) == (None, Role.ADMINISTRATOR, "000")
        assert ends(last) == []

    def test_administrators_of_provinces_do_not_count(self, house: House, last: int):
        assert the(id_of("tinh")).role is Role.ADMINISTRATOR
        with pytest.raises(Conflict):
            access.disable(house.root, last)

    @pytest.mark.parametrize("round_", range(5))
    def test_two_who_disable_each_other_at_the_same_moment_leave_one(self, house: House, round_: int):
        one, other = house.root.id or 0, house.second_root.id or 0
        refused = together(lambda: access.disable(house.root, other), lambda: access.disable(house.second_root, one))
        assert enabled_root_administrators() == 1
        assert sorted(type(each).__name__ for each in refused) == ["Conflict", "NoneType"]

    def test_two_who_move_and_disable_at_the_same_moment_leave_one(self, house: House):
        one, other = house.root.id or 0, house.second_root.id or 0
        seen = mark(other)
        together(
            lambda: actions.edit(house.root, other, profile(role=Role.SUPERVISOR, office="000"), seen),
            lambda: access.disable(house.second_root, one),
        )
        assert enabled_root_administrators() == 1


class TestUnused:
    def seen(self, officer_id: int, days: float) -> None:
        with transaction() as session:
            officer = session.get_one(Officer, officer_id)
            officer.created_at = clock.now() - timedelta(days=400)
            officer.last_seen_at = clock.now() - timedelta(days=days)

    def test_after_60_days_without_a_sign_in(self, house: House):
        lan, mai = an_officer("lan"), an_officer("mai")
        self.seen(lan, 60.1)
        self.seen(mai, 59.9)
        jobs.disable_unused()
        assert the(lan).disabled_reason is DisabledReason.UNUSED
        assert the(mai).disabled_at is None
        assert trail(TrailEvent.OFFICER_DISABLE)[0].facts == {"officer_id": lan, "reason": "unused"}

    def test_who_never_came_counts_from_when_they_were_made(self, house: House):
        lan = an_officer()
        with clock.at(clock.now() + timedelta(days=61)):
            jobs.disable_unused()
        assert the(lan).disabled_reason is DisabledReason.UNUSED

    def test_who_works_in_an_open_session_is_in_use_whatever_the_last_sign_in_was(self, house: House):
        lan = an_officer()
        signing.sign_in("lan", PASSWORD)
        self.seen(lan, 100)
        jobs.disable_unused()
        assert the(lan).disabled_at is None

    def test_let_in_again_the_60_days_begin_anew(self, house: House):
        lan = an_officer()
        self.seen(lan, 70)
        jobs.disable_unused()
        access.enable(house.root, lan, mark(lan))
        jobs.disable_unused()
        assert the(lan).disabled_at is None

    def test_the_last_administrator_stays_however_long_unseen_the_one_seen_latest(self, house: House):
        self.seen(house.root.id or 0, 90)
        self.seen(house.second_root.id or 0, 100)
        jobs.disable_unused()
        assert the(house.second_root.id or 0).disabled_reason is DisabledReason.UNUSED
        assert the(house.root.id or 0).disabled_at is None

    def test_several_at_once_disable_each_once(self, house: House):
        lan = an_officer()
        self.seen(lan, 70)
        assert together(jobs.disable_unused, jobs.disable_unused, jobs.disable_unused) == [None] * 3
        assert len(trail(TrailEvent.OFFICER_DISABLE)) == 1

    def test_a_demo_started_after_months_of_rest_has_its_logins(self, house: House):
        logins = dict.fromkeys(staff.POSTS, PASSWORD)
        gone, resting, by_hand = (an_officer(name) for name in ("tieptan", "giamsat", "tongdai"))
        self.seen(gone, 100)
        jobs.disable_unused()
        self.seen(resting, 100)
        access.disable(house.root, by_hand)
        with transaction() as session:
            staff.keep_in_step(session, {"logins": logins, "clients": {}})
        jobs.disable_unused()
        assert [the(one).disabled_reason for one in (gone, resting, by_hand)] == [None, None, DisabledReason.BY_HAND]


def test_the_history_of_an_officer_ends_with_what_they_did_themselves(house: House):
    handed = actions.create(house.root, "lan", profile())
    redeeming.redeem(handed.token, "năm con trâu đọc sách", "năm con trâu đọc sách")
    with transaction() as session:
        latest, *_ = history_of(session, handed.officer_id)
    assert (latest.what, latest.who) == ("Đã dùng đường dẫn, đặt mật khẩu", "Lê Thị Lan")
