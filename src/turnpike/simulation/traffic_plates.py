"""The plates of rendered traffic: mostly current British ones, some older, some foreign, some dirty."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from turnpike.plates.services import GAPS, confusable_variants, layouts_of, normalise
from turnpike.simulation import ornaments, plate_art, variety
from turnpike.simulation.lettering import LetterCase
from turnpike.simulation.models import Colour, TownVehicle, VehicleKind
from turnpike.simulation.nations import EUROPEAN_MM, NATIONS
from turnpike.simulation.registrations import draw_registrations
from turnpike.simulation.scene import PLATE_HEIGHT_PX, style_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.simulation.models import View

FOREIGN_SHARE = 0.10
"""More than on British roads, so that a few hundred passes hold some. Source: ours."""
DIRTY_SHARE = 0.35
_EUROPEAN = frozenset(nation.country for nation in NATIONS if nation.size_mm == EUROPEAN_MM and nation.band)
_DRAWN_ALIKE = {"0": "O", "1": "I"}
_LONG_PLATE = (3.9, 5.4)
"""Width by height of plates that fit where a British one is worn."""

_KINDS = tuple(VehicleKind)
_KIND_SHARES = (0.45, 0.20, 0.22, 0.13)
_COLOURS = tuple(Colour)
_COLOUR_SHARES = (0.21, 0.17, 0.13, 0.20, 0.15, 0.09, 0.03, 0.02)
"""Black, white, silver, grey, blue, red, green, orange. Source: roughly as the vehicles licensed in Great Britain."""


@dataclass(frozen=True, slots=True, eq=False)
class RoadVehicle:
    """A vehicle with the plate that it wears, as flat pictures (height, width, 4) of 0 to 255 where it is not the usual one."""

    worn: TownVehicle
    country: str
    foreign: NDArray[np.floating] | None = None
    dirt_seed: int = 0

    def flat(self, end: View) -> NDArray[np.floating]:
        """The plate at that end."""
        if self.foreign is not None:
            return self.foreign
        style = style_of(self.worn, end)
        drawn = plate_art.draw_plate(self.worn.plate, style=style, height_px=PLATE_HEIGHT_PX)
        if self.dirt_seed:
            clean, alpha = drawn.convert("RGB"), drawn.getchannel("A")
            ornaments.bolts_and_dirt(clean, np.random.default_rng([self.dirt_seed, 21]))
            clean.putalpha(alpha)
            drawn = clean
        return np.asarray(drawn, dtype=np.float32)


def draw_vehicles(
    count: int, rng: np.random.Generator, *, kinds: tuple[float, ...] = _KIND_SHARES
) -> list[RoadVehicle]:
    """That many vehicles, no two with the same plate; `kinds` are the shares of `VehicleKind`'s members."""
    marks = [str(mark) for mark in draw_registrations(count, rng)]
    drawn = []
    for mark in marks:
        plate, country, foreign = mark, "GB", None
        if rng.random() < FOREIGN_SHARE:
            plate, country, foreign = _foreign(rng)
        drawn.append(RoadVehicle(_body(plate, rng, kinds), country, foreign, _dirt(rng)))
    if len({one.worn.plate for one in drawn}) < count:
        return draw_vehicles(count, rng, kinds=kinds)
    return drawn


def look_alike_of(vehicle: RoadVehicle, rng: np.random.Generator) -> RoadVehicle | None:
    """Another vehicle whose British plate differs in one character that looks like it; None where there is none such."""
    if vehicle.foreign is not None:
        return None
    mark = vehicle.worn.plate
    # A letter for a letter that is in use, a digit for a digit: else both would be drawn and read alike.
    taken = [
        other
        for other in sorted(confusable_variants(mark))
        if _is_mark(other) and _signs(other) == _signs(mark)
    ]
    if not taken:
        return None
    return RoadVehicle(_body(str(rng.choice(taken)), rng, _KIND_SHARES), "GB", None, _dirt(rng))


def _signs(mark: str) -> str:
    return "".join("D" if character.isdigit() else "L" for character in mark)


def _is_mark(mark: str) -> bool:
    return not set(mark) & set("IQ")


def _body(plate: str, rng: np.random.Generator, kinds: tuple[float, ...]) -> TownVehicle:
    kind = _KINDS[int(rng.choice(len(_KINDS), p=kinds))]
    colour = _COLOURS[int(rng.choice(len(_COLOURS), p=_COLOUR_SHARES))]
    return TownVehicle(plate, colour, kind)


def _dirt(rng: np.random.Generator) -> int:
    return int(rng.integers(1, 1 << 30)) if rng.random() < DIRTY_SHARE else 0


def _foreign(rng: np.random.Generator) -> tuple[str, str, NDArray[np.floating]]:
    while True:
        art = variety.draw_plate(rng, _letters())
        high, wide = art.image.shape[:2]
        long_enough = art.lines == 1 and _LONG_PLATE[0] <= wide / high <= _LONG_PLATE[1]
        if long_enough and art.country in _EUROPEAN and not _two_ways(normalise(art.text), art.country):
            height = PLATE_HEIGHT_PX
            image = Image.fromarray(art.image).convert("RGBA")
            image = image.resize(
                (round(height * EUROPEAN_MM[0] / EUROPEAN_MM[1]), height), Image.Resampling.BICUBIC
            )
            return normalise(art.text), art.country, np.asarray(image, dtype=np.float32)


def _two_ways(mark: str, country: str) -> bool:
    """Whether a mark, as it is drawn here, could be told as well for another: O and 0, I and 1 are drawn alike."""
    if set(mark) & set("IOQ"):
        return True
    return any(
        _fits(mark[:at] + _DRAWN_ALIKE[sign] + mark[at + 1 :], country)
        for at, sign in enumerate(mark)
        if sign in _DRAWN_ALIKE
    )


def _fits(mark: str, country: str) -> bool:
    """Whether the country has such marks."""
    for layout in layouts_of(country):
        for pattern in layout.marks:
            symbols = [symbol for symbol in pattern if symbol not in GAPS]
            if len(symbols) == len(mark) and all(
                _may_be(sign, symbol, layout.letters) for sign, symbol in zip(mark, symbols, strict=True)
            ):
                return True
    return False


def _may_be(sign: str, symbol: str, letters: str) -> bool:
    if symbol == "D":
        return sign.isdigit()
    if symbol in "LX":
        return sign in letters or (symbol == "X" and sign.isdigit())
    return sign == symbol


@lru_cache(maxsize=1)
def _letters() -> LetterCase:
    return LetterCase.load(None, np.random.default_rng(77), stroke_sets=8)
