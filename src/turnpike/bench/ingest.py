"""Ingest: a real server on an empty store, and cameras that post to it over HTTP from another process."""

from __future__ import annotations

import hashlib
import itertools
import secrets
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from turnpike import config
from turnpike.bench.apart import ask_process
from turnpike.bench.centre import fresh_records, serving
from turnpike.bench.long_list import fill
from turnpike.bench.machine import memory_mb, peak_memory_mb
from turnpike.bench.marks import draw_marks
from turnpike.bench.models import Findings
from turnpike.bench.posting_process import PostReads, ReadsPosted
from turnpike.bench.timing import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS, SECONDS_SHORT = 20.0, 2.0
ENTRIES, ENTRIES_SHORT = 1_000_000, 5_000
CAMERAS, CAMERAS_SHORT = 13_000, 300
VEHICLES = 20_000
READS_A_MESSAGE, CONNECTIONS = 1_000, 32
PACE_READS_PER_S = 3_500.0
"""Source: DESIGN section 1; a nation's peak of several thousand reads a second."""
PACED_READS_A_MESSAGE, PACED_CONNECTIONS = 5, 400
_MOST_BEHIND_S = 1.0
"""Source: ours; later than this after the last message was due, and there was a queue."""
_SAMPLE_S = 5.0
_SETTLED_SHARE = 0.25
"""Of a soak: by then what is filled once is full."""


@dataclass(frozen=True, slots=True)
class _Nation:
    """The keys of its cameras, the plates that pass them, and one that is looked for."""

    keys: tuple[str, ...]
    plates: tuple[str, ...]
    wanted: str

    def posts(self, *, paced: bool, seconds: float) -> PostReads:
        """As fast as it goes in large messages, or at a nation's pace in small ones."""
        return PostReads(
            url=f"{config.load().url}/api/v1/reads",
            keys=self.keys,
            plates=self.plates,
            reads_per_message=PACED_READS_A_MESSAGE if paced else READS_A_MESSAGE,
            reads_per_s=PACE_READS_PER_S if paced else 0,
            seconds=seconds,
            connections=PACED_CONNECTIONS if paced else CONNECTIONS,
            wanted=self.wanted,
        )


def measure(*, short: bool) -> Findings:
    """First the time to a durable answer at a nation's pace, then as fast as it goes."""
    seconds = SECONDS_SHORT if short else SECONDS
    with _serving_a_nation(short=short) as (nation, server):
        paced = _posted(nation.posts(paced=True, seconds=seconds))
        full = _posted(nation.posts(paced=False, seconds=seconds))
        peak_mb = peak_memory_mb(server)
    return Findings(
        {
            "reads_per_s": round(full.stored / full.elapsed_s, 1),
            **_paced_figures(paced),
            "memory_mb": peak_mb,
            "cameras": len(nation.keys),
            "entries": ENTRIES_SHORT if short else ENTRIES,
            "refused_for_now": full.refused_for_now,
        },
        notes=_notes(paced, seconds),
    )


def soak(*, minutes: float) -> Findings:
    """A nation's pace for so long, watching the memory of the server and all that it started."""
    with _serving_a_nation(short=False) as (nation, server):
        with _watched(server) as samples_mb:
            paced = _posted(nation.posts(paced=True, seconds=minutes * 60))
        peak_mb = peak_memory_mb(server)
    settled = samples_mb[int(len(samples_mb) * _SETTLED_SHARE) :]
    return Findings(
        {
            **_paced_figures(paced),
            "minutes": minutes,
            "memory_mb": peak_mb,
            "memory_mb_settled": settled[0],
            "memory_mb_at_the_end": settled[-1],
            "cameras": len(nation.keys),
            "entries": ENTRIES,
        },
        notes=_notes(paced, minutes * 60),
    )


def _posted(asked: PostReads) -> ReadsPosted:
    return ask_process("posting_process", asked, ReadsPosted)


def _paced_figures(paced: ReadsPosted) -> dict[str, float]:
    return {
        "ack_p99_ms_at_3500": round(percentile(paced.ack_ms, 99), 1),
        "ack_p50_ms_at_3500": round(percentile(paced.ack_ms, 50), 1),
        "reads_per_s_at_3500": round(paced.stored / paced.elapsed_s, 1),
        "refused_for_now_at_3500": paced.refused_for_now,
    }


def _notes(paced: ReadsPosted, seconds: float) -> tuple[str, ...]:
    if paced.elapsed_s <= seconds + _MOST_BEHIND_S:
        return ()
    pace = paced.stored / paced.elapsed_s
    return (
        f"This machine took {pace:.0f} reads a second of 3,500 offered; the answer's time is that of a queue.",
    )


@contextmanager
def _serving_a_nation(*, short: bool) -> Iterator[tuple[_Nation, int]]:
    """A server with its cameras and a long hotlist, and its process id."""
    entries, cameras = (ENTRIES_SHORT, CAMERAS_SHORT) if short else (ENTRIES, CAMERAS)
    with fresh_records() as folder:
        plates, wanted = _plates(entries)
        fill(wanted, ())
        nation = _Nation(_keys(cameras), plates, wanted[0])
        with serving(folder) as server:
            yield nation, server


def _plates(entries: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those that pass, and those that are looked for: no other than the few that are meant to match do."""
    from turnpike.plates.services import confusable_variants

    marks = draw_marks(VEHICLES + entries + entries // 2, seed=1)
    plates = marks[:VEHICLES]
    alike = set(plates).union(*map(confusable_variants, plates))
    wanted = itertools.islice((mark for mark in marks[VEHICLES:] if mark not in alike), entries)
    return plates, tuple(wanted)


def _keys(cameras: int) -> tuple[str, ...]:
    """So many cameras on the register, each with a key and a necessity case in force; past the services, whose ledger would take minutes."""
    from turnpike.cameras import services

    ids = [f"bench-{number}" for number in range(cameras)]
    keys = tuple(services.KEY_PREFIX + secrets.token_urlsafe(32) for _ in ids)
    services.Camera.objects.bulk_create(
        (
            services.Camera(
                camera_id=camera_id,
                name=camera_id,
                latitude=51.5,
                longitude=-0.1,
                heading_degrees=0,
                purpose="To measure how many reads this centre takes",
                owner="Nobody: a benchmark",
            )
            for camera_id in ids
        ),
        batch_size=500,
    )
    _give_cases()
    held: Any = services.Camera._meta.get_field("keys").related_model  # noqa: SLF001 - Django's documented name
    held.objects.bulk_create(
        (
            held(
                camera_id=camera_id,
                key_sha256=hashlib.sha256(key.encode()).digest(),
                issued_at=datetime.now(UTC),
            )
            for camera_id, key in zip(ids, keys, strict=True)
        ),
        batch_size=500,
    )
    return keys


def _give_cases() -> None:
    """A necessity case in force for each camera, like the one that a benchmark's camera gets by the services."""
    from turnpike.cameras import services

    case: Any = services.Camera._meta.get_field("cases").related_model  # noqa: SLF001 - Django's documented name
    now, says = datetime.now(UTC), "None: this benchmark made it up."
    case.objects.bulk_create(
        (
            case(
                camera_id=camera.camera_id,
                purpose=camera.purpose,
                owner=camera.owner,
                review_on=(now + timedelta(days=30)).date(),
                approved_at=now,
                made_by="bench",
                approved_by="bench-approver",
                dpia="none: made up",
                why_here=says,
                need=says,
                alternatives=says,
            )
            for camera in services.Camera.objects.all()
        ),
        batch_size=500,
    )


@contextmanager
def _watched(server: int) -> Iterator[list[float]]:
    """What the server took, every few seconds while this lasts."""
    samples_mb, over = [memory_mb(server)], threading.Event()

    def watch() -> None:
        while not over.wait(_SAMPLE_S):
            samples_mb.append(memory_mb(server))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield samples_mb
    finally:
        over.set()
        watcher.join()
        samples_mb.append(memory_mb(server))
