"""Daylight: where the sun stands at an instant, and the colours that follow from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

Rgb = tuple[float, float, float]
"""Linear-looking display values, 0 to 1 and a little beyond."""

# Sun's elevation in degrees, then: sky overhead, sky at the horizon, light on what is lit, lamps 0-1.
_TABLE = (
    (-14.0, (0.030, 0.040, 0.085), (0.075, 0.080, 0.120), (0.145, 0.155, 0.205), 1.0),
    (-7.0, (0.065, 0.090, 0.180), (0.240, 0.180, 0.210), (0.235, 0.240, 0.305), 1.0),
    (-2.0, (0.200, 0.270, 0.460), (0.860, 0.520, 0.360), (0.400, 0.370, 0.410), 0.9),
    (3.0, (0.360, 0.480, 0.680), (0.980, 0.740, 0.500), (0.720, 0.620, 0.540), 0.35),
    (9.0, (0.400, 0.570, 0.800), (0.880, 0.860, 0.800), (0.930, 0.880, 0.810), 0.0),
    (25.0, (0.330, 0.540, 0.840), (0.780, 0.870, 0.940), (1.020, 1.000, 0.960), 0.0),
    (90.0, (0.280, 0.500, 0.840), (0.760, 0.860, 0.950), (1.060, 1.050, 1.020), 0.0),
)


@dataclass(frozen=True, slots=True)
class Light:
    """The light of one moment; `lamps` is 0 by day and 1 by night."""

    elevation_degrees: float
    overhead: Rgb
    horizon: Rgb
    ambient: Rgb
    lamps: float


def light_at(when: datetime, latitude: float, longitude: float) -> Light:
    """The light at an instant (aware) and a place (degrees)."""
    return light_of(sun_elevation_degrees(when, latitude, longitude))


def light_of(elevation_degrees: float) -> Light:
    """The light when the sun stands so high; colours chosen by eye, interpolated between table rows."""
    stops = [row[0] for row in _TABLE]

    def mix(column: int, channel: int) -> float:
        values = [row[column][channel] for row in _TABLE]  # type: ignore[index] # columns 1-3 are colours
        return float(np.interp(elevation_degrees, stops, values))

    colours = [(mix(column, 0), mix(column, 1), mix(column, 2)) for column in (1, 2, 3)]
    lamps = float(np.interp(elevation_degrees, stops, [row[4] for row in _TABLE]))
    return Light(elevation_degrees, colours[0], colours[1], colours[2], lamps)


def sun_elevation_degrees(when: datetime, latitude: float, longitude: float) -> float:
    """Height of the sun over the horizon, good to about a degree.

    Source: Spencer 1971, Fourier series of declination and equation of time.
    """
    when = when.astimezone(UTC)
    day = when.timetuple().tm_yday
    minutes = when.hour * 60 + when.minute + when.second / 60
    angle = 2 * math.pi * (day - 1 + (minutes / 60 - 12) / 24) / 365
    declination = (
        0.006918
        - 0.399912 * math.cos(angle)
        + 0.070257 * math.sin(angle)
        - 0.006758 * math.cos(2 * angle)
        + 0.000907 * math.sin(2 * angle)
    )
    equation_min = 229.18 * (
        0.000075
        + 0.001868 * math.cos(angle)
        - 0.032077 * math.sin(angle)
        - 0.014615 * math.cos(2 * angle)
        - 0.040849 * math.sin(2 * angle)
    )
    hour_angle = math.radians((minutes + equation_min + 4 * longitude) / 4 - 180)
    here = math.radians(latitude)
    sine = math.sin(here) * math.sin(declination) + math.cos(here) * math.cos(declination) * math.cos(
        hour_angle
    )
    return math.degrees(math.asin(max(-1.0, min(1.0, sine))))
