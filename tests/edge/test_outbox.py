"""The outbox keeps what was read through anything that can end a process."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnpike.edge.errors import EdgeError, OutboxUnavailable
from turnpike.edge.models import PostedRead, Sampling
from turnpike.edge.outbox import Outbox


def read(event_id: str) -> PostedRead:
    return PostedRead(event_id, "AB12 CDE", 0.9, "2026-01-02T03:04:05.000Z")


@pytest.fixture
def outbox(tmp_path):
    opened = Outbox(tmp_path / "box" / "out.sqlite3")
    yield opened
    opened.close()


def test_reads_wait_in_order_until_removed(outbox):
    outbox.put([read("a"), read("b")], model="m")
    outbox.put([read("c")], model="m")
    waiting = outbox.waiting(10)
    assert [b'"a"' in waiting[0].body, b'"b"' in waiting[1].body, b'"c"' in waiting[2].body] == [True] * 3
    outbox.remove(waiting[:2])
    assert outbox.waiting(10) == waiting[2:]


def test_an_item_and_its_reads_are_kept_together_or_not_at_all(outbox):
    class Failing:
        def __iter__(self):
            yield read("a")
            raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        outbox.put(Failing(), model="m", item="picture-1")
    assert not outbox.is_done("picture-1")
    assert len(outbox) == 0
    outbox.put([read("a")], model="m", item="picture-1")
    assert outbox.is_done("picture-1")
    assert len(outbox) == 1


def test_a_removal_that_failed_stands_in_nobodys_way(outbox, tmp_path):
    outbox.put([read("a")], model="m")
    with sqlite3.connect(tmp_path / "box" / "out.sqlite3", isolation_level=None) as other_hand:
        other_hand.execute(
            "CREATE TRIGGER stuck BEFORE DELETE ON waiting BEGIN SELECT RAISE(ABORT, 'disk'); END"
        )
        with pytest.raises(OutboxUnavailable, match="IntegrityError"):
            outbox.remove(outbox.waiting(1))
        other_hand.execute("DROP TRIGGER stuck")
    other_hand.close()
    outbox.put([read("b")], model="m")
    assert len(outbox) == 2
    outbox.remove(outbox.waiting(2))
    assert len(outbox) == 0


def test_a_video_keeps_the_sampling_that_it_was_begun_with_until_it_is_done(outbox):
    first, other = Sampling(0.1, None), Sampling(0.2, 24)
    assert outbox.begin("video", first) == first
    assert outbox.begin("video", other) == first
    assert outbox.begin("another video", other) == other
    outbox.put((), model="m", item="video")
    assert outbox.begin("video", other) == other


def test_a_batch_has_one_model_only(outbox):
    outbox.put([read("a"), read("b")], model="old")
    outbox.put([read("c")], model="new")
    assert {waiting.model for waiting in outbox.waiting(10)} == {"old"}


def test_the_same_event_waits_once(outbox):
    outbox.put([read("a")], model="m")
    outbox.put([read("a")], model="m")
    assert len(outbox) == 1


def test_it_outlives_its_process_and_keeps_its_names(tmp_path):
    path = tmp_path / "out.sqlite3"
    first = Outbox(path)
    name = first.event_id("picture", "0")
    first.put([read("a")], model="m", item="picture")
    first.close()
    second = Outbox(path)
    assert second.event_id("picture", "0") == name
    assert second.is_done("picture")
    assert len(second) == 1
    second.close()


@settings(deadline=None)  # each example opens a database, which takes as long as the disk takes
@given(
    st.lists(st.text(max_size=8), min_size=1, max_size=4),
    st.lists(st.text(max_size=8), min_size=1, max_size=4),
)
def test_event_ids_part_what_is_different(tmp_path_factory, one, other):
    outbox = Outbox(tmp_path_factory.mktemp("ids") / "o.sqlite3")
    same = outbox.event_id(*one) == outbox.event_id(*other)
    outbox.close()
    assert same == ("\0".join(one) == "\0".join(other))


def test_event_ids_of_two_edges_are_unrelated(tmp_path):
    one, other = Outbox(tmp_path / "1"), Outbox(tmp_path / "2")
    assert one.event_id("x") != other.event_id("x")
    one.close()
    other.close()


def test_only_its_owner_can_read_it(outbox, tmp_path):
    assert stat.S_IMODE((tmp_path / "box" / "out.sqlite3").stat().st_mode) == 0o600


def test_a_file_that_is_no_outbox_is_refused_in_one_sentence(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("these are not the bytes of a database, however long one looks at them")
    with pytest.raises(EdgeError, match="cannot be opened"):
        Outbox(path)


def test_who_waits_for_an_arrival_is_woken(outbox):
    woken = threading.Event()

    def wait():
        outbox.wait_for_arrival(30)
        woken.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    while not woken.wait(0.01):
        outbox.wake()
    waiter.join()


WRITER = """
import sys
from pathlib import Path
from turnpike.edge.models import PostedRead
from turnpike.edge.outbox import Outbox
outbox = Outbox(Path(sys.argv[1]))
n = len(outbox)
while True:
    outbox.put([PostedRead(f"event-{n}", "X", 0.5, "t")], model="m", item=f"item-{n}")
    print(n, flush=True)
    n += 1
"""


def test_what_was_put_is_there_after_kill_9(tmp_path):
    path, rng, acknowledged = tmp_path / "out.sqlite3", random.Random(5), -1
    for _ in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for _ in range(rng.randint(3, 30)):
            acknowledged = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.communicate()[0].split()
        acknowledged = int(rest[-1]) if rest else acknowledged
        outbox = Outbox(path)
        # One more may have been committed and not yet told.
        assert acknowledged + 1 <= len(outbox) <= acknowledged + 2
        assert outbox.is_done(f"item-{acknowledged}")
        outbox.close()
