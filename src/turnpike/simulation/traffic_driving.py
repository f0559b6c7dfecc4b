"""Vehicles that drive past a camera at one speed, and the lanes that they keep to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.models import View
from turnpike.simulation.traffic_stage import Drive

if TYPE_CHECKING:
    from turnpike.simulation.traffic_plates import RoadVehicle

MPH = 0.44704
"""Metres a second."""
LANE_X_M = 1.43
FAR_M, GONE_M = 50.0, 1.3
"""Where a vehicle is not yet or no longer in any picture."""


def even_drive(
    vehicle: RoadVehicle,
    end: View,
    x_m: float,
    *,
    speed_mph: float,
    at_s: float,
    rng: np.random.Generator,
    there_m: float = 18.0,
) -> Drive:
    """Past the camera at one speed: `there_m` before it at `at_s`."""
    pace = speed_mph * MPH * (-1 if end is View.FRONT else 1)
    first, last = (FAR_M, GONE_M) if end is View.FRONT else (GONE_M, FAR_M)
    times = np.array([at_s + (first - there_m) / pace, at_s + (last - there_m) / pace])
    yaw, phase = float(rng.normal(0, 0.012)), float(rng.uniform(0, 6.3))
    return Drive(vehicle, end, x_m, times, np.array([first, last]), lane_of(x_m), speed_mph, yaw, phase)


def lane_of(x_m: float) -> int:
    """From the left of the picture."""
    return 1 if x_m < 0 else 2


def nearside_x_m(end: View) -> float:
    """Where those drive that keep left: those that come, on the right of the picture."""
    return LANE_X_M if end is View.FRONT else -LANE_X_M
