"""The characters, measured in a rendering against the regulations' sizes."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from turnpike.simulation.plate_art import draw_row
from turnpike.simulation.services import (
    GLYPHS,
    Band,
    Ground,
    Lettering,
    PlateStyle,
    PlateTextError,
    plate_groups,
    render_plate,
    row_width_mm,
)

PX_PER_MM = 8
TOLERANCE_MM = 0.3
STANDARD = Lettering()


def ink(text: str) -> np.ndarray:
    """Where a row of characters is inked, 8 pixels to a millimetre, with 10 mm about it."""
    width_mm = row_width_mm((text,), STANDARD) + 20
    mask = Image.new("L", (round(width_mm * PX_PER_MM), 99 * PX_PER_MM))
    draw_row(mask, (text,), STANDARD, (10, 10), PX_PER_MM)
    return np.asarray(mask) > 127


def runs_mm(line: np.ndarray, px_per_mm: float = PX_PER_MM) -> list[float]:
    """Lengths of the inked stretches and of the gaps between them, in turn."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
    return [float(length) / px_per_mm for length in np.diff(edges)]


@pytest.mark.parametrize("character", sorted(GLYPHS))
def test_each_character_fills_its_cell(character):
    picture = ink(character)
    expected_width = 14 if character in "1I" else 50
    columns, rows = np.flatnonzero(picture.any(axis=0)), np.flatnonzero(picture.any(axis=1))
    assert (columns[-1] - columns[0] + 1) / PX_PER_MM == pytest.approx(expected_width, abs=TOLERANCE_MM)
    assert (rows[-1] - rows[0] + 1) / PX_PER_MM == pytest.approx(79, abs=TOLERANCE_MM)
    assert columns[0] / PX_PER_MM == pytest.approx(10, abs=TOLERANCE_MM)


@pytest.mark.parametrize(
    ("character", "row_mm"), [("H", 20), ("L", 20), ("N", 75), ("O", 40), ("U", 30), ("E", 30)]
)
def test_strokes_are_14_mm(character, row_mm):
    across = runs_mm(ink(character)[round((10 + row_mm) * PX_PER_MM)])
    assert across[0] == pytest.approx(14, abs=TOLERANCE_MM)


@pytest.mark.parametrize(("character", "column_mm"), [("L", 40), ("E", 40), ("T", 5), ("Z", 25), ("O", 25)])
def test_level_strokes_are_14_mm(character, column_mm):
    down = runs_mm(ink(character)[:, round((10 + column_mm) * PX_PER_MM)])
    assert down[0] == pytest.approx(14, abs=TOLERANCE_MM)


def test_spaces_on_a_plate():
    picture = render_plate("HH12HHH", style=PlateStyle(), height_px=111 * 4)
    dark = (picture.mean(axis=2) < 128).any(axis=0)
    assert runs_mm(dark, 4) == pytest.approx([50, 11, 50, 11, 14, 11, 50, 33, 50, 11, 50, 11, 50], abs=0.5)
    rows = np.flatnonzero((picture.mean(axis=2) < 128).any(axis=1))
    assert (rows[-1] - rows[0] + 1) / 4 == pytest.approx(79, abs=0.5)
    assert picture.shape == (444, 2080, 3)


def test_only_o_and_zero_and_i_and_one_look_alike():
    masks = {character: ink(character) for character in GLYPHS}
    alike = set()
    for first in sorted(masks):
        for second in sorted(masks):
            if first < second and masks[first].shape == masks[second].shape:
                different_mm2 = np.count_nonzero(masks[first] != masks[second]) / PX_PER_MM**2
                if different_mm2 < 60:
                    alike.add(first + second)
    assert alike == {"0O", "1I"}


def test_other_lettering_keeps_its_own_sizes():
    thin = Lettering(height_mm=64, width_mm=44, stroke_mm=10, spacing_mm=10, group_gap_mm=30)
    assert row_width_mm(("AB", "1"), thin) == 44 + 10 + 44 + 30 + 10


@pytest.mark.parametrize(
    ("plate", "groups"),
    [
        ("AB12CDE", ("AB12", "CDE")),
        ("A123BCD", ("A123", "BCD")),
        ("KUI8523", ("KUI", "8523")),
        ("ABC", ("ABC",)),
    ],
)
def test_groups_are_parted_as_on_the_vehicle(plate, groups):
    assert plate_groups(plate) == groups


def test_colours_of_grounds_and_bands():
    yellow = render_plate("AB12CDE", style=PlateStyle(ground=Ground.YELLOW))
    red, green, blue = (int(channel) for channel in np.median(yellow.reshape(-1, 3), axis=0))
    assert red > 200
    assert green > 150
    assert blue < 90
    black = render_plate("ABC123", style=PlateStyle(ground=Ground.BLACK))
    assert np.median(black) < 60
    flash = render_plate("AB22CDE", style=PlateStyle(band=Band.GREEN))[4, 12]
    assert flash[1] > flash[0] + 50


@pytest.mark.parametrize("plate", ["", "ab12cde", "AB12 CDE", "Ä1", "ABCDEFGHIJ"])
def test_what_cannot_be_drawn_is_refused(plate):
    with pytest.raises(PlateTextError):
        render_plate(plate)


def test_too_small_a_plate_is_refused():
    with pytest.raises(PlateTextError, match="8 pixels"):
        render_plate("AB12CDE", height_px=7)
