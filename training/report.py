"""Measure the shipped engine on held-out renders and write the model card: `python -m training.report --fonts F --pictures P`.

The card's words stand in docs/models.md between its marks; this puts the tables and the picture of failures in.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.assess import Assessed, Conditions, assess_options
from training.calibrate import calibration_error, said_and_right
from training.exposures import draw_severity, jittered, photograph, rectify
from turnpike.recognition.engine import BELIEVED
from turnpike.recognition.networks import load_cards, open_network
from turnpike.recognition.plate_reader import PlateReader
from turnpike.simulation.lettering import LetterCase
from turnpike.simulation.variety import draw_plate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MEASURE_FROM_SEED = 40_000_000
CARD = Path(__file__).parents[1] / "docs" / "models.md"
FAILURES = CARD.parent / "pictures" / "recognition-failures.png"
_Z = 1.959964
_WIDTHS = ((0, 60), (60, 90), (90, 130), (130, 200), (200, 1_000))
_TILTS = ((0, 4), (4, 10), (10, 90))
_FEWEST = 30
_SHOWN, _COLUMNS = 36, 6


def interval(right: int, count: int) -> tuple[float, float]:
    """Wilson's interval (95 %) of a share. Source: E. B. Wilson, "Probable inference" (1927)."""
    if not count:
        return 0.0, 1.0
    share, square = right / count, _Z**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = _Z * math.sqrt(share * (1 - share) / count + square / (4 * count**2)) / (1 + square / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def tables(assessed: list[Assessed]) -> str:
    """The card's tables, as Markdown."""
    confidences, right = said_and_right(assessed, load_cards().calibration)
    plates = [one for one in assessed if one.text]
    believed = confidences >= BELIEVED
    wrong = int((believed & ~right).sum())
    lines = [
        (
            f"{len(plates):,} held-out pictures, one drawn plate in each: calibration error "
            f"{calibration_error(confidences, right):.3f}; {wrong / len(plates):.3f} wrong reads believed a picture."
        ),
        "",
        "| Confidence said | Readings | Right |",
        "|---|---|---|",
    ]
    for low in np.arange(0, 1, 0.1):
        among = (confidences >= low) & (confidences < low + 0.1 + (low > 0.85))
        if among.any():
            lines.append(
                f"| {low:.1f}-{low + 0.1:.1f} | {among.sum():,} | {100 * right[among].mean():.0f} % |"
            )
    for title, kind in _GROUPS.items():
        lines += [
            "",
            f"| {title} | Plates | Read right (95 % interval) |",
            "|---|---|---|",
            *_rows(plates, kind),
        ]
    return "\n".join(lines)


def _rows(plates: list[Assessed], kind: Callable[[Conditions], str]) -> Iterable[str]:
    groups: dict[str, list[bool]] = {}
    for one in plates:
        if one.conditions:
            groups.setdefault(kind(one.conditions), []).append(one.right)
    for name, right in sorted(groups.items(), key=lambda item: (item[0] == "", item[0])):
        if name and len(right) >= _FEWEST:
            low, high = interval(sum(right), len(right))
            share = 100 * sum(right) / len(right)
            yield f"| {name} | {len(right):,} | {share:.1f} % ({100 * low:.1f}-{100 * high:.1f}) |"


def _between(value: float, bounds: tuple[tuple[int, int], ...], unit: str) -> str:
    for number, (low, high) in enumerate(bounds, start=1):
        if value < high:
            return (
                f"{number}. {low}-{high} {unit}"
                if high < bounds[-1][1]
                else f"{number}. {low} {unit} and more"
            )
    return ""


_GROUPS: dict[str, Callable[[Conditions], str]] = {
    "Country": lambda told: told.country or "free text",
    "British era": lambda told: told.era,
    "Light": lambda told: told.light,
    "Width of the plate": lambda told: _between(told.width_px, _WIDTHS, "px"),
    "Tilt": lambda told: _between(told.tilt_degrees, _TILTS, "degrees"),
    "Rows": lambda told: "two" if told.lines > 1 else "one",
}


def draw_failures(fonts: Path | None) -> np.ndarray:
    """A sheet of crops that the reader gets wrong, each above what stands there and what was read; drawn entirely by us."""
    cards = load_cards()
    reader = PlateReader(open_network(cards.reader, threads=2, provider="cpu"), cards.countries)
    rng = np.random.default_rng(MEASURE_FROM_SEED)
    letters = LetterCase.load(fonts, rng, stroke_sets=24)
    tiles: list[np.ndarray] = []
    while len(tiles) < _SHOWN:
        art = draw_plate(rng, letters)
        plain = np.full((64, 64, 3), int(rng.integers(20, 200)), np.uint8)
        picture, quad = photograph(art.image, plain, rng, draw_severity(rng))
        crop = rectify(picture, jittered(quad, rng))
        (script,) = reader.read(crop[None])
        read = script.texts[0].text if script.texts else ""
        text = art.text.replace(" ", "")
        if read != text:
            words = np.full((16, crop.shape[1]), 255, np.uint8)
            cv2.putText(words, f"{text}: {read or 'nothing'}", (3, 12), 0, 0.38, 0, 1, cv2.LINE_AA)
            tiles.append(np.pad(np.vstack([crop, words]), 4, constant_values=255))
    rows = [np.hstack(tiles[at : at + _COLUMNS]) for at in range(0, _SHOWN, _COLUMNS)]
    return np.vstack(rows)


def main() -> None:
    """Read the options, measure, and write the card."""
    fonts, assessed = assess_options(__doc__, MEASURE_FROM_SEED, 10_000)
    found = tables(assessed)
    print(found)
    card = CARD.read_text()
    CARD.write_text(
        re.sub(r"(?s)(<!-- measured -->\n).*?(<!-- /measured -->)", rf"\g<1>{found}\n\g<2>", card)
    )
    cv2.imwrite(str(FAILURES), draw_failures(fonts))


if __name__ == "__main__":
    main()
