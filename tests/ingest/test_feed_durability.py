"""A centre that is killed between a maker's message and its read has the read, once, after it is started again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests import necessity
from tests.centre import Centre

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.long

_REGISTER = """
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.cameras.services import register_camera
register_camera("tests", camera_id="gate", name="gate", latitude=51.5, longitude=-0.1, heading_degrees=0,
    purpose="Tests", owner="Tests")
import runpy, sys
runpy.run_path(sys.argv[1])["give_case"]("gate")
"""
_INGEST = """
import json, sys, time
from datetime import UTC, datetime, timedelta
from turnpike.site.services import prepare_records
prepare_records()
from turnpike import config
from turnpike.ingest import services as ingest
from turnpike.ingest.feeding import FeedFacts, SpooledMessage
from turnpike.reads.services import ReadStore
MAPPING = {"plate": "plate", "captured_at": "at", "event_id": "id"}
FEED = FeedFacts("feed", "json", settings=MAPPING, cameras={"": "gate"})
store = ReadStore.open(config.load().reads_path)
running = ingest.Ingest(store, facts={"feed": FEED}.get)
running.start()
"""
_SENDER = (
    _INGEST
    + """
number = int(sys.argv[1])
while True:
    now = datetime.now(UTC)
    futures = []
    for at in range(number, number + 5):
        body = {"plate": f"AB{at % 90 + 10}CDE", "at": (now + timedelta(milliseconds=at % 1000)).isoformat(), "id": str(at)}
        futures.append(ingest.put(SpooledMessage("feed", now, "", "", json.dumps(body).encode())))
    for future in futures:
        future.result(20)
        print(number, flush=True)
        number += 1
"""
)
_FINISHER = (
    _INGEST
    + """
until = time.monotonic() + 60
while time.monotonic() < until and any(one.unsettled for one in list(running.spool._segments.values())):
    time.sleep(0.05)
running.stop()
print(json.dumps(sorted(read.plate for read in store.since(0, 100_000))))
store.close()
"""
)


def test_each_acknowledged_message_is_one_read_after_kills_at_any_moment(tmp_path: Path):
    centre = Centre(tmp_path, 1, {})
    centre.run_python(_REGISTER, necessity.__file__)
    sent = 0
    for most in (40, 200):
        with subprocess.Popen(
            [sys.executable, "-c", _SENDER, str(sent)],
            env=centre.environment,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
        ) as sender:
            assert sender.stdout is not None
            lines = []
            for line in sender.stdout:
                lines.append(int(line))
                if len(lines) == most:
                    sender.send_signal(signal.SIGKILL)
        sent = lines[-1] + 1
    plates = json.loads(centre.run_python(_FINISHER))
    acknowledged = sorted(f"AB{at % 90 + 10}CDE" for at in range(sent))
    # Those that were on their way when it was killed may be there besides, and were sent again under the next number.
    assert len(acknowledged) <= len(plates) <= len(acknowledged) + 10
    left = list(plates)
    for plate in acknowledged:
        left.remove(plate)
    assert list((tmp_path / "spool").glob("*.seg")) == []
