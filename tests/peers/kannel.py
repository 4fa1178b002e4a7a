"""Kannel with its fake message centre, from Debian's packages, in a folder and on ports of its own."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from backoffice.kernel.parent import dying_with_parent

SECONDS = 60.0
USER, PASSWORD = "bhxh", "matkhau"
_FAKE_CENTRE = "/usr/lib/kannel/test/fakesmsc"
_CONFIGURATION = """\
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = {password}
status-password = {password}
smsbox-port = {box}
smsbox-interface = 127.0.0.1
box-allow-ip = "127.0.0.1"
log-file = {folder}/bearerbox.log
log-level = 0
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = fake
port = {centre}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
global-sender = BHXH
log-file = {folder}/smsbox.log
log-level = 0

group = sendsms-user
username = {user}
password = {password}
concatenation = 1
max-messages = 4

group = sms-service
keyword = default
max-messages = 0
text = ""
"""


def missing() -> list[str]:
    """Return the programs that are not here."""
    path = "/usr/sbin:/usr/bin:/usr/local/bin"
    names = [name for name in ("bearerbox", "smsbox") if shutil.which(name, path=path) is None]
    return names + ([] if Path(_FAKE_CENTRE).exists() else ["fakesmsc"])


class Kannel:
    """bearerbox, smsbox and fakesmsc; what the fake message centre got is in `arrived`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        names = ("admin", "box", "centre", "sendsms")
        self._ports = dict(zip(names, free_ports(len(names)), strict=True))
        self._file = folder / "kannel.conf"
        facts = {"folder": folder, "user": USER, "password": PASSWORD, **self._ports}
        self._file.write_text(_CONFIGURATION.format(**facts))

    def __enter__(self) -> Kannel:
        try:
            self._run("bearerbox", shutil.which("bearerbox", path="/usr/sbin:/usr/bin") or "", str(self._file))
            for name in ("admin", "box", "centre"):
                self._until(lambda name=name: _listens(self._ports[name]), f"bearerbox's {name} port")
            self._run("smsbox", shutil.which("smsbox", path="/usr/sbin:/usr/bin") or "", str(self._file))
            self._until(lambda: _listens(self._ports["sendsms"]), "smsbox")
            self._until(lambda: "smsbox:" in self.status(), "smsbox at bearerbox")
            self.connect_centre()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def port(self) -> int:
        """Return where sendsms is asked."""
        return self._ports["sendsms"]

    def url(self, *, dlr: str, name: str = "kannel", password: str = PASSWORD) -> str:
        """Return SMS_URL for it; receipts go to the desk at `dlr`."""
        return f"http://{USER}:{password}@127.0.0.1:{self.port}/cgi-bin/sendsms?name={name}&dlr={dlr}"

    def connect_centre(self) -> None:
        """Have the message centre come back."""
        where = ["-H", "127.0.0.1", "-r", str(self._ports["centre"])]
        # It sends one message of its own, ends when it has no more to send, and so waits for a second one.
        self._run("fakesmsc", _FAKE_CENTRE, *where, "-i", "1000000", "-m", "2", "1 2 text nop")
        self._until(lambda: "(online" in self.status(), "the message centre online")

    def disconnect_centre(self) -> None:
        """Have the message centre go away."""
        self._end("fakesmsc")
        self._until(lambda: "(online" not in self.status(), "the message centre away")

    def status(self) -> str:
        """Return what bearerbox tells of itself."""
        address = f"http://127.0.0.1:{self._ports['admin']}/status.txt?password={PASSWORD}"
        with urllib.request.urlopen(address, timeout=10) as answer:
            return str(answer.read().decode())

    @property
    def arrived(self) -> list[str]:
        """Return what the message centre got: "sender recipient kind words" each."""
        log = self._folder / "fakesmsc.out"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return [line.partition("<")[2].rpartition(">")[0] for line in lines if "Got message" in line]

    def wait_for(self, count: int, to: str) -> list[str]:
        """Wait until `count` messages for the number `to` have come; return them."""
        self._until(lambda: len(self._for(to)) >= count, f"{count} messages for {to}: {self.arrived}")
        return self._for(to)

    def close(self) -> None:
        """End all of it."""
        for name in ("fakesmsc", "smsbox", "bearerbox"):
            self._end(name)

    def _for(self, to: str) -> list[str]:
        return [message for message in self.arrived if message.split()[1:2] == [to]]

    def _run(self, name: str, *command: str) -> None:
        with (self._folder / f"{name}.out").open("ab") as out:
            self._processes[name] = subprocess.Popen(
                command,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                preexec_fn=dying_with_parent(signal.SIGKILL),
            )

    def _end(self, name: str) -> None:
        process = self._processes.pop(name, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _until(self, true: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not true():
            ended = [name for name, process in self._processes.items() if process.poll() is not None]
            assert not ended, f"{ended} ended: {self._last_words(ended[0])}"
            assert time.monotonic() < deadline, f"never happened: {what}"
            time.sleep(0.02)

    def _last_words(self, name: str) -> str:
        return (self._folder / f"{name}.out").read_text(errors="replace")[-1500:]


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses just now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
