"""What a simulated town and a demo world consist of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime  # noqa: TC003 - msgspec reads the annotations when it decodes a world
from enum import Enum
from pathlib import Path  # noqa: TC003 - as above

import numpy as np  # noqa: TC002 - as above
from numpy.typing import NDArray  # noqa: TC002 - as above

Point = tuple[float, float]
"""x, y: metres east and north of the town's centre, or pixels right and down, as the field's name says."""


class VehicleKind(Enum):
    """The outlines that can be drawn."""

    HATCHBACK = "hatchback"
    ESTATE = "estate"
    SUV = "suv"
    VAN = "van"


class Colour(Enum):
    """Paint; the value is the word on a screen."""

    BLACK = "black"
    WHITE = "white"
    SILVER = "silver"
    GREY = "grey"
    BLUE = "blue"
    RED = "red"
    GREEN = "green"
    ORANGE = "orange"


class View(Enum):
    """Which end of a vehicle a camera sees."""

    FRONT = "front"
    REAR = "rear"


@dataclass(frozen=True, slots=True)
class Road:
    """A road on the map; `points_m` are metres east and north of the centre."""

    name: str
    points_m: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class TownCamera:
    """A camera beside a road; `heading_degrees` is where it looks, clockwise from north."""

    camera_id: str
    name: str
    latitude: float
    longitude: float
    heading_degrees: float
    x_m: float
    y_m: float


@dataclass(frozen=True, slots=True)
class TownVehicle:
    """A vehicle: `plate` in capitals without spaces."""

    plate: str
    colour: Colour
    kind: VehicleKind


@dataclass(frozen=True, slots=True)
class Passing:
    """A vehicle passing a camera `offset_s` seconds after the day's midnight (0 to 86,399, UTC).

    Lane 1 comes towards the camera, so that it sees the front; lane 2 goes away from it.
    """

    camera_id: str
    offset_s: int
    lane: int
    speed_mph: int

    @property
    def view(self) -> View:
        """The end of the vehicle that the camera sees."""
        return View.FRONT if self.lane == 1 else View.REAR


@dataclass(frozen=True, slots=True)
class Journey:
    """One drive: its passings in order of time; none where no camera stands on the way."""

    vehicle: TownVehicle
    passes: tuple[Passing, ...]


@dataclass(frozen=True, slots=True)
class Town:
    """A town with one day of traffic; `stolen` is one of its vehicles and passes several cameras."""

    name: str
    seed: int
    latitude: float
    longitude: float
    cameras: tuple[TownCamera, ...]
    roads: tuple[Road, ...]
    vehicles: tuple[TownVehicle, ...]
    journeys: tuple[Journey, ...]
    stolen: TownVehicle

    def camera(self, camera_id: str) -> TownCamera:
        """The camera of that id, or KeyError."""
        for camera in self.cameras:
            if camera.camera_id == camera_id:
                return camera
        raise KeyError(camera_id)


@dataclass(frozen=True, slots=True)
class ScenePlate:
    """A plate in a picture, in pixels: `box` is x, y, width, height; `quad` the corners clockwise."""

    text: str
    box: tuple[int, int, int, int]
    quad: tuple[Point, Point, Point, Point]


@dataclass(frozen=True, slots=True, eq=False)
class SceneRender:
    """A picture, RGB uint8 of shape (height, width, 3), with the truth about its plates."""

    image: NDArray[np.uint8]
    plates: tuple[ScenePlate, ...]


@dataclass(frozen=True, slots=True)
class VideoPass:
    """A vehicle in a video: its plate is wholly in the picture from the first to the last frame, inclusive."""

    vehicle: TownVehicle
    first_frame: int
    last_frame: int


@dataclass(frozen=True, slots=True)
class VideoTruth:
    """A video of one camera; `path` is relative to the world's folder in a DemoWorld."""

    path: str
    camera_id: str
    starts_at: datetime
    fps: int
    frames: int
    passes: tuple[VideoPass, ...]


@dataclass(frozen=True, slots=True)
class PictureTruth:
    """A picture of one passing; `path` is relative to the world's folder, the boxes are in its pixels."""

    path: str
    camera_id: str
    captured_at: datetime
    vehicle: TownVehicle
    passing: Passing
    plates: tuple[ScenePlate, ...]


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """Everything that was written, with its truth; `day` is the day that the traffic belongs to."""

    folder: Path
    seed: int
    day: date
    town: Town
    pictures: tuple[PictureTruth, ...]
    videos: tuple[VideoTruth, ...]

    @property
    def stolen(self) -> TownVehicle:
        """The vehicle that belongs on the hotlist."""
        return self.town.stolen
