"""SMS: one interface, several gateways in order of preference, opened by SMS_URL."""

from backoffice.gateways.delivery import Fate, GatewayDown, GatewayRefused, Receipt, Sent, Sms, SmsGateway, Windowed
from backoffice.gateways.sms.opening import open_sms
from backoffice.gateways.sms.sandbox import SandboxSms

__all__ = [
    "Fate",
    "GatewayDown",
    "GatewayRefused",
    "Receipt",
    "SandboxSms",
    "Sent",
    "Sms",
    "SmsGateway",
    "Windowed",
    "open_sms",
]
