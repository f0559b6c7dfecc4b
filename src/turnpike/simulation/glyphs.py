"""The 36 characters of a British plate as our own strokes, and how they stand in a row.

No font is involved: each character is a few centre lines in a unit box, thickened to the stroke that the
standard asks for and cut to the character's cell. Everything is a parameter of `Lettering`, so that the
same data draws a plate, a motorcycle plate or a training picture with odd proportions.

Source: The Road Vehicles (Display of Registration Marks) Regulations 2001, Schedule 3 (group of marks
of 79 mm); BS AU 145e refers to the same sizes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

Point = tuple[float, float]
Polygon = tuple[Point, ...]

MITRE_LIMIT = 9.0
"""Longest mitre of a sharp corner, in half strokes: those of M, N and W end at the cell's edge."""
_DENSE_STROKE = 0.78
"""Four slanting strokes do not fit a cell of 50 mm at 14 mm each: W is drawn with thinner ones."""
ARC_STEPS = 10


@dataclass(frozen=True, slots=True)
class Lettering:
    """Sizes of characters and of what stands between them, in millimetres.

    `radius_mm` is the outer radius of a full bend; the regulations leave it to the typeface.
    """

    height_mm: float = 79.0
    width_mm: float = 50.0
    stroke_mm: float = 14.0
    radius_mm: float = 21.0
    spacing_mm: float = 11.0
    group_gap_mm: float = 33.0
    margin_mm: float = 11.0


@dataclass(frozen=True, slots=True)
class Stroke:
    """One centre line: corners `(u, v, bend)` in the unit box, u to the right and v down.

    `bend` 0 is a mitred corner, 1 a full bend of the lettering's radius; ends ignore it. An end that runs
    out of the box is cut flat by the cell's edge; any other end is cut square to its own direction.
    """

    corners: tuple[tuple[float, float, float], ...]
    closed: bool = False


def _line(*corners: tuple[float, ...], closed: bool = False) -> Stroke:
    return Stroke(tuple((c[0], c[1], c[2] if len(c) > 2 else 0.0) for c in corners), closed)  # noqa: PLR2004 - u, v


_RING = _line((0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1), closed=True)
_STEM = _line((0, 0), (0, 1))
_BAR = _line((0.5, 0), (0.5, 1))

# A zero is the letter O and a one is the letter I: the regulations give them one shape each.
GLYPHS: dict[str, tuple[Stroke, ...]] = {
    "0": (_RING,),
    "1": (_BAR,),
    "2": (_line((0, 0.24), (0, 0, 1), (1, 0, 1), (1, 0.42, 0.9), (0, 0.76, 0.7), (0, 1), (1, 1)),),
    "3": (
        _line((0, 0.22), (0, 0, 1), (1, 0, 1), (1, 0.47, 0.8), (0.3, 0.47)),
        _line((0.3, 0.47), (1, 0.47, 0.8), (1, 1, 1), (0, 1, 1), (0, 0.76)),
    ),
    "4": (_line((1, 0.74), (-0.02, 0.74), (0.72, 0), (0.72, 1)),),
    "5": (_line((1, 0), (0.04, 0), (0.04, 0.42), (1, 0.42, 1), (1, 1, 1), (0, 1, 1), (0, 0.78)),),
    "6": (_line((1, 0.22), (1, 0, 1), (0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 0.43, 1), (0, 0.43)),),
    "7": (_line((0, 0), (1, 0), (0.3, 1)),),
    "8": (
        _line((0.05, 0, 0.9), (0.95, 0, 0.9), (0.95, 0.46, 0.8), (0.05, 0.46, 0.8), closed=True),
        _line((0, 0.46, 0.9), (1, 0.46, 0.9), (1, 1, 1), (0, 1, 1), closed=True),
    ),
    "9": (_line((0, 0.78), (0, 1, 1), (1, 1, 1), (1, 0, 1), (0, 0, 1), (0, 0.57, 1), (1, 0.57)),),
    "A": (
        _line((0, 1), (0.5, -0.02), (1, 1)),
        _line((0.2, 0.71), (0.8, 0.71)),
    ),
    "B": (
        _line((0, 0), (0.93, 0, 0.9), (0.93, 0.46, 0.8), (0, 0.46)),
        _line((0, 0.46), (1, 0.46, 0.8), (1, 1, 0.9), (0, 1), (0, 0), (0.2, 0)),
    ),
    "C": (_line((1, 0.29), (1, 0, 1), (0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 0.71)),),
    "D": (_line((0, 0), (1, 0, 1.15), (1, 1, 1.15), (0, 1), closed=True),),
    "E": (_line((1, 0), (0, 0), (0, 1), (1, 1)), _line((0, 0.48), (0.95, 0.48))),
    "F": (_line((1, 0), (0, 0), (0, 1)), _line((0, 0.48), (0.95, 0.48))),
    "G": (_line((1, 0.27), (1, 0, 1), (0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 0.54), (0.45, 0.54)),),
    "H": (_STEM, _line((1, 0), (1, 1)), _line((0, 0.48), (1, 0.48))),
    "I": (_BAR,),
    "J": (_line((1, 0), (1, 1, 1), (0, 1, 1), (0, 0.7)),),
    "K": (_STEM, _line((0.97, 0), (0.05, 0.56)), _line((0.3, 0.34), (1, 1))),
    "L": (_line((0, 0), (0, 1), (1, 1)),),
    "M": (_line((0, 1), (0, 0), (0.5, 0.58), (1, 0), (1, 1)),),
    "N": (_line((0, 1), (0, 0), (1, 1), (1, 0)),),
    "O": (_RING,),
    "P": (_line((0, 1), (0, 0), (1, 0, 0.9), (1, 0.55, 0.9), (0, 0.55)),),
    "Q": (_RING, _line((0.52, 0.66), (1.02, 1.02))),
    "R": (
        _line((0, 1), (0, 0), (1, 0, 0.9), (1, 0.51, 0.9), (0, 0.51)),
        _line((0.5, 0.5), (1, 1)),
    ),
    "S": (
        _line(
            (1, 0.22), (1, 0, 1), (0, 0, 1), (0, 0.48, 0.9), (1, 0.48, 0.9), (1, 1, 1), (0, 1, 1), (0, 0.78)
        ),
    ),
    "T": (_line((0, 0), (1, 0)), _BAR),
    "U": (_line((0, 0), (0, 1, 1), (1, 1, 1), (1, 0)),),
    "V": (_line((0, 0), (0.5, 1.02), (1, 0)),),
    "W": (_line((-0.04, 0), (0.2, 1.04), (0.5, 0.4), (0.8, 1.04), (1.04, 0)),),
    "X": (_line((0, 0), (1, 1)), _line((1, 0), (0, 1))),
    "Y": (_line((0, 0), (0.5, 0.52)), _line((1, 0), (0.5, 0.52)), _line((0.5, 0.45), (0.5, 1))),
    "Z": (_line((0, 0), (1, 0), (0, 1), (1, 1)),),
}


def glyph_width_mm(character: str, lettering: Lettering) -> float:
    """Width of the cell of `character`; a 1 and an I are one stroke wide."""
    return lettering.stroke_mm if character in "1I" else lettering.width_mm


@lru_cache(maxsize=512)
def glyph_polygons(character: str, lettering: Lettering) -> tuple[Polygon, ...]:
    """Convex-ish pieces in millimetres from the cell's top left corner; their union is the character.

    Pieces may stand out of the cell: whoever fills them cuts at the cell's edges.

    Raises:
        KeyError: `character` is not one of A-Z or 0-9.
    """
    return tuple(piece for stroke in GLYPHS[character] for piece in _thicken(stroke, character, lettering))


def lay_out(groups: tuple[str, ...], lettering: Lettering) -> tuple[tuple[str, float], ...]:
    """Each character with the left edge of its cell in millimetres, the first one at 0."""
    placed: list[tuple[str, float]] = []
    x_mm = 0.0
    for group in groups:
        for character in group:
            placed.append((character, x_mm))
            x_mm += glyph_width_mm(character, lettering) + lettering.spacing_mm
        x_mm += lettering.group_gap_mm - lettering.spacing_mm
    return tuple(placed)


def row_width_mm(groups: tuple[str, ...], lettering: Lettering) -> float:
    """Width of a row of groups, without margins."""
    placed = lay_out(groups, lettering)
    if not placed:
        return 0.0
    last, x_mm = placed[-1]
    return x_mm + glyph_width_mm(last, lettering)


def _thicken(stroke: Stroke, character: str, lettering: Lettering) -> list[Polygon]:
    line = _centre_line(stroke, character, lettering)
    half = lettering.stroke_mm / 2 * (_DENSE_STROKE if character == "W" else 1)
    left, right = _sides(line, half, closed=stroke.closed)
    count = len(line) if stroke.closed else len(line) - 1
    following = [(index + 1) % len(line) for index in range(count)]
    return [
        (left[index], left[after], right[after], right[index])
        for index, after in zip(range(count), following, strict=True)
    ]


def _centre_line(stroke: Stroke, character: str, lettering: Lettering) -> list[Point]:
    half = lettering.stroke_mm / 2
    span_x = glyph_width_mm(character, lettering) - lettering.stroke_mm
    span_y = lettering.height_mm - lettering.stroke_mm
    points = [(half + u * span_x, half + v * span_y) for u, v, _ in stroke.corners]
    bend_mm = max(0.0, lettering.radius_mm - half)
    line: list[Point] = []
    for index, (point, (_, _, bend)) in enumerate(zip(points, stroke.corners, strict=True)):
        is_end = not stroke.closed and index in (0, len(points) - 1)
        if is_end or bend == 0:
            line.append(point)
        else:
            line.extend(_arc(points[index - 1], point, points[(index + 1) % len(points)], bend * bend_mm))
    if not stroke.closed:
        line[0] = _run_out(line[1], line[0], stroke.corners[0], lettering.stroke_mm)
        line[-1] = _run_out(line[-2], line[-1], stroke.corners[-1], lettering.stroke_mm)
    return line


def _run_out(inner: Point, end: Point, corner: tuple[float, float, float], reach_mm: float) -> Point:
    """The end moved outwards where it points out of the unit box, so that the cell's edge cuts it flat."""
    dx, dy = end[0] - inner[0], end[1] - inner[1]
    length = math.hypot(dx, dy)
    u, v, _ = corner
    u_step, v_step = round(dx / length, 6), round(dy / length, 6)  # the end of a bend is not quite upright
    leaves = (
        (u <= 0 and u_step < 0)
        or (u >= 1 and u_step > 0)
        or (v <= 0 and v_step < 0)
        or (v >= 1 and v_step > 0)
    )
    if not leaves:
        return end
    return end[0] + dx / length * reach_mm, end[1] + dy / length * reach_mm


def _arc(before: Point, corner: Point, after: Point, radius_mm: float) -> list[Point]:
    """A rounded corner as points; the radius gives way where the neighbouring sides are too short."""
    to_before = (before[0] - corner[0], before[1] - corner[1])
    to_after = (after[0] - corner[0], after[1] - corner[1])
    length_before, length_after = math.hypot(*to_before), math.hypot(*to_after)
    cosine = (to_before[0] * to_after[0] + to_before[1] * to_after[1]) / (length_before * length_after)
    half_angle = math.acos(max(-1.0, min(1.0, cosine))) / 2
    cut = min(radius_mm / math.tan(half_angle), 0.5 * length_before, 0.5 * length_after)
    start = (corner[0] + to_before[0] / length_before * cut, corner[1] + to_before[1] / length_before * cut)
    end = (corner[0] + to_after[0] / length_after * cut, corner[1] + to_after[1] / length_after * cut)
    radius = cut * math.tan(half_angle)
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    toward = (middle[0] - corner[0], middle[1] - corner[1])
    scale = math.hypot(cut, radius) / (math.hypot(*toward) or 1.0)
    centre = (corner[0] + toward[0] * scale, corner[1] + toward[1] * scale)
    first = math.atan2(start[1] - centre[1], start[0] - centre[0])
    sweep = math.atan2(end[1] - centre[1], end[0] - centre[0]) - first
    sweep = (sweep + math.pi) % (2 * math.pi) - math.pi
    angles = [first + sweep * step / ARC_STEPS for step in range(ARC_STEPS + 1)]
    return [(centre[0] + radius * math.cos(a), centre[1] + radius * math.sin(a)) for a in angles]


def _sides(line: list[Point], half: float, *, closed: bool) -> tuple[list[Point], list[Point]]:
    left: list[Point] = []
    right: list[Point] = []
    for index, point in enumerate(line):
        inward = _direction(line[index - 1], point) if closed or index > 0 else None
        outward = (
            _direction(point, line[(index + 1) % len(line)]) if closed or index < len(line) - 1 else None
        )
        x, y = _mitre(inward or outward or (1.0, 0.0), outward or inward or (1.0, 0.0))
        left.append((point[0] + x * half, point[1] + y * half))
        right.append((point[0] - x * half, point[1] - y * half))
    return left, right


def _direction(start: Point, end: Point) -> Point:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy) or 1.0
    return dx / length, dy / length


def _mitre(inward: Point, outward: Point) -> Point:
    """The offset of a corner's two sides, per unit of half stroke."""
    x, y = -inward[1] - outward[1], inward[0] + outward[0]
    length = math.hypot(x, y)
    if length == 0:
        return -inward[1], inward[0]
    x, y = x / length, y / length
    stretch = 1 / max(1 / MITRE_LIMIT, x * -inward[1] + y * inward[0])
    return x * stretch, y * stretch
