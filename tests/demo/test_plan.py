"""The demo's stories hold together whenever they are told: on a weekend, at night, around Tết (issue 2 item 10)."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from backoffice.demo.offices import DEMO_OFFICES, read_offices
from backoffice.demo.plan import OFFICES, tell
from backoffice.demo.story import Act, Story
from backoffice.identity.names import alike_name
from backoffice.identity.phone import normalize_phone
from backoffice.kernel import clock
from backoffice.kernel.clock import VIETNAM
from backoffice.models import PhotoKind, Purpose
from backoffice.rules.deadlines import deadline, is_working_day, reminder_day

DAYS = 10
OFFICE_ROWS = {row.code: row for row in read_offices(DEMO_OFFICES)}
MOMENTS = {
    "a Friday afternoon": datetime(2026, 11, 20, 15, 0, tzinfo=VIETNAM),
    "the first minutes of a day": datetime(2026, 11, 20, 0, 0, 30, tzinfo=VIETNAM),
    "before the offices open": datetime(2026, 11, 20, 7, 30, tzinfo=VIETNAM),
    "just after they open": datetime(2026, 11, 20, 8, 20, tzinfo=VIETNAM),
    "a Sunday": datetime(2026, 11, 22, 10, 0, tzinfo=VIETNAM),
    "a public holiday": datetime(2026, 11, 24, 10, 0, tzinfo=VIETNAM),
    "during Tết 2027": datetime(2027, 2, 8, 10, 0, tzinfo=VIETNAM),
    "the morning after Tết 2027": datetime(2027, 2, 11, 8, 3, tzinfo=VIETNAM),
    "New Year's Eve": datetime(2026, 12, 31, 23, 59, 59, tzinfo=VIETNAM),
    "leap day": datetime(2028, 2, 29, 11, 0, tzinfo=VIETNAM),
}
DECIDED = {Act.APPROVE, Act.REJECT}
UNDECIDED_FACTS = {Act.HAND_IN, Act.SUPPLEMENT, Act.ESCALATE}


@pytest.fixture(params=MOMENTS.values(), ids=MOMENTS.keys(), scope="module")
def now(request: pytest.FixtureRequest) -> datetime:
    moment: datetime = request.param
    return moment


@pytest.fixture(scope="module")
def stories(now: datetime) -> list[Story]:
    return tell(OFFICE_ROWS, now, DAYS, 300)


def at(story: Story, *acts: Act) -> datetime | None:
    return next((instant for instant, act in story.steps if act in acts), None)


def still_waits(story: Story, stories: list[Story]) -> bool:
    """Neither handed in, nor expired, nor withdrawn because another declaration of the person was approved (D6)."""
    others = [at(other, Act.APPROVE) for other in stories if other.person == story.person and other is not story]
    withdrawn = any(approved and story.declared_at < approved for approved in others)
    return not withdrawn and at(story, *UNDECIDED_FACTS, *DECIDED, Act.EXPIRE) is None


def test_there_are_as_many_as_asked_for_over_all_the_offices(stories: list[Story]):
    assert len(stories) == 300
    assert {story.office for story in stories} == set(OFFICES)
    assert sum(story.office == "00114" for story in stories) >= 140


def test_nothing_happens_after_now_and_nothing_before_it_was_declared(stories: list[Story], now: datetime):
    for story in stories:
        assert story.declared_at <= now
        assert all(story.declared_at < instant <= now for instant, _ in story.steps)


def test_k4_what_was_handed_in_was_handed_in_in_time(stories: list[Story]):
    for story in stories:
        handed_in = at(story, Act.HAND_IN, *UNDECIDED_FACTS, *DECIDED)
        assert handed_in is None or handed_in <= deadline(story.declared_at, DAYS)


def test_k4_what_waits_is_in_time_and_what_expired_was_not(stories: list[Story], now: datetime):
    waiting = [story for story in stories if still_waits(story, stories)]
    expired = [(story, instant) for story in stories if (instant := at(story, Act.EXPIRE))]
    assert len(waiting) > 60
    assert all(deadline(story.declared_at, DAYS) >= now for story in waiting)
    assert len(expired) > 20
    assert all(instant > deadline(story.declared_at, DAYS) for story, instant in expired)


def test_d6_a_withdrawn_one_was_in_time_when_the_other_was_approved(stories: list[Story]):
    pairs = [
        (deadline(story.declared_at, DAYS), approved)
        for story in stories
        for other in stories
        if other is not story and other.person == story.person
        if (approved := at(other, Act.APPROVE)) and story.declared_at < approved and not at(story, *DECIDED)
    ]
    assert pairs
    assert all(last >= approved for last, approved in pairs)


def test_k7_the_new_deadline_of_a_supplement_is_still_to_come(stories: list[Story], now: datetime):
    asked = [instant for story in stories if (instant := at(story, Act.SUPPLEMENT))]
    assert asked
    assert all(deadline(instant, DAYS) >= now for instant in asked)


def test_k5_whose_deadline_is_near_has_been_reminded(stories: list[Story], now: datetime):
    for story in stories:
        asked = at(story, Act.SUPPLEMENT)
        if not (asked or still_waits(story, stories)):
            continue
        start = asked or story.declared_at
        morning = datetime.combine(reminder_day(deadline(start, DAYS)), time(8, 1), tzinfo=VIETNAM)
        reminded = any(act is Act.REMIND and instant == morning for instant, act in story.steps)
        assert reminded == (morning <= now)


def test_officers_act_on_working_days_in_office_hours(stories: list[Story]):
    for story in stories:
        for instant, act in story.steps:
            if act in DECIDED | UNDECIDED_FACTS:
                there = clock.local(instant)
                assert is_working_day(there.date())
                assert 8 <= there.hour < 17


def test_no_number_is_shared_but_where_a_scene_wants_it(stories: list[Story]):
    people = {story.person.bhxh_code: story.person for story in stories}.values()
    assert len({person.phone for person in people}) == len(people)
    assert len({person.citizen_id for person in people}) == len(people)
    phones = [story.phone for story in stories]
    assert all(normalize_phone(phone) == phone for phone in phones)
    shared = {phone for phone in phones if len({s.person.bhxh_code for s in stories if s.phone == phone}) > 1}
    assert len(shared) == 3  # one phone for two, the phone of an account, and a mother's for her child


def test_every_undecided_one_of_00114_that_shows_a_card_shows_its_own(stories: list[Story]):
    for story in stories:
        for picture in story.pictures:
            if picture.kind is not PhotoKind.PORTRAIT and story.purpose is Purpose.REGISTER:
                assert picture.person == story.person
    undecided = [s for s in stories if s.office == "00114" and at(s, *DECIDED, Act.EXPIRE) is None]
    own = [story for story in undecided if story.has_id_photos]
    assert len(own) > len(undecided) * 3 // 4
    fronts = {picture for story in own for picture in story.pictures if picture.kind is PhotoKind.ID_FRONT}
    assert len(fronts) >= len(own) - 2


def is_slip(story: Story) -> bool:
    """An adjustment says another name because it is another."""
    return "full_name" in story.said and story.purpose is Purpose.REGISTER


def test_a_slip_of_the_name_is_one_of_diacritics_alone(stories: list[Story]):
    slips = [(story.said["full_name"], story.person.full_name) for story in stories if is_slip(story)]
    assert slips
    assert all(said != true and alike_name(said, true) for said, true in slips)


def test_the_same_moment_tells_the_same_stories(now: datetime, stories: list[Story]):
    again = tell(OFFICE_ROWS, now, DAYS, 300)
    assert [(s.person, s.declared_at, s.steps, s.said) for s in again] == [
        (s.person, s.declared_at, s.steps, s.said) for s in stories
    ]


def test_the_queue_of_00114_is_worth_a_look_on_a_working_day():
    now = MOMENTS["a Friday afternoon"]
    home = [story for story in tell(OFFICE_ROWS, now, DAYS, 300) if story.office == "00114"]
    waiting = [story for story in home if still_waits(story, home)]
    due_today = [s for s in waiting if clock.local(deadline(s.declared_at, DAYS)).date() == now.date()]
    assert len(waiting) == 36
    assert 4 <= len(due_today) <= 8
    assert sum(at(story, Act.SUPPLEMENT) is not None for story in home) == 3
    assert sum((at(story, Act.APPROVE) or now - timedelta(days=9)).date() == now.date() for story in home) >= 10


@pytest.mark.parametrize("days", [1, 3, 30])
def test_other_times_for_handing_in_can_be_told_too(days: int):
    now = MOMENTS["a Friday afternoon"]
    stories = tell(OFFICE_ROWS, now, days, 60)
    assert len(stories) >= 60
    for story in stories:
        assert all(story.declared_at < instant <= now for instant, _ in story.steps)
