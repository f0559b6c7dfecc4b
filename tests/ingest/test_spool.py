"""What was acknowledged is there after whatever happens, sealed; and nothing stays longer than it may."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from turnpike.ingest import spool as spooling
from turnpike.ingest import spool_segments
from turnpike.ingest.errors import TryLater
from turnpike.ingest.feeding import MAX_BODY_BYTES, SpooledMessage
from turnpike.ingest.spool import Place, Spool
from turnpike.ingest.spool_marks import Marks
from turnpike.ingest.spool_segments import HEADER_BYTES, Segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from turnpike.ingest.spool_outage import Outage

KEY = bytes(range(32))
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WAIT_S = 20


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def opened(folder: Path, clock: Clock) -> Iterator[Callable[..., Spool]]:
    """Opens the spool, as after a restart where another was opened before; all are stopped at the end."""
    started: list[Spool] = []

    def start(*, key: bytes = KEY, max_bytes: int = 1 << 30) -> Spool:
        for earlier in started:
            earlier.stop()
        started[:] = [Spool(folder, key, max_bytes=max_bytes, now=clock)]
        started[0].start()
        return started[0]

    yield start
    for one in started:
        one.stop()


def message(body: bytes = b"body", *, feed: str = "gate") -> SpooledMessage:
    return SpooledMessage(feed, NOW, "text/plain", "a/topic", body)


def put(spool: Spool, *bodies: bytes) -> None:
    for future in [spool.put(message(body)) for body in bodies]:
        future.result(WAIT_S)


def bodies(spool: Spool) -> list[bytes]:
    return [one.message.body for one in spool.take(10_000, most_bytes=1 << 30)]


def all_bodies(spool: Spool) -> list[bytes]:
    found: list[bytes] = []
    while some := bodies(spool):
        found += some
    return found


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.seg"))


def test_what_is_put_is_taken_whole_once_and_in_order(opened: Callable[..., Spool]):
    spool = opened()
    sent = [message(os.urandom(size), feed=f"feed-{size}") for size in (0, 1, 2_000, 70_000)]
    for one in sent:
        spool.put(one).result(WAIT_S)
    taken = spool.take(10, most_bytes=1 << 20)
    assert [one.message for one in taken] == sent
    assert [spool.read(one.place) for one in taken] == sent
    assert spool.take(10) == []


def test_a_message_of_the_largest_size_is_taken(opened: Callable[..., Spool]):
    spool = opened()
    body = bytes(MAX_BODY_BYTES)
    put(spool, b"before", body, b"after")
    assert all_bodies(spool) == [b"before", body, b"after"]
    assert all_bodies(opened()) == [b"before", body, b"after"]


def test_nothing_of_a_message_is_on_the_disk_in_the_clear(opened: Callable[..., Spool], folder: Path):
    put(opened(), b"AB12CDE" * 20)
    for path in folder.iterdir():
        assert b"AB12CDE" not in path.read_bytes()
        assert b"gate" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0


def test_what_is_not_settled_comes_again_after_a_restart_and_the_rest_does_not(
    opened: Callable[..., Spool],
):
    spool = opened()
    put(spool, *(b"%d" % number for number in range(9)))
    taken = spool.take(5)
    spool.settle([one.place for one in taken if one.message.body in {b"0", b"3"}])
    spool = opened()
    assert all_bodies(spool) == [b"%d" % number for number in (1, 2, 4, 5, 6, 7, 8)]
    put(spool, b"new")
    assert all_bodies(spool) == [b"new"]


def test_a_segment_goes_when_all_in_it_is_settled(opened: Callable[..., Spool], folder: Path, clock: Clock):
    spool = opened()
    put(spool, b"1", b"2")
    first, second = spool.take(9)
    clock.now += spooling.SEGMENT_AGE
    put(spool, b"3")
    assert len(segments(folder)) == 2
    spool.settle([first.place])
    assert len(segments(folder)) == 2
    spool.settle([second.place])
    assert len(segments(folder)) == 1
    (third,) = spool.take(9)
    spool.settle([third.place])
    assert len(segments(folder)) == 1, "the one that is written to stays"
    clock.now += spooling.SEGMENT_AGE
    spool.tidy()
    assert segments(folder) == []
    assert spool.read(third.place) is None


def test_a_torn_file_keeps_whatever_was_whole_at_every_byte(tmp_path: Path):
    segment = Segment.begin(tmp_path, 1, KEY, NOW)
    ends = [HEADER_BYTES]
    for content in (b"first", b"", b"third" * 9):
        segment.admit(segment.write([content]))
        ends.append(segment.size)
    segment.close()
    whole = segment.path.read_bytes()
    for size in range(len(whole) + 1):
        for tail in (b"", b"\0" * 40, b"\0\0\0\x20" + bytes(range(40)), b"\xff" * 7):
            content = whole[:size] + tail
            segment.path.write_bytes(content)
            # By chance a tail may be just what was torn off.
            kept = sum(content[:end] == whole[:end] for end in ends[1:])
            found = Segment.opened(segment.path, KEY)
            if not kept:
                assert found is None or not found.readable or len(found) == 0
                continue
            assert found is not None
            assert found.read(0, len(found)) == [b"first", b"", b"third" * 9][:kept]
            assert segment.path.stat().st_size == ends[kept], "the torn tail is cut off"


def test_what_comes_after_a_torn_tail_is_kept(opened: Callable[..., Spool], folder: Path):
    put(opened(), b"one", b"two")
    spool = opened()
    spool.stop()
    (path,) = segments(folder)
    path.write_bytes(path.read_bytes()[:-1])
    spool = opened()
    put(spool, b"three")
    assert all_bodies(spool) == [b"one", b"three"]
    assert all_bodies(opened()) == [b"one", b"three"]


def test_a_record_that_rots_is_passed_over_and_no_other(
    opened: Callable[..., Spool], folder: Path, caplog: pytest.LogCaptureFixture
):
    spool = opened()
    put(spool, b"one" * 9, b"two" * 9, b"three" * 9)
    (path,) = segments(folder)
    spool.stop()
    content = bytearray(path.read_bytes())
    content[HEADER_BYTES + 4 + 20] ^= 1
    path.write_bytes(content)
    spool = opened()
    assert all_bodies(spool) == [b"two" * 9, b"three" * 9]
    assert "1 messages of the spool are damaged" in caplog.text


def test_marks_are_noted_all_or_none(tmp_path: Path):
    marks = Marks(tmp_path / "settled.log")
    marks.add([(1, 0), (1, 2)])
    before = (tmp_path / "settled.log").stat().st_size
    marks.add([(1, 5), (2, 7), (2, 8)])
    whole = (tmp_path / "settled.log").read_bytes()
    for size in range(before, len(whole)):
        (tmp_path / "settled.log").write_bytes(whole[:size])
        assert Marks(tmp_path / "settled.log").read() == {1: [0, 2]}
        assert (tmp_path / "settled.log").stat().st_size == before
    for at in range(before, len(whole)):
        torn = bytearray(whole)
        torn[at] ^= 1
        (tmp_path / "settled.log").write_bytes(torn)
        assert Marks(tmp_path / "settled.log").read() == {1: [0, 2]}
    (tmp_path / "settled.log").write_bytes(whole)
    again = Marks(tmp_path / "settled.log")
    assert again.read() == {1: [0, 2, 5], 2: [7, 8]}
    again.compact([(2, 7)])
    again.add([(3, 1)])
    assert Marks(tmp_path / "settled.log").read() == {2: [7], 3: [1]}


def test_marks_that_grow_are_written_anew(
    opened: Callable[..., Spool], folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("turnpike.ingest.spool_marks._COMPACT_FROM_BYTES", 1_000)
    spool = opened()
    for _ in range(30):
        put(spool, *[b"x"] * 20)
        spool.settle([one.place for one in spool.take(99)])
        clock.now += spooling.SEGMENT_AGE
        spool.tidy()
    put(spool, b"left")
    assert (folder / "settled.log").stat().st_size < 2_000
    assert all_bodies(opened()) == [b"left"]


def outage_of(spool: Spool) -> Outage | None:
    return spool.outages.now_on


def over_of(spool: Spool) -> Outage | None:
    return spool.outages.over


def test_a_full_spool_refuses_and_tells_one_outage(opened: Callable[..., Spool], clock: Clock):
    spool = opened(max_bytes=20_000)
    put(spool, *[bytes(2_000)] * 9)
    assert outage_of(spool) is None
    for _ in range(5):
        with pytest.raises(TryLater, match="full"):
            spool.put(message(bytes(2_000)))
    assert spool.outages.now_on is not None
    assert (spool.outages.now_on.cause, spool.outages.now_on.refused) == ("full", 5)
    taken = spool.take(99, most_bytes=1 << 30)
    spool.settle([one.place for one in taken])
    clock.now += timedelta(seconds=59)
    spool.tidy()
    assert outage_of(spool) is not None, "less than a minute is one outage still"
    assert over_of(spool) is None
    clock.now += timedelta(seconds=1)
    spool.tidy()
    assert outage_of(spool) is None
    over = over_of(spool)
    assert over is not None
    assert over.refused == 5
    put(spool, bytes(2_000))


def test_a_full_spool_takes_what_is_small(opened: Callable[..., Spool]):
    spool = opened(max_bytes=5_000)
    with pytest.raises(TryLater):
        spool.put(message(bytes(5_000)))
    put(spool, b"small")


@pytest.mark.parametrize("broken", ["_write", "_sync"])
def test_a_disk_that_refuses_is_told_and_loses_nothing_that_was_acknowledged(
    broken: str,
    opened: Callable[..., Spool],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    spool = opened()
    put(spool, b"before")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(spool_segments, broken, fail)
        futures = [spool.put(message(b"refused")) for _ in range(3)]
        for future in futures:
            with pytest.raises(TryLater, match="disk"):
                future.result(WAIT_S)
    assert spool.outages.now_on is not None
    assert (spool.outages.now_on.cause, spool.outages.now_on.refused) == ("disk", 3)
    put(spool, b"after")
    assert all_bodies(spool) == [b"before", b"after"]
    assert all_bodies(opened()) == [b"before", b"after"]
    assert "could not be written: OSError" in caplog.text


def test_after_24_hours_a_segment_is_due_with_what_was_never_settled(
    opened: Callable[..., Spool], folder: Path, clock: Clock
):
    spool = opened()
    for feed in ("gate", "gate", "bridge", "settled"):
        spool.put(message(feed=feed)).result(WAIT_S)
    spool.settle([one.place for one in spool.take(9) if one.message.feed == "settled"])
    clock.now += timedelta(hours=23, minutes=59)
    spool = opened()
    assert spool.due() == []
    put(spool, b"young")
    clock.now += timedelta(minutes=1)
    (due,) = spool.due()
    assert (due.unsettled, due.unreadable) == ({"gate": 2, "bridge": 1}, 0)
    spool.drop(due.segment)
    assert spool.due() == []
    assert [one.message.body for one in spool.take(9)] == [b"young"]
    assert len(segments(folder)) == 1


def test_the_segment_that_is_written_to_goes_after_24_hours_too(
    opened: Callable[..., Spool], folder: Path, clock: Clock
):
    spool = opened()
    put(spool, b"alone")
    clock.now += timedelta(hours=24)
    (due,) = spool.due()
    spool.drop(due.segment)
    assert segments(folder) == []
    put(spool, b"next")
    assert all_bodies(spool) == [b"next"]


def test_without_its_key_the_spool_is_lost_for_a_day_and_nothing_else_is(
    opened: Callable[..., Spool], folder: Path, clock: Clock
):
    put(opened(), b"old")
    clock.now = datetime.now(UTC)
    spool = opened(key=bytes(32))
    assert bodies(spool) == []
    put(spool, b"new")
    assert all_bodies(spool) == [b"new"]
    clock.now += timedelta(hours=25)
    assert {(len(due.unsettled), due.unreadable) for due in spool.due()} == {(0, 1), (1, 0)}
    clock.now -= timedelta(hours=25)
    assert b"old" in all_bodies(opened()), "with the right key again it is there"


def test_what_comes_during_a_sync_is_synced_together(
    opened: Callable[..., Spool], monkeypatch: pytest.MonkeyPatch
):
    spool = opened()
    may_go, entered, syncs = threading.Event(), threading.Event(), []

    def slowly(descriptor: int) -> None:
        syncs.append(descriptor)
        entered.set()
        assert may_go.wait(WAIT_S)

    monkeypatch.setattr(spool_segments, "_sync", slowly)
    first = spool.put(message(b"first"))
    assert entered.wait(WAIT_S)
    others = [spool.put(message(b"%d" % number)) for number in range(50)]
    assert not first.done()
    assert bodies(spool) == [], "what is not synced is not taken"
    may_go.set()
    for future in [first, *others]:
        future.result(WAIT_S)
    assert len(syncs) == 2
    assert len(all_bodies(spool)) == 51


def test_what_waits_for_a_slow_disk_is_bounded(opened: Callable[..., Spool], monkeypatch: pytest.MonkeyPatch):
    spool = opened()
    may_go, entered = threading.Event(), threading.Event()

    def slowly(_: int) -> None:
        entered.set()
        assert may_go.wait(WAIT_S)

    monkeypatch.setattr(spool_segments, "_sync", slowly)
    monkeypatch.setattr(spooling, "MAX_WAITING_BYTES", 9_000)
    spool.put(message())
    assert entered.wait(WAIT_S)
    for _ in range(8):
        spool.put(message(bytes(1_000)))
    with pytest.raises(TryLater, match="too slow"):
        spool.put(message(bytes(1_000)))
    may_go.set()


def test_a_sender_who_left_before_the_write_is_left_out(
    opened: Callable[..., Spool], monkeypatch: pytest.MonkeyPatch
):
    spool = opened()
    may_go, entered = threading.Event(), threading.Event()

    def slowly(_: int) -> None:
        entered.set()
        assert may_go.wait(WAIT_S)

    monkeypatch.setattr(spool_segments, "_sync", slowly)
    first = spool.put(message(b"first"))
    assert entered.wait(WAIT_S)
    left, stays = spool.put(message(b"left")), spool.put(message(b"stays"))
    assert left.cancel()
    may_go.set()
    first.result(WAIT_S)
    stays.result(WAIT_S)
    assert all_bodies(spool) == [b"first", b"stays"]


def test_many_threads_put_at_once(opened: Callable[..., Spool]):
    spool = opened()

    def send(thread: int) -> None:
        put(spool, *(b"%d %d" % (thread, number) for number in range(50)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(8)))
    found = all_bodies(spool)
    assert len(found) == len(set(found)) == 400
    for thread in range(8):
        own = [body for body in found if body.startswith(b"%d " % thread)]
        assert own == [b"%d %d" % (thread, number) for number in range(50)], "each sender's in their order"


def test_no_nonce_is_used_twice(opened: Callable[..., Spool], folder: Path):
    """Each segment has a key of its own, and is never written to again by another process."""
    put(opened(), b"same")
    put(opened(), b"same")
    one, other = (path.read_bytes()[HEADER_BYTES:] for path in segments(folder))
    assert one != other
    with pytest.raises(FileExistsError):
        Segment.begin(folder, 1, KEY, NOW)


_WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from turnpike.ingest.feeding import SpooledMessage
from turnpike.ingest.spool import Spool
spool = Spool(Path(sys.argv[1]), bytes(range(32)), max_bytes=1 << 30)
spool.start()
number = 0
while True:
    futures = [
        spool.put(SpooledMessage("gate", datetime.now(UTC), "", "", b"%d" % (number + at))) for at in range(7)
    ]
    for future in futures:
        future.result()
        print(number, flush=True)
        number += 1
"""


def test_what_a_killed_process_had_acknowledged_is_there(opened: Callable[..., Spool], folder: Path):
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(folder)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        last = 0
        for line in writer.stdout:
            last = int(line)
            if last >= 300:
                break
        writer.send_signal(signal.SIGKILL)
        for line in writer.stdout:
            last = int(line)
    found = all_bodies(opened())
    assert found[: last + 1] == [b"%d" % number for number in range(last + 1)]
    assert len(set(found)) == len(found)


def test_a_stopping_spool_writes_what_waits_and_refuses_the_rest(opened: Callable[..., Spool]):
    spool = opened()
    futures = [spool.put(message(b"%d" % number)) for number in range(20)]
    spool.stop()
    assert all(future.done() for future in futures)
    with pytest.raises(TryLater, match="stopping"):
        spool.put(message())
    assert len(all_bodies(opened())) == 20


def test_what_is_settled_in_a_segment_that_is_gone_does_no_harm(opened: Callable[..., Spool]):
    spool = opened()
    put(spool, b"1")
    spool.settle([Place(99, 3)])
    assert all_bodies(opened()) == [b"1"]
