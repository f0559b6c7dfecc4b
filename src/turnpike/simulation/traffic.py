"""Rendered traffic before one camera, with the truth about each pass: what following vehicles is tried and measured on.

    clip = traffic_clip(Condition.RAIN, seed=3)
    for frame in clip.frames(): ...          # rendered as they are asked for, at 5 a second
    for one in clip.truth.passes: print(one.plate, one.direction, one.first_frame, one.last_frame)

The same condition, seed, pace and size give the same clip. The truth follows from the geometry alone and is there before anything is
painted. Only the frames that are asked for are painted, and they go through H.264 as a camera's do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from turnpike.capture.services import Frame
from turnpike.simulation.models import View
from turnpike.simulation.traffic_codec import from_h264, through_h264
from turnpike.simulation.traffic_models import TrafficPass, TrafficTruth
from turnpike.simulation.traffic_painting import pictures
from turnpike.simulation.traffic_planning import stage_of
from turnpike.simulation.traffic_stage import moments_s, placed_at, plates_seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from turnpike.simulation.traffic_models import Condition, PlateSeen, Quad
    from turnpike.simulation.traffic_stage import Drive, Stage

FPS = 5.0
"""What the roadside reads of a camera. Source: DESIGN, four streams at five useful frames a second on two cores."""
SIZE_PX = (1280, 720)
STARTS_AT = datetime(2026, 6, 2, 11, tzinfo=UTC)
_LANE_REACH_M = (11.0, 32.0)
_PLATE_Y_M = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class TrafficClip:
    """A clip: its truth, and what its frames are painted from, unless `film` has them already."""

    truth: TrafficTruth
    stage: Stage = field(repr=False)
    film: Path | None = None

    def frames(self, *, keep: Path | None = None) -> Iterator[Frame]:
        """The frames in order; `keep` also writes them to that file as H.264."""
        truth, times_s = self.truth, moments_s(self.stage, self.truth.fps)
        if self.film is not None:
            images = from_h264(self.film)
        else:
            rng = np.random.default_rng([truth.seed, 47])
            painted = pictures(self.stage, times_s, rng)
            images = through_h264(painted, truth.fps, truth.size, keep)
        for index, (image, at_s) in enumerate(zip(images, times_s, strict=True)):
            at = truth.starts_at + timedelta(seconds=at_s)
            yield Frame(image, at, f"{truth.condition.value}-{truth.seed}", index)


def traffic_clip(
    condition: Condition, seed: int, *, fps: float = FPS, size: tuple[int, int] = SIZE_PX
) -> TrafficClip:
    """The clip of that condition and seed, `fps` frames a second, of `size` pixels (16:9)."""
    stage = stage_of(condition, seed, size)
    times_s = moments_s(stage, fps)
    passes = _passes(stage, times_s)
    truth = TrafficTruth(condition, seed, fps, len(times_s), size, STARTS_AT, _lanes(stage), passes)
    return TrafficClip(truth, stage)


def kept_clip(
    folder: Path, condition: Condition, seed: int, *, fps: float = FPS, size: tuple[int, int] = SIZE_PX
) -> TrafficClip:
    """As `traffic_clip`, its frames from `folder`; where they are not there yet, they are rendered and kept there, with the truth as JSON."""
    clip = traffic_clip(condition, seed, fps=fps, size=size)
    name = f"{condition.value}-{seed}-{fps:g}fps-{size[0]}"
    film = folder / f"{name}.h264"
    if not film.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = film.with_suffix(".part")
        for _ in clip.frames(keep=part):
            pass
        film.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(clip.truth)))
        part.rename(film)
    return TrafficClip(clip.truth, clip.stage, film)


def _passes(stage: Stage, times_s: Sequence[float]) -> tuple[TrafficPass, ...]:
    seen: dict[int, list[PlateSeen]] = {}
    for index, at_s in enumerate(times_s):
        for drive, plate in plates_seen(stage, index, placed_at(stage, at_s)):
            seen.setdefault(id(drive), []).append(plate)
    return tuple(_pass(drive, seen[id(drive)]) for drive in stage.drives if id(drive) in seen)


def _pass(drive: Drive, seen: list[PlateSeen]) -> TrafficPass:
    vehicle = drive.vehicle
    return TrafficPass(
        vehicle.worn.plate,
        vehicle.country,
        vehicle.worn.kind,
        vehicle.worn.colour,
        "towards" if drive.end is View.FRONT else "away",
        drive.lane,
        round(drive.speed_mph, 1),
        tuple(seen),
    )


def _lanes(stage: Stage) -> tuple[Quad, ...]:
    """Each lane as the plates in it pass, from the left of the picture."""
    quads = []
    half = (stage.lanes_x_m[1] - stage.lanes_x_m[0]) / 2
    for middle in stage.lanes_x_m:
        near, far = _LANE_REACH_M
        corners = [[middle - half, far], [middle + half, far], [middle + half, near], [middle - half, near]]
        points = stage.view.project(np.array([[x, _PLATE_Y_M, z] for x, z in corners]))
        first, second, third, fourth = ((round(float(x), 1), round(float(y), 1)) for x, y in points)
        quads.append((first, second, third, fourth))
    return tuple(quads)
