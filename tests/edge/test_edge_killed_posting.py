"""A stream of small batches to a real centre, with the edge and the centre killed in the middle of it."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from tests.centre import running_centre

from turnpike.edge.models import PostedRead
from turnpike.edge.outbox import Outbox

CAMERA = "north-gate"
READS = 400
BATCH_READS = 3
KILLS = 6
PATIENCE_S = 60.0

POSTING = """
import sys, threading
from pathlib import Path
from turnpike.edge.outbox import Outbox
from turnpike.edge.sender import Sender
outbox = Outbox(Path(sys.argv[1]))
sender = Sender(outbox, centre_url=sys.argv[2], key=sys.argv[3], batch_reads=int(sys.argv[4]))
sender.start()
emptied = sender.drain(60, threading.Event())
sender.stop()
sys.exit(0 if emptied else 1)
"""

pytestmark = [pytest.mark.long, pytest.mark.timeout(180)]


def plate(number):
    """A plate a read, so that one that is lost or doubled has a name."""
    return f"AB{number // 100:02d}{'ABCDEFGHJK'[number // 10 % 10]}{'ABCDEFGHJK'[number % 10]}X"


@pytest.fixture
def outbox(tmp_path):
    """Full of reads of the last minutes, and open so that the test sees how far the edge has come."""
    filled = Outbox(tmp_path / "out.sqlite3")
    began_at = datetime.now(UTC) - timedelta(minutes=10)
    filled.put(
        [
            PostedRead(
                event_id=filled.event_id("made by hand", str(number)),
                plate=plate(number),
                confidence=0.9,
                captured_at=(began_at + timedelta(seconds=number)).isoformat(timespec="milliseconds"),
            )
            for number in range(READS)
        ],
        model="by-hand-1",
    )
    yield filled
    filled.close()


def wait_until_left(outbox, most):
    deadline = time.monotonic() + PATIENCE_S
    while len(outbox) > most:
        assert time.monotonic() < deadline, f"waited in vain for no more than {most} reads to be left"
        time.sleep(0.002)


def test_killed_in_the_middle_of_a_stream_of_batches_the_store_has_every_event_once(tmp_path, outbox):
    rng = random.Random(19)
    folder = tmp_path / "centre"
    folder.mkdir()
    # How many reads are left when the plug is pulled; at the third the centre's is, at the others the edge's.
    pulled_at = sorted(rng.sample(range(30, READS - 20), KILLS + 1), reverse=True)
    with running_centre(folder) as centre:
        key = centre.register(CAMERA)[CAMERA]
        command = [
            *(sys.executable, "-c", POSTING, str(tmp_path / "out.sqlite3")),
            *(centre.url, key, str(BATCH_READS)),
        ]
        edge = subprocess.Popen(command)
        for pull, left in enumerate(pulled_at):
            wait_until_left(outbox, left)
            with pytest.raises(subprocess.TimeoutExpired):  # a moment of chance, in or between two posts
                edge.wait(rng.uniform(0, 0.08))
            if pull == 2:
                centre.kill()
                centre.start()  # the edge goes on by itself
                continue
            edge.kill()
            edge.wait()
            assert len(outbox)
            edge = subprocess.Popen(command)
        assert edge.wait(PATIENCE_S) == 0
    assert len(outbox) == 0
    stored = centre.stored()
    assert sorted(text for _, _, text in stored) == [plate(number) for number in range(READS)]
    assert len({read_id for read_id, _, _ in stored}) == READS
