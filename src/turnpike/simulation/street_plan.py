"""Fenbridge, an invented market town in the fens: its junctions, streets and camera sites."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from turnpike.simulation.models import Point

TOWN_NAME = "Fenbridge"
LATITUDE, LONGITUDE = 52.5310, 0.2120
"""A point among fields; no town is there."""

EARTH_RADIUS_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Street:
    """A street from one junction to another; `bend_m` shifts its middle sideways, `mph` is its usual speed."""

    name: str
    start: str
    end: str
    mph: int
    bend_m: float
    site: float
    """Where along it a camera would stand, 0 to 1, looking from start to end."""


JUNCTIONS: dict[str, Point] = {
    "market": (0.0, 0.0),
    "north gate": (-60.0, 620.0),
    "bridge": (120.0, -360.0),
    "station": (660.0, 170.0),
    "mill": (-610.0, -120.0),
    "abbey": (-470.0, 470.0),
    "quay": (560.0, -430.0),
    "ring north": (80.0, 1480.0),
    "ring east": (1520.0, 260.0),
    "ring south": (240.0, -1500.0),
    "ring west": (-1560.0, -60.0),
    "Sedgeholme": (330.0, 3150.0),
    "Withy End": (3240.0, 720.0),
    "Harrowmere": (520.0, -3260.0),
    "Cold Drove": (-3180.0, -880.0),
}

# In the order in which they get a camera: with few cameras, the busiest streets have them.
STREETS: tuple[Street, ...] = (
    Street("Market Street", "market", "north gate", 22, 18, 0.55),
    Street("Bridge Street", "market", "bridge", 22, -22, 0.5),
    Street("Station Road", "market", "station", 26, 40, 0.6),
    Street("Mill Lane", "market", "mill", 24, 35, 0.5),
    Street("Northern Way", "ring north", "ring east", 46, 330, 0.45),
    Street("Ferry Road", "bridge", "ring south", 34, -60, 0.5),
    Street("North Gate", "north gate", "ring north", 32, -30, 0.5),
    Street("Sedgeholme Road", "ring north", "Sedgeholme", 52, 90, 0.35),
    Street("Station Approach", "station", "ring east", 32, -40, 0.5),
    Street("Fen Drove", "mill", "ring west", 34, 50, 0.5),
    Street("Eastern Way", "ring east", "ring south", 46, 330, 0.55),
    Street("Western Way", "ring west", "ring north", 46, 330, 0.5),
    Street("Southern Way", "ring south", "ring west", 46, 330, 0.4),
    Street("Quay Road", "bridge", "quay", 24, -25, 0.5),
    Street("Maltings Road", "quay", "station", 26, 30, 0.5),
    Street("Abbey Row", "mill", "abbey", 20, -20, 0.5),
    Street("Abbey Walk", "abbey", "north gate", 20, 20, 0.5),
    Street("Withy Road", "ring east", "Withy End", 52, -80, 0.4),
    Street("Harrowmere Road", "ring south", "Harrowmere", 52, 70, 0.4),
    Street("Cold Drove Bank", "ring west", "Cold Drove", 52, -60, 0.4),
)

HOMES = ("Sedgeholme", "Withy End", "Harrowmere", "Cold Drove", "ring north", "ring west", "abbey", "mill")
WORKPLACES = ("market", "station", "quay", "ring east", "ring south", "bridge", "Withy End", "Sedgeholme")


def street_points(street: Street) -> tuple[Point, ...]:
    """The street's line in metres, bent into a shallow curve of nine points."""
    (x0, y0), (x1, y1) = JUNCTIONS[street.start], JUNCTIONS[street.end]
    length = math.hypot(x1 - x0, y1 - y0)
    side = (-(y1 - y0) / length, (x1 - x0) / length)
    points: list[Point] = []
    for step in range(9):
        along = step / 8
        sideways = street.bend_m * 4 * along * (1 - along)
        points.append(
            (x0 + (x1 - x0) * along + side[0] * sideways, y0 + (y1 - y0) * along + side[1] * sideways)
        )
    return tuple(points)


def street_length_m(street: Street) -> float:
    """Length of the street's line."""
    points = street_points(street)
    return sum(math.dist(a, b) for a, b in itertools.pairwise(points))


def site_of(street: Street) -> tuple[Point, float]:
    """Where the street's camera stands (metres) and the heading it looks to (degrees from north)."""
    points = street_points(street)
    position = street.site * (len(points) - 1)
    index = min(int(position), len(points) - 2)
    (x0, y0), (x1, y1) = points[index], points[index + 1]
    part = position - index
    heading = math.degrees(math.atan2(x1 - x0, y1 - y0)) % 360
    return (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part), heading


def coordinates(point_m: Point) -> tuple[float, float]:
    """Latitude and longitude of a point of the town, in degrees.

    Source: equirectangular approximation about the centre, good to centimetres over a few kilometres.
    """
    latitude = LATITUDE + math.degrees(point_m[1] / EARTH_RADIUS_M)
    longitude = LONGITUDE + math.degrees(point_m[0] / (EARTH_RADIUS_M * math.cos(math.radians(LATITUDE))))
    return latitude, longitude
