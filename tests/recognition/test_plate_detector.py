"""Where plates are: a stand-in for the network finds painted patches; what is tested is all around it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnpike.recognition.networks import Network
from turnpike.recognition.plate_detector import MOST_COARSER, VIEW_PX, PlateDetector

PAINTS = ((250, 20, 200), (20, 250, 60), (30, 60, 250))
STRIDE_PX, CORNER_UNIT_PX, FILL = 8, 16, 114


@dataclass
class Painted:
    """A session that finds each patch of a known paint in what it is shown, and keeps the sizes that it was shown.

    A patch that is cut by the view's edge is not answered for, as training has it of plates whose middle is out of sight.
    """

    views: list[tuple[int, int]] = field(default_factory=list)
    whole_in: int = 0
    """How many views showed a patch whole."""

    def run(self, _outputs, feeds):
        canvas = feeds["canvas"]
        assert canvas.dtype == np.float32
        assert canvas.shape[:2] == (1, 3)
        height, width = canvas.shape[2:]
        assert height % 32 == width % 32 == 0
        self.views.append((width, height))
        cells = np.full((1, 9, height // STRIDE_PX, width // STRIDE_PX), -9.0, np.float32)
        for paint in PAINTS:
            far = np.abs(canvas[0] - np.array(paint, np.float32)[:, None, None]).max(axis=0)
            rows, columns = np.nonzero(far < 60)
            if not len(rows):
                continue
            left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
            shown = (canvas[0] != FILL).any(axis=0)
            if left and top and right < shown.any(axis=0).sum() and bottom < shown.any(axis=1).sum():
                self.whole_in += 1
                answer(cells[0], ((left, top), (right, top), (right, bottom), (left, bottom)))
        return [cells]


def answer(cells, quad, score=3.0):
    """Let the cells of a quad's inner part answer for it, the middle one the surest."""
    quad = np.array(quad, np.float64)
    middle = quad.mean(axis=0)
    low, high = middle + (quad.min(axis=0) - middle) * 0.45, middle + (quad.max(axis=0) - middle) * 0.45
    rows, columns = np.indices(cells.shape[1:])
    xs, ys = (columns + 0.5) * STRIDE_PX, (rows + 0.5) * STRIDE_PX
    inner = (xs >= low[0]) & (xs <= high[0]) & (ys >= low[1]) & (ys <= high[1])
    inner[int(middle[1]) // STRIDE_PX, int(middle[0]) // STRIDE_PX] = True
    far = np.hypot(xs - middle[0], ys - middle[1]) / 100
    cells[0][inner] = (score - far)[inner]
    for corner, (x, y) in enumerate(quad):
        cells[1 + 2 * corner][inner] = ((x - xs) / CORNER_UNIT_PX)[inner]
        cells[2 + 2 * corner][inner] = ((y - ys) / CORNER_UNIT_PX)[inner]


@dataclass
class Told:
    """A session that gives the same cells whatever it is shown."""

    cells: np.ndarray

    def run(self, _outputs, feeds):
        return [self.cells[None]]


def detector(session):
    return PlateDetector(Network(session, ("canvas",)))


def street(width, height, *boxes):
    """A picture with a patch of paint at each of `boxes` (x, y, width, height)."""
    image = np.full((height, width, 3), 100, np.uint8)
    for paint, (x, y, w, h) in zip(PAINTS, boxes, strict=False):
        image[y : y + h, x : x + w] = paint
    return image


def off_by(region, box):
    """The farthest that a corner is from where it should be, in pixels of the picture."""
    x, y, w, h = box
    expected = np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)])
    return float(np.abs(np.array(region.corners) - expected).max())


def cells_for(width, height):
    return np.full((9, height // STRIDE_PX, width // STRIDE_PX), -9.0, np.float32)


def test_a_small_picture_is_looked_at_once_as_it_is():
    session = Painted()
    (found,) = detector(session).detect(street(640, 480, (211, 307, 121, 27)))
    assert off_by(found, (211, 307, 121, 27)) < 0.01
    assert 0.9 < found.confidence < 1
    assert session.views == [(640, 480)]


def test_tilted_corners_come_back_as_the_network_gives_them():
    quad = ((200.0, 150.0), (330.0, 190.0), (322.0, 220.0), (192.0, 180.0))
    cells = cells_for(640, 480)
    answer(cells, quad)
    (found,) = detector(Told(cells)).detect(street(640, 480))
    assert np.abs(np.array(found.corners) - quad).max() < 0.001


@pytest.mark.parametrize(
    "size", [(2560, 1440), (1440, 2560), (1920, 1080), (1280, 720), (4000, 3000), (1000, 700)]
)
def test_small_plates_of_a_large_picture_are_each_looked_at_closer(size):
    session = Painted()
    boxes = [(size[0] * 2 // 5, size[1] // 3, 100, 24), (size[0] // 8, size[1] * 4 // 5, 60, 16)]
    found = detector(session).detect(street(*size, *boxes))
    assert len(found) == 2
    for box in boxes:
        assert min(off_by(region, box) for region in found) <= 1.5
    first, *closer = session.views
    assert max(first) < max(VIEW_PX, max(size) / MOST_COARSER) + 32
    assert len(closer) == 2
    assert all(view[0] <= 224 and view[1] <= 128 for view in closer)


@pytest.mark.parametrize("level", [True, False], ids=["across", "down"])
def test_a_closer_look_finds_a_plate_anywhere(level):
    """At the picture's edges too, where less than the whole view is left."""
    for far in range(10, 1535, 61):
        box = (far, 300, 56, 18) if level else (300, far, 56, 18)
        (found,) = detector(Painted()).detect(street(*((1600, 600) if level else (600, 1600)), box))
        assert off_by(found, box) <= 1.5


@pytest.mark.parametrize(
    ("box", "size", "closer"),
    [
        ((200, 200, 100, 24), (640, 480), None),
        ((200, 200, 40, 10), (640, 480), None),
        ((200, 200, 60, 40), (640, 480), None),
        ((100, 200, 400, 90), (640, 480), 112 / 400),
        ((200, 200, 120, 100), (640, 480), 112 / 250),
        ((400, 400, 80, 20), (1280, 960), 1.0),
        ((400, 400, 200, 44), (1280, 960), None),
    ],
    ids=[
        "clear",
        "small, and no finer",
        "two rows",
        "wide",
        "large, two rows",
        "made too small",
        "large picture",
    ],
)
def test_a_plate_is_looked_at_closer_where_that_tells_more(box, size, closer):
    session = Painted()
    (found,) = detector(session).detect(street(*size, box))
    assert len(session.views) == (1 if closer is None else 2)
    assert off_by(found, box) <= (1.5 / closer if closer else size[0] / VIEW_PX)


@dataclass
class Looks:
    """A session that gives cells for the first look and others for any closer one."""

    first: np.ndarray
    closer: float | None
    """The score of a plate in the middle of a closer look; None for no plate."""

    def run(self, _outputs, feeds):
        height, width = feeds["canvas"].shape[2:]
        if (width, height) == (640, 480):
            return [self.first[None]]
        cells = cells_for(width, height)
        if self.closer is not None:
            box = ((width / 2 - 56, height / 2 - 12), (width / 2 + 56, height / 2 + 12))
            (left, top), (right, bottom) = box
            answer(cells, ((left, top), (right, top), (right, bottom), (left, bottom)), self.closer)
        return [cells[None]]


@pytest.mark.parametrize(
    ("first", "closer", "confidence"),
    [(-1.2, 3.0, 0.95), (-1.2, -2.0, None), (3.0, None, None), (-3.0, 3.0, None)],
    ids=["a hint that holds", "one that does not", "no plate after all", "not even a hint"],
)
def test_the_closer_look_decides(first, closer, confidence):
    cells = cells_for(640, 480)
    answer(cells, ((200, 210), (440, 210), (440, 270), (200, 270)), score=first)
    found = detector(Looks(cells, closer)).detect(street(640, 480))
    assert [round(region.confidence, 2) for region in found] == ([confidence] if confidence else [])


@pytest.mark.parametrize(
    "boxes",
    [
        [(200, 200, 120, 26), (326, 200, 120, 26)],
        [(200, 200, 120, 26), (200, 230, 120, 26)],
        [(200, 200, 120, 26), (230, 228, 120, 26)],
        [(20, 20, 40, 9), (62, 20, 40, 9), (20, 31, 40, 9)],
    ],
    ids=["side by side", "one above the other", "askew", "three small ones"],
)
@pytest.mark.parametrize("scale", [1, 4], ids=["small picture", "large picture"])
def test_plates_near_each_other_stay_apart(boxes, scale):
    boxes = [tuple(side * scale for side in box) for box in boxes]
    found = detector(Painted()).detect(street(640 * scale, 480 * scale, *boxes))
    assert len(found) == len(boxes)
    for box in boxes:
        assert min(off_by(region, box) for region in found) <= 2 * scale


def test_a_plate_that_two_looks_disagree_about_is_the_surer_one():
    cells = cells_for(640, 480)
    answer(cells, ((200, 200), (320, 200), (320, 226), (200, 226)), score=1.0)
    sure = ((206, 201), (326, 201), (326, 227), (206, 227))
    other = cells_for(640, 480)
    answer(other, sure, score=4.0)
    take = other[0] > cells[0]
    cells[:, take] = other[:, take]
    (found,) = detector(Told(cells)).detect(street(640, 480))
    assert np.abs(np.array(found.corners) - np.array(sure)).max() < 4


def test_cells_that_are_not_half_as_sure_have_no_say_in_the_corners():
    quad = ((200, 200), (320, 200), (320, 226), (200, 226))
    cells = cells_for(640, 480)
    answer(cells, quad)
    cells[0, 26, 30] = -0.5
    cells[1::2, 26, 30] += 2  # 32 px to the right
    (found,) = detector(Told(cells)).detect(street(640, 480))
    assert np.abs(np.array(found.corners) - np.array(quad)).max() < 0.001


def test_tilted_plates_whose_boxes_touch_stay_two():
    upper = ((200.0, 200.0), (320.0, 160.0), (326.0, 186.0), (206.0, 226.0))
    quads = [upper, tuple((x + 10, y + 44) for x, y in upper)]
    cells = cells_for(640, 480)
    for quad in quads:
        answer(cells, quad)
    found = detector(Told(cells)).detect(street(640, 480))
    assert len(found) == 2
    for quad in quads:
        assert min(np.abs(np.array(one.corners) - quad).max() for one in found) < 0.001


def test_the_surest_plate_comes_first():
    cells = cells_for(640, 480)
    for left, score in ((100, 0.5), (400, 5.0), (250, 2.0)):
        answer(cells, ((left, 200), (left + 100, 200), (left + 100, 224), (left, 224)), score)
    found = detector(Told(cells)).detect(street(640, 480))
    assert [round(region.corners[0][0]) for region in found] == [400, 250, 100]
    assert [region.confidence for region in found] == sorted((r.confidence for r in found), reverse=True)
    assert all(0 < region.confidence < 1 for region in found)


@pytest.mark.parametrize(("score", "found"), [(-0.86, 0), (-0.84, 1)])
def test_a_cell_that_is_too_unsure_is_no_plate(score, found):
    """0.30 is asked for: -0.847 as a logit."""
    cells = cells_for(640, 480)
    cells[:, 25, 32] = 0
    cells[0, 25, 32] = score
    cells[1::2, 25, 32] = [-4, 4, 4, -4]
    assert len(detector(Told(cells)).detect(street(640, 480))) == found


@pytest.mark.parametrize(("wide", "found"), [(11, 0), (13, 1)])
def test_what_is_too_narrow_to_be_read_is_left_out(wide, found):
    cells = cells_for(640, 480)
    answer(cells, ((200, 200), (200 + wide, 200), (200 + wide, 210), (200, 210)))
    assert len(detector(Told(cells)).detect(street(640, 480))) == found


def test_a_network_that_sees_plates_everywhere_is_held_to_so_many():
    cells = cells_for(640, 480)
    cells[0] = 2.0
    cells[1::2] = np.array([-0.5, 0.5, 0.5, -0.5])[:, None, None]
    cells[2::2] = np.array([-0.2, -0.2, 0.2, 0.2])[:, None, None]
    assert len(detector(Told(cells)).detect(street(640, 480))) == 24


@pytest.mark.parametrize(
    ("width", "height"),
    [(640, 480), (1, 1), (7, 7), (8, 8), (9, 700), (3000, 8), (8, 3000), (3000, 7), (641, 33), (2000, 2000)],
)
def test_empty_pictures_of_any_size_have_no_plates(width, height):
    session = Painted()
    assert detector(session).detect(street(width, height)) == ()
    assert bool(session.views) == (min(width, height) >= STRIDE_PX)


@settings(max_examples=40, deadline=None)
@given(st.integers(60, 1500), st.integers(60, 900), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_one_plate_anywhere_is_found_in_its_place(width, height, size, across, down):
    pixel = max(1.0, max(width, height) / VIEW_PX)
    room = int(4 * pixel)
    wide = round(20 * pixel + size * max(0, width - 2 * room - 20 * pixel))
    high = min(max(round(4 * pixel), wide // 4), height - 2 * room)
    left, top = (
        room + round(share * (side - 2 * room - own))
        for share, side, own in ((across, width, wide), (down, height, high))
    )
    box = (left, top, wide, high)
    (found,) = detector(Painted()).detect(street(width, height, box))
    # A wide plate is told at a coarser size than the first look's.
    assert off_by(found, box) <= max(2 * pixel, 1.5 * max(wide, 2.5 * high) / 112)
