"""SMS_URL: the gateways it names, in order of preference."""

from __future__ import annotations

from backoffice.config import Settings
from backoffice.gateways.delivery import SmsGateway
from backoffice.gateways.sms.sandbox import SandboxSms


def open_sms(urls: str, settings: Settings) -> tuple[SmsGateway, ...]:
    """Return the gateways that `urls` (SMS_URL) names, the preferred first; raises ValueError for what is none."""
    if urls == "sandbox:":
        return (SandboxSms(settings.sandbox),)
    raise ValueError(f"SMS_URL: {urls.partition(':')[0]}: is not built yet, only sandbox: is")
