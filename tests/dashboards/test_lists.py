"""Issue 9, point 2: every figure opens the list it counts, and they agree: with each other, and with the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from backoffice.config import RETENTION_DAYS
from backoffice.dashboards import asked, boards, calls, folding, lists
from backoffice.dashboards.asked import Asked
from backoffice.dashboards.listed import NOW, Listed, Took, minutes_of
from backoffice.decision import steps
from backoffice.decision.transfer import transfer
from backoffice.desk import queries
from backoffice.desk.tabs import Tab
from backoffice.expiry.actions import sweep
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput, NotFound
from backoffice.models import (
    Batch,
    Declaration,
    Figure,
    HotlineCall,
    Notice,
    NoticeStatus,
    Office,
    Status,
    Tombstone,
    TrailEvent,
    TrailRow,
)
from backoffice.notices import outbox
from backoffice.rules import figures, lifecycle
from backoffice.rules.actors import SYSTEM, Actor
from backoffice.rules.journal import record, record_each
from tests.dashboards.scene import AFTERNOON, Scene, played, undecided_of
from tests.factories import make_declaration
from tests.followup.undelivered import make_notice

pytestmark = pytest.mark.usefixtures("database", "afternoon")
Shown = dict[str, Any]


@pytest.fixture
def afternoon() -> Iterator[None]:
    with clock.at(AFTERNOON):
        yield


@pytest.fixture
def scene(database: None, afternoon: None) -> Scene:
    return played()


def links(shown: Any) -> Iterator[tuple[str, int]]:
    """Every number with an address on a page, wherever it stands in what the page shows."""
    if isinstance(shown, dict):
        if shown.get("href") and "number" in shown:
            yield shown["href"], shown["number"]
        for one in shown.values():
            yield from links(one)
    elif isinstance(shown, list):
        for one in shown:
            yield from links(one)


def listed(href: str, officer: Actor) -> int:
    """How many the pages behind an address list."""
    address = urlsplit(href)
    given = {name: value for name, (value,) in parse_qs(address.query).items()}
    if address.path == "/desk":
        with transaction() as session:
            return queries.counts(session, officer)[Tab(given["list"])]
    wanted, count, after = asked.read(Listed(address.path.split("/")[-1]), given), 0, ""
    while True:
        page = lists.show_list(wanted, given["office"], officer, after)
        count, after = count + len(page["rows"]), page["after"]
        if not after:
            return count


class Tables:
    """What the tables hold, to be counted by plain Python."""

    def __init__(self) -> None:
        with transaction() as session:
            self.paths = {one.id: one.path for one in session.query(Office)}
            self.codes = {one.code: one.path for one in session.query(Office)}
            self.declarations = session.query(Declaration).all()
            self.stones = session.query(Tombstone).all()
            self.batches = session.query(Batch).filter(Batch.ended_at.is_(None)).all()
            self.failed = session.query(TrailRow).filter_by(event=TrailEvent.NOTICE_FAILED).all()
            rows = session.query(TrailRow).filter_by(event=TrailEvent.TRANSFER).order_by(TrailRow.at.desc()).all()
            self.came_from = {row.declaration_id: row.facts["from_office"] for row in rows}

    def count(self, href: str, officer: Actor) -> int:
        """How many there are of what an address lists."""
        address = urlsplit(href)
        given = {name: value for name, (value,) in parse_qs(address.query).items()}
        if address.path == "/desk":
            return self._count(asked.read(Listed(given["list"]), {}), officer.office_path, alone=False)
        wanted = asked.read(Listed(address.path.split("/")[-1]), given)
        return self._count(wanted, self.codes[given["office"]], alone=wanted.officer_id is not None)

    def _count(self, wanted: Asked, path: str, *, alone: bool) -> int:
        begins, ends = asked.instants(wanted.since, wanted.until)

        def here(office_id: int) -> bool:
            return self.paths[office_id] == path if alone else self.paths[office_id].startswith(path)

        if wanted.what is Listed.DECLARED:
            those = [*((one.id, one) for one in self.declarations), *((one.declaration_id, one) for one in self.stones)]
            return sum(
                here(self.came_from.get(number, one.office_id))
                and begins <= one.declared_at < ends
                and wanted.key in ("", one.channel)
                for number, one in those
            )
        if wanted.what is Listed.EXPIRED:
            return sum(here(one.office_id) and begins <= one.deleted_at < ends for one in self.stones)
        if wanted.what is Listed.FAILED:
            return sum(
                here(one.facts["at_office"]) and begins <= one.at < ends and wanted.key in ("", one.facts["channel"])
                for one in self.failed
            )
        if wanted.what is Listed.LISTS:
            return sum(here(one.office_id) for one in self.batches)
        fits = _stands if wanted.what in NOW else _decided
        return sum(here(one.office_id) and fits(one, wanted) for one in self.declarations)


def _stands(one: Declaration, wanted: Asked) -> bool:
    if one.status is not Status.SUBMITTED:
        return False
    left = None if one.expires_at is None else (clock.local(one.expires_at).date() - clock.today()).days
    is_here, is_sent_back = one.presented_at is not None, one.supplement_at is not None
    return {
        Listed.WAITING: not is_here and left is not None and left >= 0,
        Listed.PRESENTED: is_here and not is_sent_back,
        Listed.SUPPLEMENT: is_sent_back and left is not None and left >= 0,
        Listed.ESCALATED: one.escalated_at is not None,
        Listed.DUE_TODAY: left == 0,
        Listed.DUE_SOON: left is not None and 0 <= left <= 3,
    }[wanted.what]


def _decided(one: Declaration, wanted: Asked) -> bool:
    statuses = {
        Listed.APPROVED: {Status.APPROVED},
        Listed.REJECTED: {Status.REJECTED},
        Listed.DECIDED: {Status.APPROVED, Status.REJECTED},
        Listed.WITHDRAWN: {Status.WITHDRAWN},
    }[wanted.what]
    begins, ends = asked.instants(wanted.since, wanted.until)
    if one.status not in statuses or one.decided_at is None or not begins <= one.decided_at < ends:
        return False
    if wanted.officer_id not in (None, one.decided_by_id):
        return False
    if wanted.reason and wanted.reason not in {code.partition(":")[0] for code in one.reasons}:
        return False
    if wanted.took is None:
        return True
    is_timed = one.presented_at not in (None, one.decided_at)
    if wanted.took is Took.UNKNOWN or not is_timed or one.presented_at is None:
        return not is_timed and wanted.took is Took.UNKNOWN
    above, upto = minutes_of(wanted.took)
    seconds = int((one.decided_at - one.presented_at).total_seconds())
    return above * 60 < seconds and (upto is None or seconds <= upto * 60)


def assert_agreed(scene: Scene, *codes: str) -> set[str]:
    """Compare every number of the pages of these offices' supervisors; return which lists were opened."""
    tables, opened = Tables(), set()
    for code in codes:
        officer = scene.supervisors[code]
        found = {href: n for href, n in links(boards.show_dashboard(officer, "")["figures"]) if "hotline" not in href}
        agreed = {href: (listed(href, officer), tables.count(href, officer)) for href in found}
        assert {href: (n, n) for href, n in found.items()} == agreed
        opened |= {urlsplit(href).path for href in found}
    return opened


def test_every_figure_agrees_with_its_list_and_with_the_tables(scene: Scene):
    opened = assert_agreed(scene, "000", "001", "00114", "079")
    assert opened >= {f"/dashboard/list/{one}" for one in ("declared", "approved", "rejected", "expired", "failed")}
    assert {"/desk", *(f"/dashboard/list/{one}" for one in ("decided", "due_in_3_days", "lists"))} <= opened


def _approve(session: Any, one: Declaration, officer: Actor) -> None:
    one.bhxh_code, one.phone = f"09{one.id % 10**8:08d}", f"08{one.id % 10**8:08d}"
    session.flush()
    steps.approve(session, one, officer)


ACTS: tuple[Callable[[Any, Declaration, Actor], object], ...] = (
    steps.present,
    _approve,
    lambda session, one, officer: steps.reject(session, one, officer, ["name_differs", "photo_unusable:id_back"], ""),
    lambda session, one, officer: steps.supplement(session, one, officer, "Ảnh mờ"),
)


def test_they_agree_while_decisions_go_on_and_figures_are_added_up(scene: Scene):
    officer = scene.officers[0]
    with transaction() as session:
        office = scene.offices["07901"]
        today = clock.now()
        waiting = [make_declaration(session, office=office, declared_at=today) for _ in range(len(ACTS) + 1)]
        for one in waiting:
            lifecycle.begin(session, one)
        ids, code = [one.id for one in waiting], waiting[-1].receipt_code
    transfer(code, officer, "Công dân đến nộp tại quầy này")
    assert_agreed(scene, "079", "00114")
    for act, number in zip(ACTS, ids, strict=False):
        with transaction() as session:
            act(session, lifecycle.lock(session, number), officer)
        folding.fold()
        assert_agreed(scene, "079")
    late = clock.now() + timedelta(days=1)
    with clock.at(late), transaction() as session:
        notice = make_notice(session, about=session.get_one(Declaration, ids[0]), status=NoticeStatus.SENDING)
        outbox.settle(session, notice, NoticeStatus.FAILED, failure="Không gửi được")
    with clock.at(late):
        sweep()
        assert_agreed(scene, "000", "079")


def test_what_was_declared_to_an_office_stays_so_when_it_is_merged(scene: Scene):
    former, heir = scene.offices["07901"], scene.offices["00114"]
    with transaction() as session:
        ids = [one.id for one in undecided_of(session, "07901")]
        lifecycle.entrust(session, ids, heir.id)
        known = session.query(Declaration).filter(Declaration.id.in_(ids)).all()
        record_each(session, TrailEvent.TRANSFER, SYSTEM, known, from_office=former.id, to_office=heir.id, merge=1)
        session.get_one(Office, former.id).successor_id = heir.id
    assert_agreed(scene, "079", "00114")


def test_what_failed_stays_listed_though_it_arrived_went_along_or_was_deleted(scene: Scene):
    officer = scene.supervisors["00114"]
    with transaction() as session:
        offices = [session.get_one(Office, scene.offices[code].id) for code in ("00114", "07901")]
        about = [make_declaration(session, office=offices[0]) for _ in range(3)]
        for one in about:
            lifecycle.begin(session, one)
        those = [make_notice(session, about=one, status=NoticeStatus.SENDING, finished_at=None) for one in about]
        for one in those:
            outbox.settle(session, one, NoticeStatus.FAILED, failure="Máy tắt")
        outbox.settle(session, those[0], NoticeStatus.DELIVERED)
        those[1].office_id = offices[1].id
        session.flush()
        session.delete(those[2])
    assert_agreed(scene, "000", "00114", "079")
    today = clock.today()
    rows = lists.show_list(Asked(Listed.FAILED, today, today), "", officer)["rows"][:3]
    assert [(row["name"], row["why"]) for row in rows] == [
        ("", "Tin đã xóa cùng hồ sơ hoặc theo thời hạn lưu."),
        ("", "Hồ sơ nay thuộc cơ quan khác."),
        (about[0].full_name, "Sau đó tin đã đến."),
    ]
    assert trail(TrailEvent.NOTICES)[-1].facts["declarations"] == sorted(
        one.declaration_id for one in [those[0], *_still_failed(officer)]
    )


def _still_failed(officer: Actor) -> list[Notice]:
    with transaction() as session:
        return session.query(Notice).filter_by(status=NoticeStatus.FAILED, office_id=officer.office_id).all()


def test_a_list_goes_on_page_by_page_without_gap_or_double(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    officer = scene.supervisors["000"]
    for what in (Listed.WAITING, Listed.DECLARED, Listed.APPROVED):
        wanted = Asked(what, clock.today() - timedelta(days=13), clock.today())
        seen: list[str] = []
        after, pages = "", 0
        while True:
            page = lists.show_list(wanted, "", officer, after)
            seen += [row["href"] or row["deleted"] for row in page["rows"]]
            after, pages = page["after"], pages + 1
            if not after:
                break
        assert pages > 1
        named = [one for one in seen if one.startswith("/desk/")]
        assert len(named) == len(set(named))
        assert len(seen) == Tables().count(wanted.href("000"), officer)


def test_calls_agree_with_their_lists(scene: Scene):
    head, agent = scene.supervisors["000"], scene.agent
    assert agent is not None
    found = dict(links(calls.show_hotline(head))) | dict(links(boards.show_dashboard(head, "")["figures"]["hotline"]))
    numbers = {}
    for href in found:
        given = {name: value for name, (value,) in parse_qs(urlsplit(href).query).items()}
        wanted, before, numbers[href] = calls.read(given), "", 0
        while True:
            page = calls.show_calls(head, wanted, before)
            numbers[href] += len(page["rows"])
            if not page["more_href"]:
                break
            before = parse_qs(urlsplit(page["more_href"]).query)["before"][0]
    assert found == numbers
    assert len({urlsplit(href).query.partition("kind=")[2] for href in found}) > 3
    today = clock.today()
    assert len(calls.show_calls(agent, calls.Calls(today, today), mine=True)["rows"]) == 4


def test_what_an_agent_did_twice_in_a_call_and_after_midnight_is_listed_as_counted(scene: Scene):
    agent, head = scene.agent, scene.supervisors["000"]
    assert agent is not None
    night = clock.end_of_day(clock.today())
    with transaction() as session:
        session.add(HotlineCall(officer_id=agent.id, at=night, matched=True, acts="open open"))
        for later in (timedelta(0), timedelta(minutes=1), timedelta(minutes=2)):
            figures.count(session, Figure.UNLOCKED, figures.NOWHERE, night + later, officer_id=agent.id)
            record(session, TrailEvent.HOTLINE_ACT, agent, moment=night + later, act="open", done=True)
        record(session, TrailEvent.HOTLINE_ACT, agent, moment=night, act="open", done=False)
    with clock.at(night + timedelta(hours=1)):
        shown = calls.show_hotline(head)
        today, week = (dict(links(shown["flows"][-1]["cells"][at])) for at in (0, 2))
        for ((href, number),) in (today.items(), week.items()):
            given = {name: value for name, (value,) in parse_qs(urlsplit(href).query).items()}
            assert len(calls.show_calls(head, calls.read(given))["rows"]) == number
        assert list(today.values()) == [2]


def trail(event: TrailEvent) -> list[TrailRow]:
    with transaction() as session:
        return session.query(TrailRow).filter_by(event=event).order_by(TrailRow.id).all()


def test_whoever_is_listed_was_looked_at(scene: Scene):
    officer, today = scene.supervisors["00114"], clock.today()
    page = lists.show_list(Asked(Listed.APPROVED, today, today), "", officer)
    (look,) = trail(TrailEvent.SEARCH)
    assert (len(look.facts["listed"]), look.actor_id) == (len(page["rows"]), officer.id)
    lists.show_list(Asked(Listed.WAITING, today, today), "", officer)
    assert len(trail(TrailEvent.QUEUE)) == 1
    lists.show_list(Asked(Listed.FAILED, today, today), "", officer)
    (look,) = trail(TrailEvent.NOTICES)
    assert look.facts["declarations"]
    lists.show_list(Asked(Listed.EXPIRED, today - timedelta(days=13), today), "", officer)
    assert len(trail(TrailEvent.SEARCH)) == 1, "a tombstone names nobody"


def test_an_officers_own_list_is_of_the_own_decisions(scene: Scene):
    lan, today = scene.officers[0], clock.today()
    wanted = Asked(Listed.APPROVED, today - timedelta(days=13), today)
    page = lists.show_own_list(wanted, lan)
    tables = Tables()
    mine = [one for one in tables.declarations if one.decided_by_id == lan.id and one.status is Status.APPROVED]
    assert {row["href"] for row in page["rows"]} == {f"/desk/{one.receipt_code}" for one in mine}


def test_nobody_of_another_office_is_listed_by_name_or_number(scene: Scene):
    today = clock.today()
    lan, country = scene.officers[0], scene.supervisors["000"]
    wanted = Asked(Listed.APPROVED, today - timedelta(days=13), today, officer_id=lan.id)
    assert lists.show_list(wanted, "00114", country)["narrowed"] == ["do Nguyễn Thị Lan giải quyết"]
    for code, who in (("00101", lan.id), ("001", lan.id), ("00114", 10**9), ("00114", scene.supervisors["079"].id)):
        with pytest.raises(NotFound):
            lists.show_list(Asked(Listed.APPROVED, today, today, officer_id=who), code, country)


@pytest.mark.parametrize(
    "given",
    [
        {"since": "2026-02-31"},
        {"since": "hôm qua"},
        {"since": "0001-01-01"},
        {"until": "9999-12-31"},
        {"since": "2026-12-01", "until": "2026-11-01"},
        {"since": "' OR 1=1 --"},
    ],
)
def test_absurd_days_are_refused_in_words(given: dict[str, str]):
    with pytest.raises(InvalidInput, match="Ngày|Danh sách"):
        asked.read(Listed.APPROVED, given)


@pytest.mark.parametrize(
    ("what", "given"),
    [
        (Listed.DECLARED, {"key": "fax"}),
        (Listed.FAILED, {"key": "app"}),
        (Listed.APPROVED, {"reason": "name_differs"}),
        (Listed.REJECTED, {"reason": "'; DROP TABLE declarations"}),
        (Listed.DECIDED, {"took": "6"}),
        (Listed.EXPIRED, {"officer": "1"}),
        (Listed.APPROVED, {"officer": "-1"}),
        (Listed.APPROVED, {"officer": "99999999999999999999"}),
    ],
)
def test_parts_that_no_list_has_are_not_found(what: Listed, given: dict[str, str]):
    with pytest.raises(NotFound):
        asked.read(what, given)


@pytest.mark.parametrize("after", ["x", "1_x", "nan_1", "1e400_1", "1_99999999999999999999", "_", "-1e18_3"])
def test_a_mangled_key_shows_the_first_page(after: str):
    assert lists.read_key(after) is None


def test_lists_end_before_the_shortest_term_that_can_be_set():
    counted = ("REJECTED", "APPROVED", "TOMBSTONES", "HOTLINE_CALLS", "NOTICES")
    shortest = min(RETENTION_DAYS[f"RETENTION_{one}_DAYS"][1] for one in counted)
    assert timedelta(days=shortest) > asked.FURTHEST
