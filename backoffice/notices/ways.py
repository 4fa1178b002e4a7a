"""The ways out seen alike: a gateway for SMS or the one for e-mail, taking parcels and telling their fates."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import structlog

from backoffice.gateways.delivery import Fate, GatewayDown, GatewayRefused, Sms, SmsGateway, Windowed
from backoffice.gateways.email import MailGateway
from backoffice.kernel import queue
from backoffice.models import NoticeChannel
from backoffice.notices import doors
from backoffice.notices.parcels import Parcel

log = structlog.get_logger()

UNPREPARED = "Hệ thống gặp trục trặc khi soạn hoặc gửi tin này. Nếu lâu chưa gửi được, xin báo quản trị."


class Poisoned(GatewayDown):
    """The message itself made the sender stumble: tried again later, and no fault of the gateway's."""

    def __init__(self, error: Exception, notice_id: int) -> None:
        # The type alone: the words of an error may quote a message.
        log.error("notice could not be sent", notice_id=notice_id, error=type(error).__name__)
        super().__init__(UNPREPARED, unsure=True)


Told = tuple[Parcel, Fate, float]
"""A parcel, how it fared, and how many seconds that took."""


class Way(Protocol):
    """Takes parcels one after the other, or several at once; whoever takes what is told before asking on has never
    more of them without a fate than the gateway has under way.
    """

    @property
    def name(self) -> str:
        """Return the gateway's name."""

    @property
    def rate(self) -> float:
        """Return its messages a second, 0 for any."""

    def hand_over(self, parcels: Iterable[Parcel]) -> Iterator[Sequence[Told]]:
        """Send the parcels as they come; raises nothing that one of them caused."""


def ways_for(channel: NoticeChannel) -> list[Way]:
    """Return the ways out for messages of `channel`, the preferred first."""
    known = doors.current()
    if channel is NoticeChannel.EMAIL:
        return [MailWay(known.mail)]
    return [WindowedSms(one) if isinstance(one, Windowed) else SmsWay(one) for one in known.sms]


class MailWay:
    """The mail server."""

    def __init__(self, gateway: MailGateway) -> None:
        self._gateway, self.name, self.rate = gateway, gateway.name, gateway.rate

    def hand_over(self, parcels: Iterable[Parcel]) -> Iterator[Sequence[Told]]:
        """Send letters one after the other."""
        for parcel in parcels:
            start = time.monotonic()
            fate = self._fate(parcel)
            yield [(parcel, fate, time.monotonic() - start)]

    def _fate(self, parcel: Parcel) -> Fate:
        try:
            return self._gateway.send(parcel.letter(), notice_id=parcel.due.lease.notice_id)
        except (GatewayRefused, GatewayDown) as fault:
            return fault
        except queue.OutOfTime:
            raise
        except Exception as error:  # noqa: BLE001 (one poisoned row must not hold up the lane)
            return Poisoned(error, parcel.due.lease.notice_id)


class SmsWay:
    """A gateway that takes one SMS after the other."""

    def __init__(self, gateway: SmsGateway) -> None:
        self._gateway, self.name, self.rate = gateway, gateway.name, gateway.rate

    def hand_over(self, parcels: Iterable[Parcel]) -> Iterator[Sequence[Told]]:
        """Send SMS one after the other."""
        for parcel in parcels:
            start = time.monotonic()
            fate = self._fate(parcel.sms())
            yield [(parcel, fate, time.monotonic() - start)]

    def _fate(self, sms: Sms) -> Fate:
        try:
            return self._gateway.send(**sms._asdict())
        except (GatewayRefused, GatewayDown) as fault:
            return fault
        except queue.OutOfTime:
            raise
        except Exception as error:  # noqa: BLE001 (one poisoned row must not hold up the lane)
            return Poisoned(error, sms.notice_id)


class WindowedSms:
    """A gateway that has several SMS under way."""

    def __init__(self, gateway: SmsGateway) -> None:
        if not isinstance(gateway, Windowed):
            raise TypeError("this gateway takes one message after the other")
        self._gateway, self.name, self.rate = gateway, gateway.name, gateway.rate

    def hand_over(self, parcels: Iterable[Parcel]) -> Iterator[Sequence[Told]]:
        """Send SMS in a window."""
        begun: dict[int, tuple[Parcel, float]] = {}
        waited = 0.0  # for the next parcel: no time of the gateway's

        def messages() -> Iterator[Sms]:
            nonlocal waited
            source = iter(parcels)
            while True:
                start = time.monotonic()
                parcel = next(source, None)
                now = time.monotonic()
                waited += now - start
                if parcel is None:
                    return
                begun[parcel.due.lease.notice_id] = parcel, now - waited
                yield parcel.sms()

        try:
            for batch in self._gateway.send_each(messages()):
                now = time.monotonic() - waited
                yield [
                    (parcel, fate, now - start) for sms, fate in batch for parcel, start in [begun.pop(sms.notice_id)]
                ]
        except queue.OutOfTime:
            raise
        except Exception as error:  # noqa: BLE001 (whatever happened, those under way get their fate)
            yield [(parcel, Poisoned(error, parcel.due.lease.notice_id), 0.0) for parcel, _ in begun.values()]
