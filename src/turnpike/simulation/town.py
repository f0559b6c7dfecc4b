"""The seeded town: cameras, vehicles and one day of journeys."""

from __future__ import annotations

import re

import numpy as np

from turnpike.plates.services import formats_of
from turnpike.simulation.errors import TownSizeError
from turnpike.simulation.journeys import day_of, stolen_day
from turnpike.simulation.models import Colour, Journey, Road, Town, TownCamera, TownVehicle, VehicleKind
from turnpike.simulation.registrations import draw_registrations
from turnpike.simulation.street_plan import (
    LATITUDE,
    LONGITUDE,
    STREETS,
    TOWN_NAME,
    Street,
    coordinates,
    site_of,
    street_points,
)

_COMPASS = ("north", "east", "south", "west")
# Source: SMMT, shares of colours and of body shapes among cars in use, rounded.
_COLOUR_SHARES = {
    Colour.BLACK: 0.19,
    Colour.WHITE: 0.17,
    Colour.SILVER: 0.13,
    Colour.GREY: 0.18,
    Colour.BLUE: 0.16,
    Colour.RED: 0.10,
    Colour.GREEN: 0.04,
    Colour.ORANGE: 0.03,
}
_KIND_SHARES = {
    VehicleKind.HATCHBACK: 0.46,
    VehicleKind.ESTATE: 0.18,
    VehicleKind.SUV: 0.24,
    VehicleKind.VAN: 0.12,
}


def make_town(seed: int, *, cameras: int = 8, vehicles: int = 60) -> Town:
    """Fenbridge with that many cameras and vehicles; the same seed gives the same town.

    Raises:
        TownSizeError: more cameras than streets, or no camera or vehicle at all.
    """
    if not 1 <= cameras <= len(STREETS) or vehicles < 1:
        raise TownSizeError(f"Ask for 1 to {len(STREETS)} cameras and at least one vehicle.")
    rng = np.random.default_rng([seed, 0])
    watched = STREETS[:cameras]
    sites = tuple(_camera(street) for street in watched)
    cars = _vehicles(vehicles, rng)
    stolen = _most_ordinary(cars)
    on_street = {street.name: camera.camera_id for street, camera in zip(watched, sites, strict=True)}
    drives: list[Journey] = []
    for car in cars:
        drives += stolen_day(car, on_street, rng) if car == stolen else day_of(car, on_street, rng)
    return Town(
        name=TOWN_NAME,
        seed=seed,
        latitude=LATITUDE,
        longitude=LONGITUDE,
        cameras=sites,
        roads=tuple(Road(street.name, street_points(street)) for street in STREETS),
        vehicles=cars,
        journeys=tuple(drives),
        stolen=stolen,
    )


def _camera(street: Street) -> TownCamera:
    point, heading = site_of(street)
    compass = _COMPASS[round(heading / 90) % 4]
    latitude, longitude = coordinates(point)
    return TownCamera(
        camera_id=f"{re.sub('[^a-z]+', '-', street.name.lower())}-{compass}",
        name=f"{street.name}, looking {compass}",
        latitude=round(latitude, 6),
        longitude=round(longitude, 6),
        heading_degrees=round(heading, 1),
        x_m=round(point[0], 1),
        y_m=round(point[1], 1),
    )


def _vehicles(count: int, rng: np.random.Generator) -> tuple[TownVehicle, ...]:
    plates = draw_registrations(count, rng)
    colours = rng.choice(len(_COLOUR_SHARES), size=count, p=list(_COLOUR_SHARES.values()))
    kinds = rng.choice(len(_KIND_SHARES), size=count, p=list(_KIND_SHARES.values()))
    paints, shapes = tuple(_COLOUR_SHARES), tuple(_KIND_SHARES)
    return tuple(
        TownVehicle(plate, paints[int(colour)], shapes[int(kind)])
        for plate, colour, kind in zip(plates, colours, kinds, strict=True)
    )


def _most_ordinary(cars: tuple[TownVehicle, ...]) -> TownVehicle:
    """The first car with a current mark: what a thief would take, and what a story is easiest told with."""
    for car in cars:
        is_current = any(form.era == "current" for form in formats_of(car.plate))
        if is_current and car.kind is not VehicleKind.VAN:
            return car
    return cars[0]
