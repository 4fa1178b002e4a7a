"""A worker that stops at the gateway, to be killed there: python -m tests.notices.dying_worker before|after.

"before": it is killed before the message is out; "after": the sandbox has it, and nothing is recorded yet.
"""

from __future__ import annotations

import signal
import sys

from backoffice import config, dossier
from backoffice.gateways.sms import SandboxSms, Sent
from backoffice.kernel import start
from backoffice.notices import doors, jobs
from tests.notices.gateways import Mail


class Stopping(SandboxSms):
    """Says on stdout that it has come so far, and waits for its end."""

    def send(self, *, to: str, text: str, notice_id: int, attempt: int = 1) -> Sent:
        if sys.argv[1] == "after":
            super().send(to=to, text=text, notice_id=notice_id, attempt=attempt)
        sys.stdout.write("at the gateway\n")
        sys.stdout.flush()
        while True:
            signal.pause()


if __name__ == "__main__":
    settings = config.load()
    start.start(settings)
    dossier.configure(settings)
    doors.use(doors.Doors((Stopping(settings.sandbox),), Mail()))
    jobs.drain_counter()
