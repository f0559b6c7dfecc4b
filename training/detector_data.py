"""Detector samples made on the fly: rendered plates laid into real pictures and rendered streets, and real boxes.

Renders know their corners. Real pictures know only a box, which must not teach corners that are level; the
samples therefore say which kind each plate is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from training.exposures import degrade_colour, rolled, smoothed
from training.pictures import quads_of
from training.reader_data import DRAWN_SCENE_SHARE
from turnpike.recognition.plate_detector import STRIDE_PX
from turnpike.simulation.lookalikes import draw_lookalike
from turnpike.simulation.variety import draw_plate

if TYPE_CHECKING:
    from training.reader_data import Backdrops
    from turnpike.simulation.lettering import LetterCase

SCENE_HEIGHT_PX, SCENE_WIDTH_PX = 320, 512
SMALLEST_PLATE_PX = 12
REAL_SHARE = 0.5
# Of the real plates in a picture, so many are covered by a drawn one, where they are wide enough to tell.
_COVERED_SHARE, _LEAST_COVERED_PX = 0.6, 18
_COVERED_OVER_SHARE = 0.05
_ROLLING_SHARE, _ROLLED_PLATE_PX = 0.1, 24.0

Image8 = NDArray[np.uint8]
Float = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """`image` RGB uint8; `quads` (n, 4, 2) clockwise in pixels; `exact` whether a quad's corners are the plate's own."""

    image: Image8
    quads: Float
    exact: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """Per stride-8 cell: `plate` 0/1, `ignore` 0/1, `corners` (8, h, w) px from the cell's centre, `weight`, `exact`."""

    plate: Float
    ignore: Float
    corners: Float
    weight: Float
    exact: Float


def make_scene(rng: np.random.Generator, letters: LetterCase, backdrops: Backdrops) -> Scene:
    """One training picture."""
    picture, boxes = backdrops.pictures[int(rng.integers(len(backdrops.pictures)))]
    if rng.random() < REAL_SHARE:
        return _real(picture, quads_of(boxes), rng)
    if backdrops.scenes and rng.random() < DRAWN_SCENE_SHARE:
        street, quads = backdrops.scenes[int(rng.integers(len(backdrops.scenes)))]
        return _rendered(street, quads, rng, letters, drawn=True)
    return _rendered(picture, quads_of(boxes), rng, letters, drawn=False)


def window(picture: Image8, quads: Float, scale: float, centre: tuple[float, float]) -> tuple[Image8, Float]:
    """The picture scaled, with `centre` (of the picture) brought to the middle; its quads (n, 4, 2) moved alike."""
    move = np.array(
        [
            [scale, 0, SCENE_WIDTH_PX / 2 - centre[0] * scale],
            [0, scale, SCENE_HEIGHT_PX / 2 - centre[1] * scale],
        ],
        np.float32,
    )
    source = cv2.GaussianBlur(picture, (0, 0), 0.4 / scale) if scale < 0.7 else picture
    image = cv2.warpAffine(
        source,
        move,
        (SCENE_WIDTH_PX, SCENE_HEIGHT_PX),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(114, 114, 114),
    )
    return image, (quads * scale + move[:, 2]).astype(np.float32)


def _real(picture: Image8, labelled: Float, rng: np.random.Generator) -> Scene:
    middle = labelled[int(rng.integers(len(labelled)))].mean(axis=0)
    fit = SCENE_WIDTH_PX / picture.shape[1]
    scale = fit * float(np.exp(rng.uniform(math.log(0.8), math.log(3.0))))
    offset = rng.uniform(-0.38, 0.38, 2) * np.array([SCENE_WIDTH_PX, SCENE_HEIGHT_PX]) / scale
    image, quads = window(
        picture, labelled, scale, (float(middle[0] + offset[0]), float(middle[1] + offset[1]))
    )
    middles = quads.mean(axis=1)
    inside = (
        (middles[:, 0] > 3)
        & (middles[:, 1] > 3)
        & (middles[:, 0] < SCENE_WIDTH_PX - 3)
        & (middles[:, 1] < SCENE_HEIGHT_PX - 3)
    )
    quads = quads[inside]
    image = degrade_colour(image, rng, gentle=True)
    return _maybe_mirrored(Scene(image, quads, np.zeros(len(quads), bool)), rng)


def _rendered(
    picture: Image8, known: Float, rng: np.random.Generator, letters: LetterCase, *, drawn: bool
) -> Scene:
    fit = max(SCENE_WIDTH_PX / picture.shape[1], SCENE_HEIGHT_PX / picture.shape[0])
    scale = fit * float(rng.uniform(1.0, 1.5))
    centre = (
        float(rng.uniform(0.35, 0.65)) * picture.shape[1],
        float(rng.uniform(0.35, 0.65)) * picture.shape[0],
    )
    image, own_quads = window(picture, known, scale, centre)
    quads, exact = [], []
    for own in own_quads:
        wide, high = np.ptp(own[:, 0]), np.ptp(own[:, 1])
        covered = None
        if wide >= _LEAST_COVERED_PX and rng.random() < _COVERED_SHARE:
            place = Place(own.mean(axis=0), float(wide * rng.uniform(0.95, 1.2)), float(high))
            covered = lay(image, _flat_plate(rng, letters), [], rng, place)
        quads.append(own if covered is None else covered)
        exact.append(drawn or covered is not None)
    taken = [*quads]
    for _ in range(int(rng.choice((0, 0, 1, 2)))):
        other = lay(image, draw_lookalike(rng, letters), taken, rng)
        if other is not None:
            taken.append(other)
    for _ in range(int(rng.choice((0, 1, 1, 2, 3)))):
        quad = lay(image, _flat_plate(rng, letters), taken, rng)
        if quad is not None:
            taken.append(quad)
            quads.append(quad)
            exact.append(True)
    kept = [
        (q, e)
        for q, e in zip(quads, exact, strict=True)
        if 0 < q[:, 0].mean() < SCENE_WIDTH_PX and 0 < q[:, 1].mean() < SCENE_HEIGHT_PX
    ]
    corners = np.array([q for q, _ in kept], np.float32).reshape(-1, 4, 2)
    if rng.random() < _ROLLING_SHARE:
        seen, corners = rolled(image.astype(np.float32), corners, rng, _ROLLED_PLATE_PX)
        image = seen.astype(np.uint8)
    image = degrade_colour(image, rng, gentle=False)
    return Scene(image, corners, np.array([e for _, e in kept], bool))


def _flat_plate(rng: np.random.Generator, letters: LetterCase) -> Image8:
    """A plate to find, now and then one that is covered or painted over: it is there, though it cannot be read."""
    image = draw_plate(rng, letters).image
    if rng.random() < _COVERED_OVER_SHARE:
        covered = image.copy()
        room = np.array(image.shape[:2]) * rng.uniform(0.0, 0.08)
        top, left = (int(side) for side in room)
        tone = np.median(image.reshape(-1, 3), axis=0) * rng.uniform(0.7, 1.05)
        covered[top : image.shape[0] - top, left : image.shape[1] - left] = np.clip(tone, 0, 255).astype(
            np.uint8
        )
        return covered
    return image


@dataclass(frozen=True, slots=True)
class Place:
    """Where a plate goes: its middle and width; at least `high`, so that it hides what is there."""

    middle: Float
    wide: float
    high: float


def lay(
    image: Image8, plate: Image8, taken: list[Float], rng: np.random.Generator, place: Place | None = None
) -> Float | None:
    """Put a plate there, or else somewhere free, on something like a bumper; its corners, or None if there was no room."""
    height, width = plate.shape[:2]
    wide = place.wide if place else float(np.exp(rng.uniform(math.log(20), math.log(280))))
    high = wide * height / width * float(rng.uniform(0.85, 1.25))
    if 2 * high >= SCENE_HEIGHT_PX:
        return None
    turn, shear = math.radians(float(rng.normal(0, 6))), float(rng.normal(0, 0.13))
    middle = (
        place.middle
        if place
        else np.array(
            [rng.uniform(wide * 0.4, SCENE_WIDTH_PX - wide * 0.4), rng.uniform(high, SCENE_HEIGHT_PX - high)]
        )
    )
    taper = float(rng.normal(0, 0.06))
    quad = np.array(
        [
            (
                (u * wide + shear * v * high) * math.cos(turn)
                - v * high * (1 + 2 * taper * u) * math.sin(turn),
                (u * wide + shear * v * high) * math.sin(turn)
                + v * high * (1 + 2 * taper * u) * math.cos(turn),
            )
            for u, v in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
        ],
        np.float32,
    ) + middle.astype(np.float32)
    for other in taken:
        if np.hypot(*(quad.mean(0) - other.mean(0))) < (wide + np.ptp(other[:, 0])) * 0.65:
            return None
    if place:
        _hide(image, place, rng)
    elif rng.random() < 0.75:
        _bumper(image, quad, wide, high, rng)
    shrink = width / wide
    flat = smoothed(plate, shrink)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, quad)
    lit = np.clip(flat.astype(np.float32) * float(rng.uniform(0.5, 1.1)), 0, 255).astype(np.uint8)
    warped = cv2.warpPerspective(lit, matrix, (SCENE_WIDTH_PX, SCENE_HEIGHT_PX), flags=cv2.INTER_LINEAR)
    cover = cv2.warpPerspective(
        np.full((height, width), 255, np.uint8), matrix, (SCENE_WIDTH_PX, SCENE_HEIGHT_PX)
    )
    share = cover[..., None].astype(np.float32) / 255
    image[:] = (image * (1 - share) + warped * share).astype(np.uint8)
    return quad


def _hide(image: Image8, place: Place, rng: np.random.Generator) -> None:
    """Paint over the plate that is there, in the tone of what is around it."""
    room = np.array([place.wide, place.high * 1.25]) / 2
    low = np.maximum(np.floor(place.middle - room), 0).astype(int)
    top = np.ceil(place.middle + room).astype(int)
    around = image[max(0, low[1] - 3) : top[1] + 3, max(0, low[0] - 3) : top[0] + 3]
    tone = (
        np.percentile(around.reshape(-1, 3), float(rng.uniform(5, 60)), axis=0)
        if around.size
        else np.zeros(3)
    )
    image[low[1] : max(0, top[1]), low[0] : max(0, top[0])] = tone.astype(np.uint8)


def _bumper(image: Image8, quad: Float, wide: float, high: float, rng: np.random.Generator) -> None:
    low = quad.min(axis=0) - rng.uniform([0.05 * wide, 0.1 * high], [0.7 * wide, 1.3 * high])
    top = quad.max(axis=0) + rng.uniform([0.05 * wide, 0.1 * high], [0.7 * wide, 1.3 * high])
    tone = rng.uniform(0, 210) + (rng.uniform(-8, 8, 3) if rng.random() < 0.6 else rng.uniform(-70, 70, 3))
    panel = image.copy()
    colour = [float(v) for v in np.clip(tone, 0, 255)]
    cv2.rectangle(panel, tuple(int(v) for v in low), tuple(int(v) for v in top), colour, -1)
    image[:] = cv2.addWeighted(panel, 0.88, image, 0.12, 0)


def _maybe_mirrored(scene: Scene, rng: np.random.Generator) -> Scene:
    if rng.random() < 0.5:
        return scene
    quads = scene.quads.copy()
    quads[..., 0] = SCENE_WIDTH_PX - quads[..., 0]
    # Mirrored corners go the other way round: put them clockwise from the top left again.
    return Scene(np.ascontiguousarray(scene.image[:, ::-1]), quads[:, [1, 0, 3, 2]], scene.exact)


def targets_of(scene: Scene) -> Targets:
    """What each cell is to answer: a plate where it lies in a plate's inner part, and the corners from there."""
    rows, columns = SCENE_HEIGHT_PX // STRIDE_PX, SCENE_WIDTH_PX // STRIDE_PX
    plate, ignore = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    corners = np.zeros((8, rows, columns), np.float32)
    weight, exact = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    # Larger plates first, so that a small one in front keeps its cells.
    quads = np.ascontiguousarray(scene.quads, np.float32)  # OpenCV takes nothing else
    for index in np.argsort([-abs(cv2.contourArea(quad)) for quad in quads]):
        quad = quads[index]
        wide = float(np.linalg.norm(quad[1] - quad[0]))
        whole = _cells(quad, rows, columns)
        if wide < SMALLEST_PLATE_PX:
            ignore[whole] = 1
            continue
        middle = quad.mean(axis=0)
        inner = _cells(middle + (quad - middle) * 0.45, rows, columns)
        column = int(np.clip(middle[0] / STRIDE_PX, 0, columns - 1))
        row = int(np.clip(middle[1] / STRIDE_PX, 0, rows - 1))
        inner[row, column] = True
        ignore[whole & ~inner] = 1
        ys, xs = np.nonzero(inner)
        plate[ys, xs], ignore[ys, xs] = 1, 0
        weight[ys, xs], exact[ys, xs] = 1 / max(wide, 16.0), float(scene.exact[index])
        for corner in range(4):
            corners[2 * corner, ys, xs] = quad[corner, 0] - (xs + 0.5) * STRIDE_PX
            corners[2 * corner + 1, ys, xs] = quad[corner, 1] - (ys + 0.5) * STRIDE_PX
    return Targets(plate, ignore * (1 - plate), corners, weight, exact)


def _cells(quad: Float, rows: int, columns: int) -> NDArray[np.bool_]:
    mask = np.zeros((rows, columns), np.uint8)
    points = np.round((quad - STRIDE_PX / 2) / STRIDE_PX * 16).astype(np.int32)
    cv2.fillPoly(mask, [points], 1, cv2.LINE_8, 4)
    return mask.astype(bool)
