"""How things stood on the mornings before the demo was loaded, as its stories tell: a dashboard compares with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from backoffice.demo.story import Act, Story
from backoffice.kernel import clock
from backoffice.models import FigureMorning, Office, Stood
from backoffice.rules.deadlines import deadline

DAYS = 14
"""With today's: as many as the dashboard shows."""
_ENDS = {Act.APPROVE, Act.REJECT, Act.EXPIRE}
_SOON = timedelta(days=3)


def note_mornings(session: Session, stories: Sequence[Story], offices: Mapping[str, Office], days: int) -> None:
    """Note each morning of the offices the stories play at, and of those above them; `days`: time for handing in."""
    codes = {code: office.path.rstrip(".").split(".") for code, office in offices.items()}
    branches = session.query(Office).filter(Office.code.in_({code for above in codes.values() for code in above}))
    ids = {one.code: one.id for one in branches}
    for back in range(DAYS):
        day = clock.today() - timedelta(days=back)
        morning = datetime.combine(day, time.min, tzinfo=clock.VIETNAM)
        counted = Counter(
            (code, stood) for one in stories for stood in _stood(one, morning, days) for code in codes[one.office]
        )
        session.add_all(
            FigureMorning(office_id=id_, day=day, figure=stood, number=counted[code, stood])
            for code, id_ in ids.items()
            for stood in Stood
        )


def _stood(story: Story, morning: datetime, days: int) -> Iterator[Stood]:
    done = [act for at, act in story.steps if at < morning]
    if story.declared_at >= morning or _ENDS & set(done):
        return
    if Act.ESCALATE in done:
        yield Stood.ESCALATED
    stage = next((act for act in reversed(done) if act in (Act.HAND_IN, Act.ESCALATE, Act.SUPPLEMENT)), None)
    if stage in (Act.HAND_IN, Act.ESCALATE):
        yield Stood.PRESENTED
        return
    yield Stood.WAITING if stage is None else Stood.SUPPLEMENT
    due = clock.local(deadline(story.declared_at, days)).date()
    yield from (stood for stood, last in _until(morning.date()) if morning.date() <= due <= last)


def _until(day: date) -> tuple[tuple[Stood, date], ...]:
    return (Stood.DUE_TODAY, day), (Stood.DUE_SOON, day + _SOON)
