"""What every desk must be able to show once: each flag, each state, each way a message can fare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from backoffice.demo.people import Person
from backoffice.demo.pictures import Picture, childs_pictures, own_pictures
from backoffice.demo.story import Act, Story
from backoffice.demo.teller import HOME, Teller
from backoffice.models import Channel, IdType, PhotoKind, Purpose
from backoffice.rules.reasons import plain_sms


def scenes(teller: Teller) -> list[Story]:
    """Return one story or more of each scene, all in office 00114."""
    return [story for scene in _SCENES for story in scene(teller)]


def _one_phone_for_two(t: Teller) -> Sequence[Story]:
    mother, son = t.cast.somebody(HOME), t.cast.somebody(HOME)
    return [_waiting(t, mother), _waiting(t, son, said={"phone": mother.phone})]


def _one_code_for_two(t: Teller) -> Sequence[Story]:
    owner, stranger = t.cast.somebody(HOME), t.cast.somebody(HOME)
    return [_waiting(t, owner), _waiting(t, stranger, said={"bhxh_code": owner.bhxh_code})]


def _one_id_number_for_two(t: Teller) -> Sequence[Story]:
    """The person mistook a digit of the code and declared again."""
    person, other = t.cast.somebody(HOME), t.cast.somebody(HOME)
    return [
        _waiting(t, person),
        _waiting(t, person, said={"bhxh_code": other.bhxh_code, "phone": other.phone}),
    ]


def _phone_of_an_account(t: Teller) -> Sequence[Story]:
    """Declared before the other's account was opened: afterwards the intake would have refused the number."""
    owner = t.approved(back=(0, 1))
    return [owner, _waiting(t, t.cast.somebody(HOME), day=t.moments.open_days()[0], said={"phone": owner.phone})]


def _has_an_account(t: Teller) -> Sequence[Story]:
    before = t.approved(back=(12, 20))
    return [before, _waiting(t, before.person)]


def _rejected_before(t: Teller) -> Sequence[Story]:
    before = t.rejected(back=(2, 6), reasons=("form01_unsigned",), note="")
    return [before, _waiting(t, before.person, day=t.moments.today, replaces=before)]


def _unreadable_photos(t: Teller) -> Sequence[Story]:
    first = t.moments.open_days()[0]
    return [
        _waiting(t, flaws={"id_back": "blurred"}, day=first),
        _waiting(t, flaws={"id_front": "dark", "id_back": "dark"}),
        _waiting(t, flaws={"id_front": "glare"}),
        _waiting(t, flaws={"portrait": "too_small"}),
        _waiting(t, flaws={"id_front": "no_qr"}),
    ]


def _differs_from_the_card(t: Teller) -> Sequence[Story]:
    number, name, born, moved = (t.cast.somebody(HOME) for _ in range(4))
    while plain_sms(name.full_name) == name.full_name:
        name = t.cast.somebody(HOME)
    elsewhere = t.cast.somebody(HOME)
    address = ("province_code", "district_code", "ward_code", "address_line")
    return [
        _waiting(t, number, said={"id_number": _mistyped(number.citizen_id)}, day=t.moments.open_days()[0]),
        _waiting(t, name, said={"full_name": _less_marked(name.full_name)}),
        _waiting(t, born, said={"date_of_birth": born.date_of_birth.replace(day=born.date_of_birth.day % 28 + 1)}),
        _waiting(t, moved, said={column: getattr(elsewhere, column) for column in address}),
    ]


def _other_papers(t: Teller) -> Sequence[Story]:
    verified, abroad, old = (t.cast.somebody(HOME, with_old_id=wanted) for wanted in (False, False, True))
    passport = {"id_type": IdType.PASSPORT, "id_number": f"X0{t.rng.randrange(10**6):06}"}
    return [
        _waiting(t, verified, pictures=t.lent_portrait(verified), day=t.moments.open_days()[0]),
        _waiting(t, abroad, pictures=t.lent_portrait(abroad), said=passport),
        _waiting(t, old, said={"id_type": IdType.OLD_ID, "id_number": old.old_id}),
    ]


def _at_the_desk(t: Teller) -> Sequence[Story]:
    """Being examined by a colleague at this moment; waiting for a photo; perhaps an impostor."""
    held = t.presented(own=1.0)
    if t.moments.is_open:
        held = replace(held, steps=(*held.steps, (t.moments.now - timedelta(minutes=2), Act.HOLD)))
    blurred, victim, impostor = (t.cast.somebody(HOME) for _ in range(3))
    pictures = (Picture(PhotoKind.PORTRAIT, impostor), *own_pictures(victim)[1:])
    return [
        held,
        t.supplement(person=blurred, pictures=own_pictures(blurred, id_back="blurred")),
        t.escalated(person=victim, pictures=pictures, note="Ảnh chân dung không giống ảnh trên căn cước."),
    ]


def _messages_that_do_not_arrive(t: Teller) -> Sequence[Story]:
    """Passwords, a refusal, a confirmation; nobody signs in with a password that never came."""
    endings = ("0001", "0001", "0003")
    lost = [t.approved(back=(0, 1), said={"phone": t.cast.a_phone(ending)}) for ending in endings]
    unused = [replace(story, steps=tuple(step for step in story.steps if step[1] is not Act.SIGN_IN)) for story in lost]
    refused = t.rejected(back=(0, 1), said={"phone": t.cast.a_phone("0001")})
    return [*unused, refused, _waiting(t, said={"phone": t.cast.a_phone("0001")})]


def _for_a_child(t: Teller) -> Sequence[Story]:
    """A mother with an account declares for her child (D11); the phone and the paper are hers."""
    mother = _owner(t)
    born = t.moments.today.replace(day=1) - timedelta(days=365 * 6)
    child = replace(t.cast.somebody(HOME), date_of_birth=born, old_id=None)
    lives = {name: getattr(mother.person, name) for name in _LIVES}
    told: dict[str, Any] = {
        "said": {"phone": mother.phone, **lives},
        "email": mother.email,
        "pictures": childs_pictures(child),
    }
    return [mother, t.waiting(person=child, rests_on=mother, channel=Channel.PORTAL, **told)]


def _adjusting(t: Teller) -> Sequence[Story]:
    """One has a new number and moved, one a new card and name as corrected (D2)."""
    moved, renamed = _owner(t), _owner(t)
    elsewhere = t.cast.somebody(HOME)
    there = {name: getattr(elsewhere, name) for name in _LIVES} | {"phone": elsewhere.phone}
    words = renamed.person.full_name.split()
    name: dict[str, Any] = {"full_name": " ".join([*words[:-1], "Thử", words[-1]])}
    return [
        moved,
        renamed,
        _adjustment(t, moved, there, ()),
        _adjustment(t, renamed, {"phone": renamed.phone, **name}, own_pictures(replace(renamed.person, **name))[1:]),
    ]


def _stopping(t: Teller) -> Sequence[Story]:
    owner = _owner(t)
    stop: dict[str, Any] = {"purpose": Purpose.STOP, "rests_on": owner, "channel": Channel.PORTAL, "email": owner.email}
    return [owner, t.waiting(person=owner.person, said={"phone": owner.phone}, pictures=(), **stop)]


def _entered_at_the_desk(t: Teller) -> Sequence[Story]:
    """Somebody who asked for help: an officer typed it, and has it in hand (issue 10)."""
    person = t.cast.somebody(HOME)
    entered = t.presented(
        person=person, pictures=own_pictures(person), channel=Channel.DESK, is_entered=True, email=None
    )
    at = next(at for at, act in entered.steps if act is Act.HAND_IN)
    return [replace(entered, declared_at=at - timedelta(minutes=2), steps=((at, Act.HAND_IN),))]


_LIVES = ("province_code", "district_code", "ward_code", "address_line")


def _owner(t: Teller) -> Story:
    """Somebody who has an account since before anything that still waits was declared."""
    return t.approved(back=(14, 22))


def _adjustment(t: Teller, owner: Story, said: dict[str, Any], pictures: tuple[Picture, ...]) -> Story:
    told: dict[str, Any] = {
        "purpose": Purpose.ADJUST,
        "rests_on": owner,
        "channel": Channel.PORTAL,
        "email": owner.email,
    }
    return t.waiting(person=owner.person, said=said, pictures=pictures, **told)


def _over(t: Teller) -> Sequence[Story]:
    return [*t.withdrawn(back=(0, 1)), t.rejected(back=(0, 1), own=1.0), t.expired()]


_SCENES: tuple[Callable[[Teller], Sequence[Story]], ...] = (
    _one_phone_for_two,
    _one_code_for_two,
    _one_id_number_for_two,
    _phone_of_an_account,
    _has_an_account,
    _rejected_before,
    _unreadable_photos,
    _differs_from_the_card,
    _other_papers,
    _at_the_desk,
    _messages_that_do_not_arrive,
    _for_a_child,
    _adjusting,
    _stopping,
    _entered_at_the_desk,
    _over,
)


def _waiting(t: Teller, person: Person | None = None, *, flaws: dict[str, str] | None = None, **told: Any) -> Story:
    person = person or t.cast.somebody(HOME)
    return t.waiting(person=person, **{"pictures": own_pictures(person, **flaws or {})} | told)


def _mistyped(number: str) -> str:
    """Return the number with its last two digits changed for one another, or the last one off by one."""
    swapped = number[:-2] + number[-1] + number[-2]
    return swapped if swapped != number else number[:-1] + str((int(number[-1]) + 1) % 10)


def _less_marked(name: str) -> str:
    """Return the name with one word written without diacritics, as hasty fingers do."""
    words = name.split()
    place = max(index for index, word in enumerate(words) if plain_sms(word) != word)
    return " ".join([*words[:place], plain_sms(words[place]), *words[place + 1 :]])
