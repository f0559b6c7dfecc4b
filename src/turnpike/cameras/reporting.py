"""What may be told of a camera's health: figures without small counts, for pages, monitoring and the technician."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from django.utils import timezone

from turnpike.cameras.alarms import ill_cameras
from turnpike.cameras.figuring import figures
from turnpike.cameras.health import LEAST_JUDGED, AlarmKind, HealthState, told_at_ms
from turnpike.cameras.health_models import CameraRhythm
from turnpike.cameras.hearing import EAR, SLOT_MS
from turnpike.cameras.models import Camera

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from turnpike.cameras.health import Figures


@dataclass(frozen=True, slots=True)
class _Derived:
    """What `Figures` makes of its columns, made once for all cameras."""

    way_ms: NDArray[np.float64]
    clock_error_ms: NDArray[np.float64]
    unread_share: NDArray[np.float64]
    told_ms: NDArray[np.int64]


_FEW = f"under {LEAST_JUDGED}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraHealth:
    """One camera's health as it may be told; None where too little came to tell, and nothing of fewer than ten reads.

    Delays and clock error are in seconds, the clock's positive where it is ahead; confidence and shares are 0 to 1.
    """

    camera_id: str
    name: str
    state: HealthState
    ills: tuple[AlarmKind, ...]
    heard_at: datetime | None
    """The ten minutes in which it was last heard of, by their begin; None where it may not be told, or never was."""
    heard: str
    """How long ago that is, in words."""
    reads: str
    """In the last hour, in whole tens."""
    usual_reads: float | None
    rate: float | None
    """Reads of the last hour as a share of the usual ones."""
    delay_s: float | None
    clock_error_s: float | None
    confidence: float | None
    usual_confidence: float | None
    unread_share: float | None
    usual_unread_share: float | None
    aside: str
    """How many reads were put aside in the last hour, in whole tens."""
    aside_for_time: bool
    """Whether most of what came was put aside because of its time."""
    alive: bool
    """Whether something was heard of it in the last ten minutes, reads or not."""
    keys: int


def health_of(
    camera_ids: Collection[str] | None = None, *, now: datetime | None = None
) -> tuple[CameraHealth, ...]:
    """The health of these registered cameras, or of all, by id. In a process that hears nothing only alarms and what was noted are known."""
    at = now or timezone.now()
    cameras = Camera.objects.order_by("camera_id")
    chosen = list(cameras if camera_ids is None else cameras.filter(camera_id__in=camera_ids))
    seen = figures(EAR, _ms(at), {camera.camera_id for camera in chosen if camera.active})
    derived = _Derived(seen.way_ms, seen.clock_error_ms, seen.unread_share, told_at_ms(seen))
    # An index made before another thread came to know more cameras.
    rows = {camera_id: row for camera_id, row in list(EAR.index.items()) if row < len(seen.reads)}
    stands = states(camera_ids)
    ills = ill_cameras()
    keys = _keys()
    return tuple(
        _told(
            camera,
            seen,
            derived,
            rows.get(camera.camera_id),
            at,
            stands[camera.camera_id],
            ills.get(camera.camera_id, ()),
            keys.get(camera.camera_id, 0),
        )
        for camera in chosen
    )


def states(camera_ids: Collection[str] | None = None) -> Mapping[str, HealthState]:
    """How each of these registered cameras stands, or every one, by its id."""
    ills = ill_cameras()
    if EAR.since_ms:
        heard = {camera_id for camera_id, row in list(EAR.index.items()) if EAR.sign_ms[row]}
    else:
        heard = set(CameraRhythm.objects.exclude(sign_at=None).values_list("camera_id", flat=True))
    found = {}
    cameras = Camera.objects.order_by("camera_id")
    chosen = cameras if camera_ids is None else cameras.filter(camera_id__in=camera_ids)
    for camera_id, active in chosen.values_list("camera_id", "active"):
        if not active:
            found[camera_id] = HealthState.CLOSED
        elif camera_id in ills:
            found[camera_id] = HealthState(ills[camera_id][0].value)
        else:
            found[camera_id] = HealthState.WORKING if camera_id in heard else HealthState.WAITING
    return found


def _told(
    camera: Camera,
    seen: Figures,
    derived: _Derived,
    row: int | None,
    now: datetime,
    state: HealthState,
    ills: tuple[AlarmKind, ...],
    keys: int,
) -> CameraHealth:
    def figure(column: NDArray[np.float64], factor: float = 1.0) -> float | None:
        value = float(column[row]) if row is not None else float("nan")
        return None if np.isnan(value) else round(value * factor, 3)

    reads = float(seen.reads[row]) if row is not None else 0.0
    aside = float(seen.aside[row]) if row is not None else 0.0
    unread = float(seen.unread[row]) if row is not None else 0.0
    usual = figure(seen.usual_reads)
    shown_ms = int(derived.told_ms[row]) if row is not None else 0
    is_shown = 0 < shown_ms <= _ms(now)
    sign_ms = int(seen.sign_ms[row]) if row is not None else 0
    return CameraHealth(
        camera_id=camera.camera_id,
        name=camera.name,
        state=state,
        ills=ills,
        heard_at=datetime.fromtimestamp(shown_ms // SLOT_MS * SLOT_MS / 1000, UTC) if is_shown else None,
        heard=_ago(now, shown_ms) if is_shown else ("within 24 hours" if sign_ms else "never"),
        reads=in_tens(reads),
        usual_reads=usual,
        rate=round(reads / usual, 2) if usual and usual >= LEAST_JUDGED and reads >= LEAST_JUDGED else None,
        delay_s=figure(derived.way_ms, 0.001),
        clock_error_s=figure(derived.clock_error_ms, 0.001),
        confidence=figure(seen.confidence),
        usual_confidence=figure(seen.usual_confidence),
        unread_share=figure(derived.unread_share) if reads + unread >= LEAST_JUDGED else None,
        usual_unread_share=figure(seen.usual_unread),
        aside=in_tens(aside),
        aside_for_time=row is not None
        and bool(seen.aside_for_time[row] >= LEAST_JUDGED and seen.aside_for_time[row] > reads),
        alive=bool(sign_ms) and _ms(now) - sign_ms < SLOT_MS,
        keys=keys,
    )


def in_tens(count: float) -> str:
    """A count as it may be shown: none, under 10, or in whole tens, so that no two of them differ by one vehicle."""
    if count <= 0:
        return "none"
    return _FEW if count < LEAST_JUDGED else f"{int(count) // 10 * 10:,}"


def _ago(now: datetime, at_ms: int) -> str:
    minutes = (_ms(now) - at_ms) / 60_000
    for most, words in ((10, "within ten minutes"), (60, "within the hour"), (1440, "within 24 hours")):
        if minutes < most:
            return words
    days = int(minutes // 1440)
    return "over a day ago" if days == 1 else f"{days} days ago"


def _keys() -> dict[str, int]:
    """How many keys stand, by camera."""
    from django.db.models import Count

    from turnpike.cameras.models import CameraKey

    rows = CameraKey.objects.filter(revoked_at=None).values("camera_id").annotate(number=Count("pk"))
    return {row["camera_id"]: row["number"] for row in rows}


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
