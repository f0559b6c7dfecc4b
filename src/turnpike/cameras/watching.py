"""The watch over cameras' health: hears each second, judges each minute, and keeps what is usual each hour."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from turnpike import config
from turnpike.cameras.alarms import begin_alarms, end_alarms, standing
from turnpike.cameras.controllers import controllers_now, own_controller
from turnpike.cameras.figuring import figures
from turnpike.cameras.health import SILENT_AFTER_READS, AlarmKind, Holding, Limits, judged
from turnpike.cameras.hearing import EAR
from turnpike.cameras.keeping import keep, kept
from turnpike.cameras.models import Camera
from turnpike.cameras.together import Spell, Traits
from turnpike.reads.services import StoreUnavailable, camera_counts

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from turnpike.cameras.health import Figures
    from turnpike.cameras.hearing import Hearing

_DAY = timedelta(hours=24)
_NOTICED_WITHIN_MS = 1_800_000
"""Alarms of one kind that begin within this time may share a cause. Source: ours."""
_UNKNOWN_SLACK_MS = 3_600_000
_SLACK_GAPS = 5.0
"""So many of its usual gaps after its last read a camera may still have been well. Source: ours; e^-5 of them were for longer."""


class HealthWatch:
    """Over all cameras of the register; one thread calls it. `ear` is this process's own unless a test has another."""

    def __init__(self, ear: Hearing = EAR) -> None:
        self._ear = ear
        self._holding = Holding()
        self._saved_hour = 0

    def begin(self, now: datetime) -> None:
        """Take over what earlier processes learnt, and when each camera was last heard of."""
        self._ear.begin(_ms(now))
        kept(self._ear)
        try:
            counts = camera_counts(now - _DAY)
        except StoreUnavailable:
            return
        self._ear.know(counts)
        for camera_id, count in counts.items():
            self._ear.remember(camera_id, read_ms=_ms(count.last_received_at), day_reads=count.reads)

    def listen(self, now: datetime) -> None:
        """Take in what was heard since, and after each hour keep what is usual now."""
        self._ear.take_in(_ms(now))
        if self._ear.learnt_hour > self._saved_hour:
            keep(self._ear)
            self._saved_hour = self._ear.learnt_hour

    def look(self, now: datetime) -> None:
        """Judge all cameras once more, a minute after the last time; begin and end their alarms.

        Raises:
            LedgerError: an entry cannot be written; the next look tries again.
        """
        register = _register()
        self._ear.know(register)
        ill = standing()
        seen = figures(self._ear, _ms(now), register)
        ids = list(self._ear.index)[: len(seen.reads)]
        silent_since = np.array(
            [_ms(at) if (at := ill[AlarmKind.SILENT].get(camera_id)) else 0 for camera_id in ids], np.int64
        )
        self._ear.mark_silent(silent_since > 0)
        for kind, verdict in judged(seen, _limits(), _ms(now), silent_since).items():
            now_ill = np.array([camera_id in ill[kind] for camera_id in ids], np.bool_)
            begins, ends = self._holding.step(kind, verdict, now_ill)
            if ends.any():
                end_alarms(kind, [ids[at] for at in np.flatnonzero(ends)], now)
            if begins.any():
                spells = _spells(kind, seen, begins, ids, _ms(now))
                begin_alarms(kind, spells, self._traits(register), now)

    def stop(self) -> None:
        """Keep what is known, for the next start."""
        keep(self._ear)

    def _traits(self, register: dict[str, Camera]) -> dict[str, Traits]:
        controllers, own = controllers_now(), own_controller()
        senders = dict(zip(self._ear.index, self._ear.senders, strict=False))
        return {
            camera_id: Traits(
                owner=camera.owner,
                controller=controllers.get(camera_id, own),
                sender=senders.get(camera_id, ""),
                latitude=camera.latitude,
                longitude=camera.longitude,
            )
            for camera_id, camera in register.items()
        }


def _register() -> dict[str, Camera]:
    fields = ("camera_id", "owner", "latitude", "longitude")
    return {camera.camera_id: camera for camera in Camera.objects.filter(active=True).only(*fields)}


def _limits() -> Limits:
    settings = config.load()
    return Limits(
        silent_minutes=settings.camera_silent_minutes,
        late_ms=settings.camera_late_seconds * 1000,
        clock_ms=settings.camera_clock_seconds * 1000,
        few_share=settings.camera_few_share,
        unsure_drop=settings.camera_unsure_drop,
        unread_rise=settings.camera_unread_rise,
    )


def _spells(
    kind: AlarmKind, seen: Figures, begins: NDArray[np.bool_], ids: list[str], now_ms: int
) -> list[Spell]:
    """When each of these fell ill, as far as can be told: a silent camera some gaps after its last read."""
    found = []
    for at in np.flatnonzero(begins).tolist():
        if kind is not AlarmKind.SILENT:
            found.append(Spell(ids[at], now_ms - _NOTICED_WITHIN_MS, now_ms))
            continue
        last_ms = int(max(seen.read_ms[at], seen.since_ms))
        expected = float(seen.expected[at])
        gaps_ms = (
            (now_ms - last_ms) * _SLACK_GAPS / expected
            if expected >= SILENT_AFTER_READS
            else _UNKNOWN_SLACK_MS
        )
        found.append(Spell(ids[at], last_ms, min(now_ms, last_ms + int(gaps_ms))))
    return found


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
