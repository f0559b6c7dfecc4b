"""Traffic that goes on: one passing after another, drawn as it is asked for, at the present time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.scene import render_scene
from turnpike.simulation.world import picture_name, write_jpeg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from turnpike.simulation.models import DemoWorld, TownVehicle

STOLEN_EVERY = 5
"""Each fifth passing is the stolen vehicle's, the second the first of them."""


@dataclass(frozen=True, slots=True)
class LivePassing:
    """A picture that was just taken; whoever has read it may delete the file."""

    camera_id: str
    path: Path
    captured_at: datetime
    vehicle: TownVehicle


def live_passings(
    world: DemoWorld, folder: Path, *, now: Callable[[], datetime] | None = None
) -> Iterator[LivePassing]:
    """Passings without end, each drawn and written to `folder` (made if need be) when it is asked for.

    `now` gives the time of a picture, aware; the clock's, when None. The order is the seed's.
    """
    clock = now or (lambda: datetime.now(UTC))
    rng = np.random.default_rng([world.seed, 6])
    town = world.town
    passings = [(passing, drive.vehicle) for drive in town.journeys for passing in drive.passes]
    stolen = [item for item in passings if item[1] == town.stolen]
    number = 0
    while passings:
        number += 1
        of_interest = stolen if stolen and number % STOLEN_EVERY == 2 else passings  # noqa: PLR2004 - see there
        passing, vehicle = of_interest[int(rng.integers(0, len(of_interest)))]
        captured_at = clock()
        scene = render_scene(passing, vehicle, town.camera(passing.camera_id), captured_at, rng=rng)
        path = folder / passing.camera_id / picture_name(captured_at)
        write_jpeg(scene.image, path, captured_at)
        yield LivePassing(passing.camera_id, path, captured_at, vehicle)
