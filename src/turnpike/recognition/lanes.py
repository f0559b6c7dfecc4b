"""Which lane a vehicle passed in: outlines that the operator draws, in shares of the picture, and where its plate was in them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from turnpike.recognition.errors import LanesFileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from turnpike.recognition.models import Box, Point, TrackPoint

MOST_LANES = 16
MOST_FILE_BYTES = 64 * 1024
NEAR = 0.6
"""Where the plate was at least this share of its largest width, it counts as near; only there a lane is asked for. Source: ours."""
ASIDE_WIDTHS = 0.5
"""A plate with its other end, so far aside, in another lane is on the line between them: about a quarter of a metre."""
AGREED = 0.6
"""How much of the near points, by size, must lie in one lane."""
_MOST_SHARED = 0.02
_GRID = 250

_Share = Annotated[float, msgspec.Meta(ge=-0.5, le=1.5)]


class _Lane(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: Annotated[int, msgspec.Meta(ge=1, le=MOST_LANES)]
    outline: Annotated[list[tuple[_Share, _Share]], msgspec.Meta(min_length=3, max_length=32)]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    lane: Annotated[list[_Lane], msgspec.Meta(min_length=1, max_length=MOST_LANES)]


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane: its `number` (1 to 16) and its outline, whose points are shares of the picture's width and height, from its top left."""

    number: int
    outline: tuple[Point, ...]

    def holds(self, x: float, y: float) -> bool:
        """Whether a point, in shares of the picture, lies inside."""
        inside = False
        for (ax, ay), (bx, by) in zip(self.outline, (*self.outline[1:], self.outline[0]), strict=True):
            if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
                inside = not inside
        return inside


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes of one camera's picture, whatever its resolution."""

    lanes: tuple[Lane, ...]

    def lane_of(self, track: Sequence[TrackPoint], size: tuple[int, int]) -> int:
        """The lane of a plate's track in pictures of `size` (width, height), where it was nearest; 0 where that cannot be told.

        Only where the plate was nearest counts, so that who changes lanes is told where they were last (or first) close by.
        """
        if not track:
            return 0
        largest = max(point.box[2] for point in track)
        weights: dict[int, float] = {}
        for point in track:
            if point.box[2] >= NEAR * largest:
                found = self._at(point.box, size)
                weights[found] = weights.get(found, 0.0) + (point.box[2] / largest) ** 2
        best = max(weights, key=lambda number: weights[number])
        return best if weights[best] >= AGREED * sum(weights.values()) else 0

    def _at(self, box: Box, size: tuple[int, int]) -> int:
        x, y = (box[0] + box[2] / 2) / size[0], (box[1] + box[3] / 2) / size[1]
        aside = ASIDE_WIDTHS * box[2] / size[0]
        middle = self._holding(x, y)
        beside = self._holding(x - aside, y) | self._holding(x + aside, y)
        # Beyond the outermost lanes there is nothing, so their edges need no such care.
        return next(iter(middle)) if len(middle) == 1 and beside <= middle else 0

    def _holding(self, x: float, y: float) -> set[int]:
        return {lane.number for lane in self.lanes if lane.holds(x, y)}


def parse_lanes(text: str) -> Lanes:
    """The lanes of a file's text (TOML: a `[[lane]]` with `number` and `outline` for each).

    Raises:
        LanesFileError: it is no such text, or two lanes have one number or lie on one another; with what to mend.
    """
    try:
        read = msgspec.convert(tomllib.loads(text), _File)
    except tomllib.TOMLDecodeError as fault:
        raise LanesFileError(f"The lanes file is not TOML: {fault}.") from None
    except msgspec.ValidationError as fault:
        raise LanesFileError(
            f"The lanes file is not as it should be: {fault}. Each [[lane]] has a number from 1 to {MOST_LANES} "
            "and an outline of at least three points [x, y], which are shares of the picture from 0 to 1."
        ) from None
    lanes = tuple(Lane(one.number, tuple(one.outline)) for one in read.lane)
    if len({lane.number for lane in lanes}) != len(lanes):
        raise LanesFileError("Two lanes of the lanes file have the same number; give each its own.")
    _refuse_faults(lanes)
    return Lanes(lanes)


def load_lanes(path: Path) -> Lanes:
    """The lanes of a file.

    Raises:
        LanesFileError: it cannot be read or is not as it should be.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_FILE_BYTES + 1)
    except OSError:
        raise LanesFileError(f"The lanes file {path} cannot be read; give the path of a TOML file.") from None
    if len(content) > MOST_FILE_BYTES:
        raise LanesFileError(f"The lanes file {path} is larger than {MOST_FILE_BYTES // 1024} KB.")
    try:
        return parse_lanes(content.decode())
    except UnicodeDecodeError:
        raise LanesFileError(f"The lanes file {path} is not text in UTF-8.") from None


def draw_lanes(image: NDArray[np.uint8], lanes: Lanes) -> NDArray[np.uint8]:
    """A copy of `image` (RGB, uint8) with each lane's outline and number over it."""
    picture = Image.fromarray(image).convert("RGBA")
    veil = Image.new("RGBA", picture.size)
    pen = ImageDraw.Draw(veil)
    wide = max(2, picture.width // 320)
    font = ImageFont.load_default(size=max(14.0, picture.height / 14))
    for lane in lanes.lanes:
        points = [(x * picture.width, y * picture.height) for x, y in lane.outline]
        # Every other lane in another colour; the number says the same to who does not tell them apart.
        red, green, blue = (255, 221, 0) if lane.number % 2 else (0, 200, 255)
        pen.polygon(points, fill=(red, green, blue, 48))
        pen.line([*points, points[0]], fill=(red, green, blue, 255), width=wide, joint="curve")
        pen.text(
            _inside(lane, picture.size),
            str(lane.number),
            fill="white",
            font=font,
            anchor="mm",
            stroke_width=wide,
            stroke_fill="black",
        )
    return np.asarray(Image.alpha_composite(picture, veil).convert("RGB"))


def _inside(lane: Lane, size: tuple[int, int]) -> Point:
    """A pixel well inside the lane and inside the picture, for its number."""
    rows, columns = np.nonzero(_mask(lane))
    if not len(rows):
        return size[0] / 2, size[1] / 2
    row = int(np.median(rows))
    column = int(np.median(columns[rows == row]))
    return (column + 0.5) / _GRID * size[0], (row + 0.5) / _GRID * size[1]


def _mask(lane: Lane) -> NDArray[np.bool_]:
    canvas = Image.new("1", (_GRID, _GRID))
    ImageDraw.Draw(canvas).polygon([(x * _GRID, y * _GRID) for x, y in lane.outline], fill=1)
    return np.asarray(canvas)


def _refuse_faults(lanes: tuple[Lane, ...]) -> None:
    masks = [_mask(lane) for lane in lanes]
    for at, (lane, mask) in enumerate(zip(lanes, masks, strict=True)):
        if mask.sum() < _GRID:
            raise LanesFileError(
                f"Lane {lane.number} of the lanes file covers next to nothing of the picture; its points are shares from 0 to 1, not pixels."
            )
        for other, covered in zip(lanes[:at], masks[:at], strict=True):
            # Lines that meet share their pixels.
            if (mask & covered).sum() > _MOST_SHARED * min(mask.sum(), covered.sum()) + 2 * _GRID:
                raise LanesFileError(
                    f"Lanes {other.number} and {lane.number} of the lanes file lie on one another; draw them side by side."
                )
