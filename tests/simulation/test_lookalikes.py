"""What is taken for a plate, as training draws it: every kind, the same again by seed, and never a mark."""

from __future__ import annotations

import numpy as np
import pytest

from turnpike.plates.services import LAYOUTS, UNKNOWN, weigh
from turnpike.simulation.lettering import LetterCase
from turnpike.simulation.lookalikes import draw_lookalike

EVERYWHERE = {"GB": 1.0, **{layout.country: 1.0 for layout in LAYOUTS}}
STREETS = ("ROAD", "STREET", "LANE", "EXIT", "CENTRE", "STATION", "TAXI")


class Listening(LetterCase):
    """Letters that keep what is written with them, a row an entry; spaces are not written with letters."""

    def __init__(self, case):
        super().__init__(case.strokes, case.fonts)
        self.rows = []

    def draw(self, rng, *, strokes):
        self.rows.append("")
        masks, rows = super().draw(rng, strokes=strokes), self.rows

        class Masks(dict[str, np.ndarray]):
            def __getitem__(self, sign):
                rows[-1] += sign
                return super().__getitem__(sign)

        return Masks(masks)


@pytest.fixture(scope="module")
def letters():
    return LetterCase.load(None, np.random.default_rng(3), stroke_sets=3)


@pytest.fixture(scope="module")
def drawn(letters):
    """Many of them: the picture and the rows that are written on it."""
    rng, found = np.random.default_rng(17), []
    for _ in range(160):
        listening = Listening(letters)
        found.append((draw_lookalike(rng, listening), tuple(listening.rows)))
    return found


def test_each_is_a_flat_picture(drawn):
    for image, rows in drawn:
        assert image.dtype == np.uint8
        height, width, channels = image.shape
        assert channels == 3
        assert height >= 50, rows
        assert width >= 90, rows
        assert np.ptp(image.reshape(-1, 3).astype(int), axis=0).max() > 20, rows


def kind(image, rows):
    """Which kind of look-alike it must be; None where it could be two."""
    height, width = image.shape[:2]
    if not rows:
        return "grille" if width > 260 or height > 110 else None
    if len(rows) > 1:
        return "rows of writing"
    if rows[0].isdigit():
        return "phone number"
    if rows[0].endswith(STREETS):
        return "street sign"
    return "badge" if height < 92 else None


def test_every_kind_is_drawn(drawn):
    kinds = [kind(image, rows) for image, rows in drawn]
    for name in ("grille", "rows of writing", "phone number", "street sign", "badge"):
        assert kinds.count(name) >= 5, name


def test_what_is_written_stands_out_from_its_ground(drawn):
    for image, rows in drawn:
        if rows and kind(image, rows) != "badge" and image.shape[0] > 110:
            grey = image.mean(axis=2)
            assert np.percentile(grey, 99) - np.percentile(grey, 1) > 35, rows


def test_nothing_written_is_a_mark_of_any_country(drawn):
    """Or training would be told that a plate is none."""
    written = [row for _, rows in drawn for row in rows]
    assert len(written) > 100
    for row in written:
        assert row.isalpha() or row.isdigit(), row
        prior = weigh(row, EVERYWHERE)
        assert (prior.country, prior.grammar) == (UNKNOWN, "free text"), row


@pytest.mark.parametrize("seed", range(6))
def test_the_same_seed_draws_the_same(letters, seed):
    one, other = (draw_lookalike(np.random.default_rng(seed), letters) for _ in range(2))
    assert np.array_equal(one, other)


def test_other_seeds_draw_others(letters):
    pictures = [draw_lookalike(np.random.default_rng(seed), letters) for seed in range(6)]
    assert len({picture.tobytes() for picture in pictures}) == 6
