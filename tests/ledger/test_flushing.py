"""Who comes while the disk is busy is written with all others who wait; who fails, fails alone with their group."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from turnpike.ledger.flushing import MOST_AT_ONCE, GroupFlush, Unwritten

WAIT_S = 20


class Disk:
    """Writes group after group, each once it is let; gives each item its place."""

    def __init__(self) -> None:
        self.groups: list[list[object]] = []
        self.asked = threading.Semaphore(0)
        self.let = threading.Semaphore(0)
        self.fails_with: BaseException | None = None

    def write(self, group):
        self.asked.release()
        assert self.let.acquire(timeout=WAIT_S)
        fault, self.fails_with = self.fails_with, None
        if fault:
            raise fault
        start = sum(map(len, self.groups))
        self.groups.append(list(group))
        return list(range(start, start + len(group)))


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
def flush(disk):
    return GroupFlush(disk.write)


@pytest.fixture
def callers():
    with ThreadPoolExecutor(32) as threads:
        yield threads


def waiting(flush, number):
    """Returns once that many wait to be written."""
    pause = threading.Event()
    while len(flush._queue) < number:
        pause.wait(0.001)


def test_one_alone_is_written_at_once(flush, disk):
    disk.let.release(2)
    assert flush.put("a") == 0
    assert flush.put("b") == 1
    assert disk.groups == [["a"], ["b"]]


def test_all_that_wait_are_one_group_in_the_order_in_which_they_came(flush, disk, callers):
    first = callers.submit(flush.put, "first")
    assert disk.asked.acquire(timeout=WAIT_S)
    later = []
    for n in range(20):
        later.append(callers.submit(flush.put, n))
        waiting(flush, n + 1)
    disk.let.release(2)
    assert first.result(WAIT_S) == 0
    assert [one.result(WAIT_S) for one in later] == list(range(1, 21))
    assert disk.groups == [["first"], list(range(20))]


def test_nobody_is_told_before_their_own_group_is_written(flush, disk, callers):
    first = callers.submit(flush.put, "first")
    assert disk.asked.acquire(timeout=WAIT_S)
    second = callers.submit(flush.put, "second")
    waiting(flush, 1)
    disk.let.release()
    assert first.result(WAIT_S) == 0
    assert disk.asked.acquire(timeout=WAIT_S)
    assert not second.done()
    disk.let.release()
    assert second.result(WAIT_S) == 1


@pytest.mark.parametrize("fault", [OSError("disk full"), KeyboardInterrupt()])
def test_a_group_that_is_not_written_fails_whole_and_the_next_one_is_written(flush, disk, callers, fault):
    first = callers.submit(flush.put, "first")
    assert disk.asked.acquire(timeout=WAIT_S)
    later = [callers.submit(flush.put, n) for n in range(3)]
    waiting(flush, 3)
    disk.let.release()
    assert first.result(WAIT_S) == 0
    assert disk.asked.acquire(timeout=WAIT_S)
    disk.fails_with = fault
    after = callers.submit(flush.put, "after")
    waiting(flush, 1)
    disk.let.release(2)
    errors = [one.exception(WAIT_S) for one in later]
    # The one who led is interrupted itself; to the others it is an entry that was not written.
    assert sum(isinstance(error, Unwritten) for error in errors) >= 2
    assert all(error is fault or error.__cause__ is fault for error in errors)
    assert after.result(WAIT_S) == 1
    assert disk.groups == [["first"], ["after"]]


def test_who_is_interrupted_while_waiting_stops_nobody(flush, disk, callers):
    first = callers.submit(flush.put, "first")
    assert disk.asked.acquire(timeout=WAIT_S)

    class Interrupted:
        """A lock whose wait is interrupted, as Ctrl-C does."""

        def acquire(self):
            raise KeyboardInterrupt

        def release(self):
            pass

    from turnpike.ledger.flushing import _Waiting

    gone: _Waiting[str, int] = _Waiting("gone")
    gone.woken = cast("threading.Lock", Interrupted())
    flush._queue.append(gone)
    after = callers.submit(flush.put, "after")
    waiting(flush, 2)
    with pytest.raises(KeyboardInterrupt):
        flush._wait(gone)
    disk.let.release(2)
    assert first.result(WAIT_S) == 0
    assert after.result(WAIT_S) == 1
    assert disk.groups == [["first"], ["after"]]


def test_a_group_has_a_largest_size(flush, disk, callers):
    first = callers.submit(flush.put, "first")
    assert disk.asked.acquire(timeout=WAIT_S)
    with ThreadPoolExecutor(MOST_AT_ONCE + 1) as many:
        later = [many.submit(flush.put, n) for n in range(MOST_AT_ONCE + 1)]
        waiting(flush, MOST_AT_ONCE + 1)
        disk.let.release(3)
        assert sorted(one.result(WAIT_S) for one in later) == list(range(1, MOST_AT_ONCE + 2))
    assert first.result(WAIT_S) == 0
    assert [len(group) for group in disk.groups] == [1, MOST_AT_ONCE, 1]
