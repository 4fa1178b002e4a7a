"""The gateways this process sends through: opened once, from the settings it runs with."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice import config
from backoffice.config import Settings
from backoffice.gateways.delivery import Listening
from backoffice.gateways.email import MailGateway, open_mail
from backoffice.gateways.sms import SmsGateway, open_sms
from backoffice.gateways.sms.address import goes_in_clear, split_urls
from backoffice.notices import receipts


@dataclass(frozen=True)
class Doors:
    """The ways out: for SMS in order of preference, one for e-mail."""

    sms: tuple[SmsGateway, ...]
    mail: MailGateway


_used: Doors | None = None
_opened: tuple[Settings, Doors] | None = None


def open_doors(settings: Settings) -> Doors:
    """Return the gateways of SMS_URL and SMTP_URL; raises ValueError for one that does not exist."""
    return Doors(open_sms(settings.sms_url, settings), open_mail(settings.smtp_url, settings))


def faults(settings: Settings) -> list[str]:
    """Return what is wrong with SMS_URL, SMTP_URL and MAIL_FROM, each in a sentence; speaks to no gateway."""
    found = []
    for name, url, opened in (("SMS_URL", settings.sms_url, open_sms), ("SMTP_URL", settings.smtp_url, open_mail)):
        try:
            if url:
                opened(url, settings)
        except ValueError as fault:
            is_ours = str(fault).startswith((name, "MAIL_FROM"))  # another's words may quote the password
            found.append(str(fault) if is_ours else f"{name} is no address that can be read")
    if settings.is_production and not found and any(map(goes_in_clear, split_urls(settings.sms_url))):
        found.append("SMS_URL would send passwords in clear: use https://, or a tunnel that begins on this machine")
    return found


def use(doors: Doors | None) -> None:
    """Send through `doors` instead of what the settings say; None returns to the settings."""
    global _used
    _used = doors


def current() -> Doors:
    """Return the gateways in use: those given to `use`, else those of this process's settings."""
    global _opened
    settings = config.current()
    if _opened is None or _opened[0] is not settings:
        _opened = settings, open_doors(settings)
    return _used or _opened[1]


def names() -> list[str]:
    """Return the names of all gateways in use, the preferred first, mail last."""
    ways = current()
    return [*(one.name for one in ways.sms), ways.mail.name]


def attend() -> None:
    """Keep the sessions of gateways that report over them, and take their receipts: for processes that send."""
    for gateway in current().sms:
        if isinstance(gateway, Listening):
            gateway.listen(receipts.take)


def close() -> None:
    """Hang up everywhere: the process ends."""
    global _opened
    if _opened is not None:
        for gateway in _opened[1].sms:
            gateway.close()
        _opened[1].mail.close()
        _opened = None


def forget(notice_ids: set[int]) -> None:
    """Remove what the sandbox kept of these notices (issue 2 item 8); call it after their rows have gone."""
    ways = current()
    for door in ways.sms:
        door.forget(notice_ids)
    ways.mail.forget(notice_ids)
