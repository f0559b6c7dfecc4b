"""A made-up nation's towns in a grid, and its cameras beside their roads.

The island lies in the open Atlantic, so that nothing here is a real place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.simulation.nation_plan import NationPlan

_SOUTH, _WEST = 47.0, -31.0
"""Degrees of the island's corner: half-way from Ireland to Newfoundland."""
_LATITUDE_STEP, _LONGITUDE_STEP = 0.045, 0.066
"""Five kilometres at that latitude, from one town to the next."""
_SPREAD = 0.24
"""Cameras lie this share of a step about their town's middle, on each side."""
_CAMERAS_A_TOWN = 24.0
"""Mean. Source: ours; 13,000 cameras make some 540 towns."""
_HEAVY_TAIL = 1.1
"""Spread of the towns' sizes (of the logarithm). Source: ours; the largest have some thirty times the median."""
_FIRST_WORDS = (
    "Alder", "Ash", "Birch", "Bramble", "Brook", "Carr", "Chalk", "Dun", "Elm", "Fen", "Gorse", "Hazel", "Heath", "Holm",
    "King", "Lark", "Lime", "Marl", "Mill", "Moor", "North", "Oak", "Otter", "Raven", "Reed", "Rook", "Salt", "South",
    "Stone", "Thorn", "West", "Willow",
)  # fmt: skip
_LAST_WORDS = ("bridge", "bury", "combe", "cross", "field", "ford", "ham", "hurst", "ley", "mouth", "port", "stead", "ton",
               "wick", "wood", "worth")  # fmt: skip
_ROADS = ("Bridge", "Castle Road", "Church Street", "Harbour Road", "High Street", "London Road", "Mill Lane", "Motorway",
          "North Road", "Park Lane", "Ring Road", "Station Road", "Victoria Road", "Tunnel")  # fmt: skip
BOTH_WAYS, TOWARDS, AWAY = 0, 1, 2


@dataclass(frozen=True, slots=True)
class NationCamera:
    """A camera of the nation; degrees are WGS 84, `lanes` 1 to 4."""

    camera_id: str
    name: str
    area: str
    latitude: float
    longitude: float
    lanes: int


class NationPlaces:
    """Towns and cameras of one plan. A camera's number is its place among all, towns one after another.

    Neighbouring numbers of towns are neighbours on the ground: rows are walked to and fro.
    """

    def __init__(self, plan: NationPlan) -> None:
        rng = np.random.default_rng([plan.seed, 102])
        self.camera_count = count = plan.camera_count
        self.town_count = max(2, round(count / _CAMERAS_A_TOWN))
        people = np.exp(rng.normal(0.0, _HEAVY_TAIL, self.town_count))
        self._people = people / people.sum()
        # Each town has a camera; the others go where people are.
        self.cameras_of_town = 1 + np.bincount(
            rng.choice(self.town_count, count - self.town_count, p=self._people), minlength=self.town_count
        )
        self.first_camera = np.cumsum(self.cameras_of_town) - self.cameras_of_town
        self._town = np.repeat(np.arange(self.town_count), self.cameras_of_town)
        self._latitudes, self._longitudes = self._positions(rng)
        self.way = rng.choice(3, count, p=(0.6, 0.2, 0.2)).astype(np.uint8)
        """Which way its traffic goes: both, or one on a dual carriageway."""
        self.lanes = np.where(self.way == BOTH_WAYS, 2 * rng.integers(1, 3, count), rng.integers(1, 4, count)).astype(np.uint8)  # fmt: skip
        self._road = rng.integers(0, len(_ROADS), count)
        self._word = rng.permutation(len(_FIRST_WORDS) * len(_LAST_WORDS))

    def town_by_chance(self, places: int) -> NDArray[np.int32]:
        """`places` numbers of towns, each as often as people live there: a table to draw homes from."""
        upper = np.cumsum(self._people)
        return np.searchsorted(upper / upper[-1], (np.arange(places) + 0.5) / places).astype(np.int32)

    @cached_property
    def camera_ids(self) -> tuple[str, ...]:
        """By number: `nation-00000`."""
        return tuple(f"nation-{number:05d}" for number in range(len(self._town)))

    def cameras(self) -> tuple[NationCamera, ...]:
        """All of them, by number."""
        return tuple(
            NationCamera(
                camera_id,
                f"{self._town_name(int(self._town[number]))}, {_ROADS[self._road[number]]}"
                f" {number - int(self.first_camera[self._town[number]]) + 1}",
                self._town_name(int(self._town[number])),
                round(float(self._latitudes[number]), 5),
                round(float(self._longitudes[number]), 5),
                int(self.lanes[number]),
            )
            for number, camera_id in enumerate(self.camera_ids)
        )

    def _town_name(self, town: int) -> str:
        again, name = divmod(town, len(self._word))
        first, last = divmod(int(self._word[name]), len(_LAST_WORDS))
        return f"{_FIRST_WORDS[first]}{_LAST_WORDS[last]}" + (f" {again + 1}" if again else "")

    def _positions(self, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        columns = max(1, round(self.town_count**0.5))
        row, column = np.divmod(self._town, columns)
        column = np.where(row % 2, columns - 1 - column, column)
        jitter = rng.uniform(-_SPREAD, _SPREAD, (2, len(self._town)))
        return (
            _SOUTH + (row + jitter[0]) * _LATITUDE_STEP,
            _WEST + (column + jitter[1]) * _LONGITUDE_STEP,
        )
