"""Days as workbooks count them: a number of days since an epoch (ECMA-376, part 1, 18.17.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

FROM_1900, FROM_1904 = datetime(1899, 12, 30, tzinfo=UTC), datetime(1904, 1, 1, tzinfo=UTC)
_NO_LEAP_DAY = 60
"""29 February 1900, which never was, is the sixtieth day from 1900: those before are counted from a day later."""


def shown_day(value: float, epoch: datetime) -> str:
    """Return the day of `value` as 31/12/2026, of a time without a day the time; OverflowError beyond the calendar."""
    whole, fraction = divmod(value, 1)
    time = timedelta(milliseconds=round(fraction * 86_400_000))
    if 0 <= value < 1 and not time.days:
        return str((epoch + time).time())
    if 0 < value < _NO_LEAP_DAY and epoch == FROM_1900:
        whole += 1
    return f"{epoch + timedelta(days=whole) + time:%d/%m/%Y}"
