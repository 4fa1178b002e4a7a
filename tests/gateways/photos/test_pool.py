"""The confined processes that read photos (issue 2, item 3): bounded in memory and time, and nobody's orphan."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backoffice.gateways.photos import PhotoPool, PhotoRefused, Refusal, get_pool, limits
from backoffice.gateways.photos.child import WorkerDied
from backoffice.gateways.photos.pool import JobFailed, OutOfMemory
from backoffice.kernel.errors import Unavailable
from tests.gateways.photos.jobs import HERE as JOBS
from tests.gateways.photos.samples import CCCD, card, huge_png, in_format, on_table, opened, saved

LINUX_ONLY = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")


def job(name: str) -> str:
    return f"{JOBS}:{name}"


@pytest.fixture
def two() -> Iterator[PhotoPool]:
    made = PhotoPool(workers=2)
    yield made
    made.close()


def test_a_photo_goes_through_a_worker_and_comes_back_prepared(pool: PhotoPool) -> None:
    photo = pool.prepare_photo(saved(on_table(card(1000), 5), "JPEG"))
    assert opened(photo.full).size == (photo.width, photo.height) == (1600, 1200)
    assert photo.qr_text == CCCD
    assert photo.citizen_card is not None
    assert photo.citizen_card["number"] == "001085012345"
    assert photo.notes == ()


def test_the_qr_on_a_photo_is_read_without_keeping_the_photo(pool: PhotoPool) -> None:
    assert pool.read_qr(saved(on_table(card(1000), 95), "JPEG")) == CCCD
    assert pool.read_qr(saved(on_table(card(1000, qr="A foreign code"), 5), "PNG")) == "A foreign code"
    assert pool.read_qr(saved(on_table(card(1000, qr=None)), "JPEG")) is None


def test_what_is_no_photo_has_no_qr_to_read(pool: PhotoPool) -> None:
    for data, code in ((b"", "empty"), (b"<svg/>", "unknown_format"), (in_format("png")[:200], "broken")):
        with pytest.raises(PhotoRefused) as caught:
            pool.read_qr(data)
        assert caught.value.code == code


def test_what_a_header_betrays_is_refused_without_a_worker() -> None:
    idle = PhotoPool(workers=1)
    for data, code in ((b"", "empty"), (b"text", "unknown_format"), (huge_png(10_000, 9_500, 1, 0), "too_many_pixels")):
        with pytest.raises(PhotoRefused) as caught:
            idle.prepare_photo(data)
        assert caught.value.code == code
    assert idle.pids() == []


def test_a_truncated_photo_is_broken(pool: PhotoPool) -> None:
    with pytest.raises(PhotoRefused) as caught:
        pool.prepare_photo(in_format("heic", card(500))[:3000])
    assert caught.value.code == "broken"


@pytest.mark.parametrize("reason", list(Refusal))
def test_a_refusal_keeps_its_reason_on_the_way_back(pool: PhotoPool, reason: Refusal) -> None:
    with pytest.raises(PhotoRefused) as caught:
        pool.run(job("refuse"), reason.encode())
    assert caught.value.code == reason


# --- memory ---------------------------------------------------------------------------------------------------------


@LINUX_ONLY
def test_a_worker_may_take_512_mb_beyond_its_baseline_and_no_more(pool: PhotoPool) -> None:
    assert pool.run(job("allocate"), b"480") == str(480 << 20).encode()
    with pytest.raises(OutOfMemory):
        pool.run(job("allocate"), b"513")


@LINUX_ONLY
def test_a_photo_that_needs_more_memory_is_too_heavy_and_the_next_one_is_read(pool: PhotoPool) -> None:
    """49 megapixels of grey with alpha: under a megabyte to send, three copies of 196 MB to flatten."""
    bomb = huge_png(7_000, 7_000, bits=8, colour_type=4, samples=2)
    assert len(bomb) < 1 << 20
    with pytest.raises(PhotoRefused) as caught:
        pool.prepare_photo(bomb)
    assert caught.value.code == "too_heavy"
    assert pool.prepare_photo(in_format("jpeg")).width == 96


# --- time and death -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("endless", ["spin", "spin_in_c"])
def test_a_job_over_its_time_is_killed_and_the_next_one_is_done(pool: PhotoPool, endless: str) -> None:
    before = pool.run(job("own_pid"), b"")
    with pytest.raises(WorkerDied) as caught:
        pool.run(job(endless), b"", seconds=0.2)
    assert caught.value.timed_out
    assert pool.pids() == []
    assert pool.run(job("own_pid"), b"") != before


def test_a_photo_may_take_ten_seconds() -> None:
    assert limits.SECONDS == 10


def test_a_worker_that_crashes_is_replaced(pool: PhotoPool) -> None:
    with pytest.raises(WorkerDied) as caught:
        pool.run(job("crash"), b"")
    assert not caught.value.timed_out
    assert pool.run(job("echo"), b"still here") == b"still here"


def test_a_worker_killed_while_idle_is_replaced_unnoticed(pool: PhotoPool) -> None:
    victim = int(pool.run(job("own_pid"), b""))
    os.kill(victim, signal.SIGKILL)
    assert_gone([victim])
    assert pool.run(job("echo"), b"still here") == b"still here"


def test_a_fault_of_ours_tells_its_kind_and_not_what_the_photo_said(pool: PhotoPool) -> None:
    with pytest.raises(JobFailed) as caught:
        pool.run(job("fail"), b"001085012345")
    assert "LookupError in fail" in str(caught.value)
    assert "001085012345" not in str(caught.value)


def test_an_interrupted_caller_leaves_no_answer_behind_for_the_next(pool: PhotoPool) -> None:
    """Otherwise the next declaration would get this one's photo."""

    class Interrupted(Exception):
        pass

    def interrupt(*_: object) -> None:
        raise Interrupted

    pool.run(job("echo"), b"warm")
    usual = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(Interrupted):
            pool.run(job("spin"), b"mine")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, usual)
    assert pool.run(job("echo"), b"yours") == b"yours"


# --- many callers ---------------------------------------------------------------------------------------------------


def test_many_threads_each_get_their_own_answer(two: PhotoPool) -> None:
    questions = [str(number).encode() * 50_000 for number in range(60)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda data: two.run(job("echo"), data), questions)) == questions
    assert len(two.pids()) == 2


def test_a_caller_who_waits_too_long_is_told_to_come_back() -> None:
    busy = PhotoPool(workers=1, queue_seconds=0.05)
    busy.run(job("echo"), b"warm")

    def ask_until_the_other_thread_has_the_worker() -> None:
        while True:
            busy.run(job("echo"), b"")

    with ThreadPoolExecutor(1) as threads:
        spinning = threads.submit(busy.run, job("spin"), b"")
        with pytest.raises(Unavailable) as caught:
            ask_until_the_other_thread_has_the_worker()
        assert caught.value.code == "photos_busy"
        busy.close()
        assert isinstance(spinning.exception(), WorkerDied)


# --- what a worker has and has not ----------------------------------------------------------------------------------


def test_a_worker_has_none_of_the_servers_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTO_KEYS", "a:secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://x:secret@y/z")
    fresh = PhotoPool(workers=1)
    try:
        assert not set(fresh.run(job("environment"), b"").decode().split()) & {"PHOTO_KEYS", "DATABASE_URL", "HOME"}
    finally:
        fresh.close()


@LINUX_ONLY
def test_a_worker_has_none_of_the_servers_open_files(two: PhotoPool, tmp_path: Path) -> None:
    """Its three standard channels, its two pipes, and nothing else: no socket, no connection, no other's pipe."""
    with (tmp_path / "secret").open("w"):
        two.run(job("echo"), b"start one")
        kinds = [name.partition(":")[0] for name in two.run(job("open_files"), b"").decode().split("\n")]
    assert kinds.count("pipe") + kinds.count("/dev/null") <= 6
    assert not {"socket", "anon_inode", str(tmp_path / "secret")} & set(kinds)


def test_a_worker_knows_neither_web_nor_database_nor_the_server_any_image_library(pool: PhotoPool) -> None:
    loaded = {name.partition(".")[0] for name in pool.run(job("modules"), b"").decode().split("\n")}
    assert not loaded & {"flask", "werkzeug", "sqlalchemy", "psycopg", "redis", "rq"}
    assert {"PIL", "numpy", "zxingcpp"} <= loaded
    told = script("import sys, backoffice.gateways.photos; print(*sys.modules)")
    assert not {"PIL", "numpy", "zxingcpp", "pillow_heif"} & set(told.split())


def test_a_worker_writes_no_file(pool: PhotoPool, tmp_path: Path) -> None:
    with pytest.raises(JobFailed):
        pool.run(job("write_file"), str(tmp_path / "written").encode())
    assert not (tmp_path / "written").exists() or (tmp_path / "written").stat().st_size == 0


def test_a_library_that_prints_does_not_spoil_the_answer(pool: PhotoPool) -> None:
    assert pool.run(job("chatter"), b"answer") == b"answer"


# --- processes that come and go -------------------------------------------------------------------------------------


def test_the_process_wide_pool_is_one_and_starts_nothing_by_itself() -> None:
    assert get_pool() is get_pool()
    assert script("from backoffice.gateways.photos import get_pool; print(get_pool().pids())").strip() == "[]"


def test_the_end_of_the_server_ends_its_workers() -> None:
    told = script(f"""
from backoffice.gateways.photos import get_pool
get_pool().run('{job("echo")}', b'')
print(*get_pool().pids())
""")
    assert_gone([int(told)])


@pytest.mark.parametrize("busy_with", ["echo", "spin", "sleep_in_c"])
def test_a_killed_server_leaves_no_worker_behind_idle_or_busy(busy_with: str) -> None:
    program = f"""
import threading
from backoffice.gateways.photos import PhotoPool
pool = PhotoPool(1)
print(pool.run('{job("own_pid")}', b'').decode(), flush=True)
threading.Thread(target=pool.run, args=('{job(busy_with)}', b'', 60)).start()
print('busy', flush=True)
threading.Event().wait()
"""
    server = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    with server:
        assert server.stdout is not None
        worker = int(server.stdout.readline())
        assert server.stdout.readline() == "busy\n"
        server.kill()
    assert_gone([worker])


def test_a_forked_server_starts_workers_of_its_own_and_the_first_keeps_its_own() -> None:
    """As gunicorn does it, with the pool used before the fork, which is the harder case."""
    told = script(f"""
import os
from backoffice.gateways.photos import get_pool
first = get_pool().run('{job("own_pid")}', b'')
if os.fork() == 0:
    assert get_pool().pids() == []
    second = get_pool().run('{job("own_pid")}', b'')
    assert second != first
    raise SystemExit(0)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
assert get_pool().run('{job("own_pid")}', b'') == first
print('well')
""")
    assert told == "well\n"


def script(program: str) -> str:
    """What a Python program of its own prints."""
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


def assert_gone(pids: list[int], seconds: float = 20) -> None:
    """Wait until those processes have ended; fails when one has not."""
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            assert select.select([descriptor], [], [], seconds)[0], f"process {pid} lives on"
        finally:
            os.close(descriptor)
