"""How numbers read in Vietnamese: 1.234, 12,5 %, what has grown."""

from __future__ import annotations

from datetime import date

DAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
NOTHING = "–"


def in_words(number: int) -> str:
    """Return 1.234.567."""
    return f"{number:,}".replace(",", ".")


def share(part: int, whole: int) -> str:
    """Return 40 % or, below ten and above 99 of them, 2,5 %; – of nothing. Only all is 100 %, only none is 0 %."""
    if whole <= 0:
        return NOTHING
    tenths = round(1000 * part / whole)
    tenths = min(tenths, 999) if part < whole else tenths
    tenths = max(tenths, 1) if part > 0 else tenths
    if tenths % 10 and not 100 <= tenths <= 990:
        return f"{tenths // 10},{tenths % 10} %"
    return f"{round(tenths / 10)} %"


def change(now: int, before: int) -> str:
    """Return how much more or less it is than `before`: "tăng 3", "giảm 1.200", "bằng"."""
    if now == before:
        return "bằng"
    return f"{'tăng' if now > before else 'giảm'} {in_words(abs(now - before))}"


def short_day(day: date) -> str:
    """Return "T2 30/11"."""
    return f"{DAYS[day.weekday()]} {day:%d/%m}"


def minutes(number: int | None) -> str:
    """Return "8 phút", "1 giờ 05 phút", "2 ngày"; – for None."""
    if number is None:
        return NOTHING
    if number < 60:
        return f"{number} phút" if number else "dưới 1 phút"
    if number < 24 * 60:
        return f"{number // 60} giờ {number % 60:02d} phút"
    return f"{in_words(round(number / (24 * 60)))} ngày"
