"""A declaration with three photos of 2 MB over HTTP, two at a time, against multipart parsing and photo pool alone."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from functools import partial

from tests.bench.browser import Browser
from tests.bench.data import KEY
from tests.bench.measure import Row, at_least, rounds
from tests.bench.pictures import photo
from tests.bench.served import DESK, LIMIT, serving
from tests.bench.sets import Bench
from tests.intake.sending import URL, adult

AT_ONCE = 2
EACH = 3
BOUNDARY = "an-end-that-no-photo-holds"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
_numbers = itertools.count(5_000_000)


def measure(bench: Bench) -> list[Row]:
    """Return the row."""
    settings = bench.set("middle")
    files = _files()
    with serving(DESK, settings) as ours, serving(LIMIT, settings) as limit:
        sides = {"ours": partial(_sent, ours, URL, files), "limit": partial(_sent, limit, "/intake", files)}
        for act in sides.values():
            act()
        taken = rounds(sides)
    return [at_least("intake, 3 photos of 2 MB", taken["ours"], taken["limit"], 0.7, "/s")]


def _sent(port: int, path: str, files: bytes) -> float:
    """Send EACH declarations over each of AT_ONCE connections; return how many a second."""
    failed: list[object] = []

    def send(fields: list[bytes]) -> None:
        browser = Browser(port, {"Authorization": f"Bearer {KEY}"})
        for one in fields:
            answer = browser.send(path, one + files, CONTENT_TYPE)
            if answer.status not in (200, 201):
                failed.append((answer.status, answer.body[:300]))
        browser.close()

    threads = [threading.Thread(target=send, args=(list(itertools.islice(_fields(), EACH)),)) for _ in range(AT_ONCE)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise RuntimeError(f"intake was answered {failed[0]}")
    return AT_ONCE * EACH / (time.perf_counter() - start)


def _fields() -> Iterator[bytes]:
    """Yield the JSON part of one new person after the other."""
    for number in _numbers:
        person = adult(bhxh_code=f"00{number:08}", phone=f"096{number:07}", id_number=f"001085{number % 1_000_000:06}")
        yield _part("declaration", json.dumps(person).encode(), "")


def _files() -> bytes:
    """Return the three photos as parts, and the end of the body."""
    pictures = {"portrait": photo(), "id_front": photo(with_card=True), "id_back": photo()}
    parts = (
        _part(name, data, f'; filename="{name}.jpg"\r\nContent-Type: image/jpeg') for name, data in pictures.items()
    )
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def _part(name: str, data: bytes, more: str) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + data + b"\r\n"
