"""How values read on screen: Vietnamese days and hours, grouped numbers."""

from __future__ import annotations

from datetime import date, datetime

from flask import Flask

from backoffice.identity.bhxh_code import group_code
from backoffice.identity.phone import group_phone, mask_phone
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock


def day(value: date | datetime | None) -> str:
    """Return 20/11/2026; an instant as the day it is in Vietnam; nothing for None."""
    return _local(value).strftime("%d/%m/%Y") if value else ""


def daymonth(value: date | datetime | None) -> str:
    """Return 20/11."""
    return _local(value).strftime("%d/%m") if value else ""


def moment(value: datetime | None) -> str:
    """Return 09:40 20/11/2026 in Vietnam's time."""
    return _local(value).strftime("%H:%M %d/%m/%Y") if value else ""


def hour(value: datetime | None) -> str:
    """Return 09:40 in Vietnam's time."""
    return _local(value).strftime("%H:%M") if value else ""


def _local(value: date | datetime) -> date | datetime:
    return clock.local(value) if isinstance(value, datetime) else value


def install(app: Flask) -> None:
    """Give the templates these filters."""
    app.jinja_env.filters.update(
        day=day,
        daymonth=daymonth,
        moment=moment,
        hour=hour,
        code=group_code,
        phone=group_phone,
        masked_phone=mask_phone,
        receipt=format_receipt_code,
    )
