"""A desk for fault runs: it decides, its real workers can be killed, and afterwards the books are checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any

from sqlalchemy import select

from backoffice.config import Settings
from backoffice.identity.redaction import redact_event
from backoffice.kernel.db import transaction
from backoffice.kernel.start import start
from backoffice.models import Account, Notice, NoticeChannel, NoticeKind, NoticeStatus, Status
from backoffice.notices import actions, doors, jobs
from backoffice.notices.credentials import check_temporary, issue_credentials, use
from backoffice.notices.undelivered import UNHANDLED
from backoffice.rules.reasons import Reason
from tests import factories
from tests.embedded.helpers import eventually
from tests.peers.peer import Peer
from tests.processes import Process, environment
from tests.shifted import Shift

SWEEP_SECONDS = 1.0
"""The scheduler's thirty, for those who wait."""
UNFINISHED = (NoticeStatus.QUEUED, NoticeStatus.SENDING)
WENT = (NoticeStatus.SENT, NoticeStatus.DELIVERED)


@dataclass(frozen=True)
class Decision:
    """One decision, and the one message it is told by."""

    declaration_id: int
    kind: NoticeKind
    phone: str
    account_id: int | None = None


class Worker(Process):
    """A real worker process."""

    def __init__(self, settings: Settings, time: Shift, lanes: Sequence[str]) -> None:
        options = [part for lane in lanes for part in ("--lane", lane)]
        super().__init__("worker", *options, environment=environment(settings), ahead=time.ahead)

    def close(self) -> None:
        """End it if it still runs."""
        if self.poll() is None:
            self.kill()


class Desk:
    """Decides, and keeps a list of what it decided."""

    def __init__(self, settings: Settings, time: Shift, running: ExitStack) -> None:
        self.settings, self.time = settings, time
        self.decisions: list[Decision] = []
        self._running = running
        self._swept = 0.0

    def move(self, **changes: Any) -> None:
        """Go on with other settings: another gateway, another queue, another database."""
        self.settings = dataclasses.replace(self.settings, **changes)
        start(self.settings, processors=[redact_event])

    def use(self, *peers: Peer, more: str = "", patience: float | None = None) -> None:
        """Send through these HTTP gateways, the preferred first; from this process with so many seconds' patience."""
        urls = [f"http://bhxh:matkhau@127.0.0.1:{one.port}?name=web{n}{more}" for n, one in enumerate(peers)]
        self.move(sms_url=",".join(urls))
        for gateway in doors.current().sms:
            if patience is not None:
                gateway.seconds = patience  # type: ignore[attr-defined]

    def worker(self, *lanes: str) -> Worker:
        """Start a worker of those lanes, of all of them unless told."""
        made = Worker(self.settings, self.time, lanes)
        self._running.callback(made.close)
        return made

    def decide(self, count: int, *, lists: bool = False, refusals: bool = False) -> list[Decision]:
        """Decide `count` declarations, each in a transaction of its own, in turn in each of the ways.

        `lists`: what goes by lists alone, on the lane that sends many in a row. `refusals`: these alone, for which
        somebody waits at the counter, and which hold no password.
        """
        ways = (self._approve, self._reject, self._ask_for_more, self._remind)
        if lists or refusals:
            ways = (self._remind if lists else self._reject,)
        made = []
        for number in range(len(self.decisions), len(self.decisions) + count):
            made.append(ways[number % len(ways)](f"0911{number:06d}"))
            self.decisions.append(made[-1])
        return made

    def sweep(self) -> None:
        """Do what the scheduler asks for every half minute."""
        jobs.sweep()

    def stop(self) -> None:
        """SIGKILL every worker."""
        self._running.close()

    def settle(self, what: str = "every message at its end") -> None:
        """Sweep as the scheduler does until nothing waits any more; workers do the rest."""
        eventually(lambda: not self._unfinished_after_sweep(), what)

    def unfinished(self) -> int:
        """Return how many messages are not at their end."""
        with transaction() as session:
            return session.query(Notice).filter(Notice.status.in_(UNFINISHED)).count()

    def notices(self) -> list[Notice]:
        """Return all of them, oldest first."""
        with transaction() as session:
            return list(session.scalars(select(Notice).order_by(Notice.id)))

    def check(self, *peers: Peer, kills: int, undelivered: bool = False) -> int:
        """Check the books: see below. Return how many messages went out once more than needed.

        Every decision has exactly one outcome; every message has gone, or (`undelivered`) is on its office's worklist
        with a reason; at most one is doubled a kill; every password of the newest issue signs in until one is used.
        """
        words = _words_by_phone(peers)
        doubled = sum(len(texts) - 1 for texts in words.values())
        for decision in self.decisions:
            self._check_outcome(decision, words.get(decision.phone, []), undelivered=undelivered)
        assert set(words) <= {decision.phone for decision in self.decisions}, "a message that nobody decided"
        assert doubled <= kills, f"{doubled} messages were doubled by {kills} kills"
        for decision in self.decisions:
            if decision.account_id is not None:
                self._check_passwords(decision.account_id, words.get(decision.phone, []))
        return doubled

    def _unfinished_after_sweep(self) -> int:
        if monotonic() - self._swept > SWEEP_SECONDS:
            jobs.sweep()
            self._swept = monotonic()
        return self.unfinished()

    def _check_outcome(self, decision: Decision, texts: list[str], *, undelivered: bool) -> None:
        with transaction() as session:
            found = session.scalars(
                select(Notice)
                .where(Notice.declaration_id == decision.declaration_id, Notice.channel == NoticeChannel.SMS)
                .where(Notice.status != NoticeStatus.CANCELLED)
            ).all()
            assert [(notice.kind, notice.recipient) for notice in found] == [(decision.kind, decision.phone)]
            (notice,) = found
            if notice.status in WENT:
                assert texts, f"{decision} is called {notice.status} and never came to the gateway"
                return
            assert (undelivered, notice.status) == (True, NoticeStatus.FAILED), f"{decision}: {notice.status}"
            seen = session.scalars(select(Notice.id).where(Notice.id == notice.id, UNHANDLED)).one_or_none()
            assert all((seen, notice.failure, notice.office_id)), "nobody would see it"

    def _check_passwords(self, account_id: int, texts: list[str]) -> None:
        sent = [text.partition(" mat khau ")[2].split()[0] for text in texts]
        with transaction() as session:
            account = session.get_one(Account, account_id)
            issues = [check_temporary(session, account, password) for password in sent]
            assert all(issues), "a password that was sent does not sign in"
            if issues and issues[0] is not None:
                use(session, issues[0])
                assert not any(check_temporary(session, account, password) for password in sent)

    def _approve(self, phone: str) -> Decision:
        with transaction() as session:
            account = factories.make_account(session, phone=phone)
            declaration = factories.make_declaration(session, status=Status.APPROVED, phone=phone)
            actions.approved(session, declaration, account, issue_credentials(session, account, 7))
        return Decision(declaration.id, NoticeKind.APPROVED, phone, account.id)

    def _reject(self, phone: str) -> Decision:
        with transaction() as session:
            declaration = factories.make_declaration(session, status=Status.REJECTED, phone=phone)
            actions.rejected(session, declaration, [next(iter(Reason))], "")
        return Decision(declaration.id, NoticeKind.REJECTED, phone)

    def _ask_for_more(self, phone: str) -> Decision:
        with transaction() as session:
            declaration = factories.make_declaration(session, phone=phone)
            actions.supplement(session, declaration, "Anh the mo")
        return Decision(declaration.id, NoticeKind.SUPPLEMENT, phone)

    def _remind(self, phone: str) -> Decision:
        with transaction() as session:
            declaration = factories.make_declaration(session, phone=phone)
            actions.reminder(session, declaration)
        return Decision(declaration.id, NoticeKind.REMINDER, phone)


LEASE_OVER = timedelta(minutes=2, seconds=1)


def _words_by_phone(peers: Sequence[Peer]) -> dict[str, list[str]]:
    """Return what each number was sent, by all gateways."""
    found: dict[str, list[str]] = {}
    for peer in peers:
        peer.caught_up()
        for message in peer.said("message", status=202) + peer.said("submit", status=0):
            phone = message["to"]
            phone = f"0{phone[2:]}" if phone.startswith("84") else phone
            found.setdefault(phone, []).append(message["text"])
    return found
