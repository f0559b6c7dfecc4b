"""Nothing that a message does to its adapter reaches the worker, or another message."""

from __future__ import annotations

import base64
import io
import json
import os
import select
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from turnpike.errors import UnavailableError
from turnpike.ingest.adapter_child import AdapterChild
from turnpike.ingest.adapter_process import MAX_MEMORY_BYTES, TOO_MUCH_MEMORY
from turnpike.ingest.adapter_wire import Asked, Refusal, Told
from turnpike.ingest.feeding import MAX_BODY_BYTES, SpooledMessage
from turnpike.ingest.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ODD = Path(__file__).with_name("odd_adapters.py")
MAPPING = {"plate": "plate", "captured_at": "at", "picture": "picture"}


@pytest.fixture
def child() -> Iterator[AdapterChild]:
    made = AdapterChild((sys.executable, str(ODD)), patience_s=1.5)
    yield made
    made.stop()


def asked(adapter: str, body: bytes, **settings: str) -> Asked:
    return Asked(adapter, body, NOW, "", "", "UTC", settings)


def generic(**fields: Any) -> Asked:
    return asked(
        "json", json.dumps({"plate": "AB12 CDE", "at": NOW.isoformat(), **fields}).encode(), **MAPPING
    )


def reasons(child: AdapterChild, *messages: Asked) -> list[str]:
    """Why each was refused, empty where it was not."""
    return [outcome.reason if isinstance(outcome, Refusal) else "" for outcome in child.understand(messages)]


def a_picture(width: int, height: int, **how: Any) -> bytes:
    shades = np.random.default_rng(1).integers(0, 255, (height // 8, width // 8, 3), dtype=np.uint8)
    target = io.BytesIO()
    Image.fromarray(shades).resize((width, height)).save(target, "JPEG", **{"quality": 85, **how})
    return target.getvalue()


def test_a_sighting_comes_back_as_the_adapter_gave_it(child: AdapterChild):
    (told,) = child.understand([generic()])
    assert isinstance(told, Told)
    (sighting,) = told.understood.sightings
    assert (sighting.plate, sighting.captured_at, sighting.confidence) == ("AB12 CDE", NOW, None)
    assert sighting.picture is None


def test_a_message_that_kills_is_refused_the_second_time_and_keeps_no_other(child: AdapterChild):
    good = asked("dies", b"north")
    kill = asked("dies", b"die")
    found = child.understand([good, kill, good, kill, kill, generic()])
    assert [isinstance(one, Refusal) for one in found] == [False, True, False, True, True, False]
    assert reasons(child, kill) == [
        "The message ends the process that understands messages; it was tried twice."
    ]


def test_one_that_was_there_by_chance_is_taken_the_second_time(child: AdapterChild, tmp_path: Path):
    messages = [asked("dies-once", str(tmp_path / str(number)).encode()) for number in range(3)]
    assert reasons(child, *messages) == ["", "", ""]


def test_a_message_that_hangs_is_refused_and_keeps_no_other(child: AdapterChild):
    found = reasons(child, generic(), asked("hangs", b"hang"), generic())
    assert found == ["", "The message takes far too long to understand; it was tried twice.", ""]


def test_a_message_that_bloats_is_refused_and_keeps_no_other(child: AdapterChild):
    too_much = asked("bloats", b"%d" % (MAX_MEMORY_BYTES + 2**20))
    assert reasons(child, generic(), too_much, generic(), asked("bloats", b"30000000")) == [
        "", TOO_MUCH_MEMORY, "", "",
    ]  # fmt: skip


def test_an_adapter_that_fails_is_told_without_the_message_s_text(child: AdapterChild):
    failing, refusing, unknown = asked("fails", b"AB12CDE"), asked("fails", b"refuse"), asked("none", b"")
    failed, refused, no_adapter = reasons(child, failing, refusing, unknown)
    assert "AB12CDE" not in failed
    assert "ValueError" in failed
    assert refused == "None of ours."
    assert "not known" in no_adapter


@pytest.mark.parametrize("liar", ["lies", "naive"])
def test_values_of_another_type_are_found_before_anything_is_stored(child: AdapterChild, liar: str):
    (reason,) = reasons(child, asked(liar, b""))
    assert "ValidationError" in reason


def test_sightings_in_one_message_are_bounded(child: AdapterChild):
    assert reasons(child, asked("many", b"64"), asked("many", b"65")) == [
        "",
        "The message holds over 64 sightings.",
    ]


def test_what_an_adapter_prints_is_no_answer(child: AdapterChild):
    assert reasons(child, asked("prints", b""), generic()) == ["", ""]


def test_a_process_that_does_not_start_is_told(tmp_path: Path):
    for command in (["/none"], [sys.executable, "-c", "pass"]):
        child = AdapterChild(command)
        with pytest.raises(UnavailableError, match="does not start"):
            child.understand([generic()])


def test_a_picture_that_cannot_be_used_costs_the_read_nothing_but_it(child: AdapterChild):
    (told,) = child.understand([generic(picture=base64.b64encode(b"\xff\xd8\xff no JPEG").decode())])
    assert isinstance(told, Told)
    assert told.understood.sightings[0].picture is None
    assert told.notes[0].startswith("A read is taken without its picture. ")


_HANGING = """
import sys
from tests.ingest.test_adapter_child import ODD, asked
from turnpike.ingest.adapter_child import AdapterChild
child = AdapterChild((sys.executable, str(ODD)), patience_s=60)
child.understand([asked("dies", b"alive")])
print(child._process.pid, flush=True)
child.understand([asked("hangs", b"hang")])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
def test_a_killed_worker_leaves_no_process_behind_though_it_hangs():
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", _HANGING],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}/src:{root}"},
    ) as worker:
        assert worker.stdout is not None
        process_id = int(worker.stdout.readline())
        handle = os.pidfd_open(process_id)
        worker.kill()
    try:
        assert select.select([handle], [], [], 20)[0], "it lives on"
    finally:
        os.close(handle)


def test_the_worst_of_messages_take_no_more_than_64_mb(child: AdapterChild):
    """By the process's own highest mark, over what it took with an ordinary message."""
    assert reasons(child, generic()) == [""]
    before = _peak_bytes(child)
    pictures = [
        a_picture(4096, 3072, subsampling=0),
        a_picture(8000, 6000, quality=60),
        a_picture(3840, 2160, subsampling=0),
        a_picture(2400, 1600, progressive=True, subsampling=0),
    ]
    outcomes = child.understand([asked("boxed", picture) for picture in pictures])
    assert all(isinstance(one, Told) and one.understood.sightings[0].picture for one in outcomes)
    bodies = [
        generic(picture=base64.b64encode(pictures[0]).decode()),
        generic(picture="A" * (MAX_BODY_BYTES - 200)),
        asked("json", b"[" * MAX_BODY_BYTES, **MAPPING),
        asked("json", b'{"a":' * (MAX_BODY_BYTES // 5), **MAPPING),
        asked("json", os.urandom(MAX_BODY_BYTES), **MAPPING),
        generic(deep=["x" * 100] * 60_000),
    ]
    for one in bodies:
        child.understand([one])
    assert _peak_bytes(child) - before < 64 * 2**20


def test_in_the_worker_itself_a_message_takes_no_more_than_64_mb(child: AdapterChild, tmp_path: Path):
    """From the hand of the door to the answer of the adapter, the body itself counted."""
    spool = Spool(tmp_path, bytes(32), max_bytes=1 << 26)
    spool.start()
    assert reasons(child, generic()) == [""]
    tracemalloc.start()
    try:
        spool.put(SpooledMessage("gate", NOW, "", "", b"[" * MAX_BODY_BYTES)).result(20)
        (taken,) = spool.take(64)
        message = asked("json", taken.message.body, **MAPPING)
        assert reasons(child, message) == ["The message is not well-formed JSON."]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        spool.stop()
    assert peak < 64 * 2**20


def _peak_bytes(child: AdapterChild) -> int:
    assert child._process is not None
    status = Path(f"/proc/{child._process.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
