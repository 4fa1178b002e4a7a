"""SMS_URL: the gateways it names, in order of preference."""

from __future__ import annotations

from collections.abc import Callable

from backoffice.config import Settings
from backoffice.gateways.delivery import SmsGateway
from backoffice.gateways.sms.address import Address, read_address, split_urls
from backoffice.gateways.sms.brandname import BrandnameSms
from backoffice.gateways.sms.kannel import KannelSms
from backoffice.gateways.sms.sandbox import SandboxSms
from backoffice.gateways.sms.smpp import SmppSms

OPENERS: dict[str, Callable[[Address, str], SmsGateway]] = {
    "smpp": lambda address, _public_url: SmppSms(address),
    "http": KannelSms,
    "https": KannelSms,
    "brandname+http": BrandnameSms,
    "brandname+https": BrandnameSms,
}
"""Scheme → what opens it, given its address and PUBLIC_URL; nothing is connected yet."""


def open_sms(urls: str, settings: Settings) -> tuple[SmsGateway, ...]:
    """Return the gateways that `urls` (SMS_URL) names, the preferred first; nothing is connected yet.

    sandbox: · smpp://… · http(s)://… · brandname+http(s)://…, several by commas. Raises ValueError for what is none of
    these, in words that quote no password.
    """
    opened = tuple(_opened(url, settings) for url in split_urls(urls))
    if not opened:
        raise ValueError("SMS_URL names no gateway")
    if len({gateway.name for gateway in opened}) < len(opened):
        raise ValueError("SMS_URL: two gateways have the same name: give each one of its own by name=")
    return opened


def _opened(url: str, settings: Settings) -> SmsGateway:
    if url == "sandbox:":
        return SandboxSms(settings.sandbox)
    opener = OPENERS.get(url.partition(":")[0].lower())
    if opener is None:
        raise ValueError(f"SMS_URL must be one of sandbox:, {', '.join(f'{scheme}://' for scheme in OPENERS)}")
    return opener(read_address(url), settings.public_url)
