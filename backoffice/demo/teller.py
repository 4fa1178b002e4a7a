"""Tells stories of each kind: people, instants, photos and words that go together."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from backoffice.demo.cast import Cast
from backoffice.demo.moments import Moments
from backoffice.demo.people import Person
from backoffice.demo.pictures import Picture, own_pictures
from backoffice.demo.story import Act, Story
from backoffice.identity.papers import Sex
from backoffice.kernel import clock
from backoffice.models import Channel, PhotoKind
from backoffice.rules.deadlines import deadline_day

HOME = "00114"
LENDERS = 8
SHARE_SIGNED_IN = 0.75
SHARE_PORTAL = 0.3
SUPPLEMENTS = (
    "Ảnh mặt sau căn cước bị mờ, đề nghị mang bản gốc để chụp lại",
    "Mẫu số 01 chưa ký, chưa ghi rõ họ tên",
    "Chưa mang bản gốc căn cước, bản sao không đối chiếu được",
)
ESCALATIONS = (
    "Có hai tờ khai cùng mã số với hai số điện thoại khác nhau, đề nghị lãnh đạo xem xét.",
    "Người nộp không nhớ ngày cấp căn cước, ảnh trên thẻ không giống người nộp.",
)
REJECTIONS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("form01_unsigned",), ""),
    (("id_number_differs",), ""),
    (("photo_unusable:id_front",), "Số giấy tờ bị lóa, không đọc được."),
    (("name_differs", "code_wrong"), ""),
    (("phone_not_own",), ""),
    (("not_the_person",), ""),
    (("id_invalid",), "CMND đã hết giá trị sử dụng, đề nghị mang căn cước."),
    (("wrong_office",), ""),
    (("other",), "Công dân đề nghị khai lại theo họ tên mới sau khi cải chính hộ tịch."),
)


class Teller:
    """Draws everything from `rng`, so the same seed at the same moment tells the same stories."""

    def __init__(self, rng: random.Random, cast: Cast, moments: Moments) -> None:
        self.rng = rng
        self.cast = cast
        self.moments = moments
        self._lenders: dict[Sex, list[Person]] = {
            sex: [cast.somebody(HOME, sex=sex) for _ in range(LENDERS)] for sex in ("male", "female")
        }

    def waiting(self, office: str = HOME, *, day: date | None = None, **told: Any) -> Story:
        """Declared on `day` (default: any that is still in time), and not handed in."""
        return self._story(office, self.moments.declaring(self.rng, day or self._open_day()), [], **told)

    def presented(self, office: str = HOME, **told: Any) -> Story:
        """Handed in today or on the working day before, and still being examined."""
        at = self._office_hour(0, 2)
        return self._story(office, self._before(at), [(at, Act.HAND_IN)], **told)

    def supplement(self, office: str = HOME, **told: Any) -> Story:
        """Handed in some days ago, and sent back for what was missing (K7)."""
        still_open = [day for day in self.moments.office_days() if self._is_open(day)]
        at = self.moments.office_hour(self.rng, self.rng.choice(still_open[1:6] or still_open))
        return self._story(
            office, self._before(at), [(at, Act.SUPPLEMENT)], **{"note": self.rng.choice(SUPPLEMENTS)} | told
        )

    def escalated(self, office: str = HOME, **told: Any) -> Story:
        """Handed in, and left to a supervisor (K11)."""
        at = self._office_hour(0, 3)
        return self._story(
            office, self._before(at), [(at, Act.ESCALATE)], **{"note": self.rng.choice(ESCALATIONS)} | told
        )

    def approved(self, office: str = HOME, *, back: tuple[int, int] = (1, 22), **told: Any) -> Story:
        """Approved so many working days `back` (first, end); most have used their password since."""
        at = self._office_hour(*back)
        steps = [(at - timedelta(minutes=self.rng.randint(3, 5)), Act.HAND_IN), (at, Act.APPROVE)]
        used = at + timedelta(minutes=self.rng.randint(10, 3000))
        if used < self.moments.now and self.rng.random() < SHARE_SIGNED_IN:
            steps.append((used, Act.SIGN_IN))
        return self._story(office, self._before(at), steps, **told)

    def rejected(self, office: str = HOME, *, back: tuple[int, int] = (1, 22), **told: Any) -> Story:
        """Not accepted, so many working days `back` (first, end)."""
        at = self._office_hour(*back)
        reasons, note = self.rng.choice(REJECTIONS)
        steps = [(at - timedelta(minutes=self.rng.randint(3, 5)), Act.HAND_IN), (at, Act.REJECT)]
        return self._story(office, self._before(at), steps, **{"reasons": reasons, "note": note} | told)

    def withdrawn(self, office: str = HOME, **told: Any) -> list[Story]:
        """One person declared twice; one of the two was approved, which withdrew the other (D6)."""
        approved = self.approved(office, **told)
        at = next(at for at, act in approved.steps if act is Act.APPROVE)
        person = approved.person
        again = self._story(
            office, self._before(at), [], person=person, said={"phone": self.cast.somebody(office).phone}
        )
        return [approved, again]

    def expired(self, office: str = HOME, **told: Any) -> Story:
        """Never handed in, and deleted right after its deadline (K4)."""
        day = self.rng.choice(self.moments.lapsed_days())
        ends = clock.end_of_day(deadline_day(day, self.moments.days))
        at = min(ends + timedelta(seconds=self.rng.randint(20, 290)), self.moments.now)
        return self._story(office, self.moments.declaring(self.rng, day), [(at, Act.EXPIRE)], pictures=(), **told)

    def lent_portrait(self, person: Person) -> tuple[Picture, ...]:
        """Return somebody else's portrait for who was verified by the population database: no card lies beside it."""
        return (Picture(PhotoKind.PORTRAIT, self.rng.choice(self._lenders[person.sex])),)

    def _story(
        self,
        office: str,
        declared_at: datetime,
        steps: Sequence[tuple[datetime, Act]],
        *,
        person: Person | None = None,
        own: float = 0.0,
        **told: Any,
    ) -> Story:
        """Return the story; with probability `own`, photos of the person's own card belong to it."""
        person = person or self.cast.somebody(office)
        if "pictures" not in told:
            is_own = self.rng.random() < own
            told["pictures"] = own_pictures(person) if is_own else self.lent_portrait(person)
        clocks = [declared_at, *(at for at, act in steps if act is Act.SUPPLEMENT)]
        reminders = [(at, Act.REMIND) for start in clocks if (at := self.moments.reminder(start))]
        return Story(
            person=person,
            office=office,
            declared_at=declared_at,
            steps=(*steps, *reminders),
            **{
                "channel": Channel.PORTAL if self.rng.random() < SHARE_PORTAL else Channel.APP,
                "email": self.cast.an_email(person),
                **told,
            },
        )

    def _before(self, at: datetime) -> datetime:
        """Return when somebody declared who stood at the desk at `at`."""
        day = clock.local(at).date() - timedelta(days=self.rng.randint(0, min(8, self.moments.days)))
        return self.moments.declaring(self.rng, day, at - timedelta(minutes=20))

    def _office_hour(self, first: int, end: int) -> datetime:
        days = self.moments.office_days()
        return self.moments.office_hour(self.rng, self.rng.choice(days[first:end]))

    def _open_day(self) -> date:
        return self.rng.choice(self.moments.open_days())

    def _is_open(self, day: date) -> bool:
        return deadline_day(day, self.moments.days) >= self.moments.today
