"""What ingest tells of cameras' health, from one commit up to a running centre that a technician asks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.ingest.posting import a_message, a_read, post

from turnpike.cameras import hearing
from turnpike.cameras.hearing import Hearing
from turnpike.cameras.services import heard_from, heard_unread, register_camera
from turnpike.images.services import PatchStore
from turnpike.ingest.bodies import Posted
from turnpike.ingest.checking import Checker
from turnpike.ingest.committing import Committer
from turnpike.ingest.retries import RetryHashes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.centre import Centre
    from tests.ingest.conftest import Sender

CHECKER = Checker(RetryHashes(bytes(32)), max_reads=1_000, max_bytes=1 << 24)
NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
_ISSUE = """
import sys
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.accounts import services as accounts
print(accounts.issue_service_key(sys.argv[1], [accounts.Scope.HEALTH_READ], days=1, actor="tests"))
"""


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Hearing:
    made = Hearing()
    made.begin(round(NOW.timestamp() * 1000))
    monkeypatch.setattr(hearing, "EAR", made)
    return made


def read(seconds_ago: float, **changes: Any) -> dict[str, Any]:
    return a_read(captured_at=(NOW - timedelta(seconds=seconds_ago)).isoformat(), **changes)


def test_a_commit_tells_what_was_stored_once_and_what_was_put_aside(ear, store, db, tmp_path):
    for camera_id in ("gate", "bridge"):
        register_camera(
            "tests", camera_id=camera_id, name=camera_id, latitude=51.5, longitude=-0.1, heading_degrees=0,
            purpose="Tests", owner="Tests",
        )  # fmt: skip
    committer = Committer(store, PatchStore(tmp_path / "patches"))
    committer.catch_up()

    def commit(camera_id: str, *reads: Any) -> None:
        posted = Posted(a_message(*reads))
        committer.commit([CHECKER.check(posted, camera_id=camera_id, received_at=NOW)])

    known = [read(2, confidence=0.8), read(3, confidence=0.9)]
    commit("gate", *known)
    # One is known by now; of the others two are too new, and one is no read.
    commit("gate", known[0], read(4, confidence=1.0), read(-900), read(-901), {"plate": 1})
    commit("bridge", *known[:0], read(-900))
    commit("gate", *known)
    ear.take_in(round(NOW.timestamp() * 1000))
    gate, bridge = ear.index["gate"], ear.index["bridge"]
    assert ear.last_hour(ear.reads).tolist()[gate] == 3
    assert ear.last_hour(ear.confidence)[gate] == pytest.approx(2.7)
    assert ear.last_hour(ear.aside)[gate] == 3
    assert ear.last_hour(ear.aside_for_time)[gate] == 2
    assert sorted(ear.delays[ear.slot % 6, gate][:3].tolist()) == [2000, 3000, 4000]
    assert ear.senders[gate] == "turnpike"
    assert ear.last_hour(ear.reads)[bridge] == 0
    assert ear.sign_ms[bridge] == round(NOW.timestamp() * 1000)


def test_signs_of_life_and_plates_left_unread_are_heard(ear):
    heard_from(["gate", "bridge"], NOW)
    heard_unread(["gate", "gate"], NOW)
    ear.take_in(round(NOW.timestamp() * 1000))
    assert ear.last_hour(ear.unread)[ear.index["gate"]] == 2
    assert ear.sign_ms[ear.index["bridge"]] == round(NOW.timestamp() * 1000)
    assert ear.read_ms[ear.index["gate"]] == 0


def test_what_nobody_takes_in_does_not_grow_for_ever(ear):
    import numpy as np

    many = np.zeros(100_000, np.int64)
    batch = hearing.Heard("gate", 1, many, many.astype(np.uint16))
    for _ in range(20):
        hearing.hear([batch])
    ear.take_in(round(NOW.timestamp() * 1000))
    assert ear.last_hour(ear.reads)[0] == 500_000
    hearing.hear([batch])
    ear.take_in(round(NOW.timestamp() * 1000))
    assert ear.last_hour(ear.reads)[0] == 600_000


def asked(centre: Centre, camera_id: str, known: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What the technician is told, as soon as the server has heard."""
    for _ in range(20):
        report = json.loads(centre.run_turnpike("doctor", "--cameras", camera_id, "--json"))
        if known(report["cameras"][0]):
            return dict(report)
    raise AssertionError(report)


@pytest.mark.long
def test_a_technician_and_prometheus_are_told_of_a_running_centre(centre: Centre, sender: Sender):
    now = datetime.now(UTC)
    reads = [a_read(captured_at=(now - timedelta(seconds=40)).isoformat(), confidence=0.8) for _ in range(25)]
    assert post(centre.reads_url, sender.key, a_message(*reads)).json()["stored"] == 25
    report = asked(
        centre, sender.camera_id, lambda one: bool(dict(one["figures"])["Reads in the last hour"] != "none")
    )
    assert report["is_live"]
    (one,) = report["cameras"]
    figures = dict(one["figures"])
    assert figures["Reads in the last hour"] == "20"
    assert figures["Confidence"].startswith("80%")
    assert "behind" in figures["Clock"]
    assert one["state"] == "Working"
    key = centre.ask(_ISSUE, "prometheus").strip()
    text = httpx.get(
        f"{centre.url}/metrics", headers={"authorization": f"Bearer {key}"}, trust_env=False
    ).text
    assert f'turnpike_camera_reads_in_last_hour{{camera="{sender.camera_id}"}} 20' in text
    ready = httpx.get(f"{centre.url}/readyz", trust_env=False)
    assert (ready.status_code, ready.text) == (200, "ok\n")
    words = centre.run_turnpike("doctor", "--cameras")
    assert "working" in words
    assert reads[0]["plate"] not in text + words + json.dumps(report)
