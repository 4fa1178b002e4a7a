"""The bound on the whole of a call."""

from __future__ import annotations

import threading

from backoffice.gateways.deadline import within


def test_what_takes_too_long_is_cut() -> None:
    cut = threading.Event()
    with within(0.0, cut.set) as call:
        assert cut.wait(30)
    assert call.done


def test_what_ends_in_time_is_not_cut() -> None:
    cut, other = threading.Event(), threading.Event()
    with within(60.0, cut.set) as call:
        pass
    with within(0.0, other.set):
        assert other.wait(30), "the watch has looked since"
    assert not call.done
    assert not cut.is_set()


def test_a_cut_that_fails_stops_no_other() -> None:
    def stumble() -> None:
        raise OSError("gone already")

    cut = threading.Event()
    with within(0.0, stumble), within(0.0, cut.set):
        assert cut.wait(30)
