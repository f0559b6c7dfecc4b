"""Streets of the demo world as pictures to train on: the same renderer, other towns, any hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.services import make_town, render_scene

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_SCENES = 48
_TOWN_SEEDS = 1_000
_SIZES = ((1280, 720), (960, 540), (640, 360))
_MIDSUMMER = datetime(2026, 6, 21, tzinfo=UTC)


def draw_scenes(count: int, rng: np.random.Generator) -> list[tuple[NDArray[np.uint8], NDArray[np.float32]]]:
    """That many pictures (RGB, uint8), each with the corners (1, 4, 2) of the plate of the vehicle that passes."""
    if not count:
        return []
    town = make_town(int(rng.integers(_TOWN_SEEDS)))
    passings = [(passing, drive.vehicle) for drive in town.journeys for passing in drive.passes]
    drawn = []
    for index in rng.choice(len(passings), count, replace=count > len(passings)):
        passing, vehicle = passings[int(index)]
        when = _MIDSUMMER + timedelta(days=int(rng.integers(365)), seconds=int(rng.integers(86_400)))
        size = _SIZES[int(rng.integers(len(_SIZES)))]
        scene = render_scene(passing, vehicle, town.camera(passing.camera_id), when, size=size, rng=rng)
        quads = np.array([plate.quad for plate in scene.plates], np.float32)
        drawn.append((np.asarray(scene.image, np.uint8), quads))
    return drawn
