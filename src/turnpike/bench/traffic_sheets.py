"""Contact sheets of what went wrong on rendered traffic, for a person to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from turnpike.simulation.services import traffic_clip

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from turnpike.bench.traffic_scoring import ClipScore, PassScore

COLUMNS, CELL_PX = 3, (640, 360)
MOST_CELLS = 15
_ROOM_FRAMES = 2
"""So many frames before and after those that show the plate legibly."""


def write_sheets(scores: Sequence[ClipScore], folder: Path) -> None:
    """A PNG for each pass that is not right and for each stray read: green where the plate is legible, red where not."""
    folder.mkdir(parents=True, exist_ok=True)
    for score in scores:
        spans = [(one.truth.plate, *_span(one)) for one in score.passes if not one.right]
        spans += [
            (f"stray-{number}", read.first_frame_index, read.best_frame.index + _ROOM_FRAMES)
            for number, read in enumerate(score.stray)
        ]
        if not spans:
            continue
        truth = score.truth
        wanted = {frame for _, first, last in spans for frame in _spread(first, last)}
        clip = traffic_clip(truth.condition, truth.seed, fps=truth.fps, size=truth.size)
        cells = {frame.index: frame.image for frame in clip.frames() if frame.index in wanted}
        for name, first, last in spans:
            frames = [frame for frame in _spread(first, last) if frame in cells]
            sheet = _sheet([_cell(Image.fromarray(cells[frame]), score, frame) for frame in frames])
            sheet.save(folder / f"{truth.condition.value}-{truth.seed}-{name}.png")


def _span(one: PassScore) -> tuple[int, int]:
    return max(0, one.truth.first_frame - _ROOM_FRAMES), one.truth.last_frame + _ROOM_FRAMES


def _spread(first: int, last: int) -> list[int]:
    step = max(1, -(-(last - first + 1) // MOST_CELLS))
    return list(range(first, last + 1, step))


def _cell(picture: Image.Image, score: ClipScore, frame: int) -> Image.Image:
    pen = ImageDraw.Draw(picture)
    for one in score.truth.passes:
        for seen in one.seen:
            if seen.frame == frame:
                x, y, width, height = seen.box
                tone = (0, 255, 0) if seen.legible else (255, 0, 0)
                pen.rectangle((x - 3, y - 3, x + width + 3, y + height + 3), outline=tone, width=2)
                pen.text((x, y + height + 6), one.plate, fill=(255, 255, 0), font_size=22)
    for reading in score.readings[frame] if frame < len(score.readings) else ():
        x, y, _, _ = reading.box
        words = f"{reading.text or '-'} {reading.confidence:.2f} {reading.doubt}"
        pen.text((x, y - 30), words, fill=(0, 255, 255), font_size=22)
    pen.text((6, 6), str(frame), fill=(255, 255, 255), font_size=26)
    return picture.resize(CELL_PX, Image.Resampling.LANCZOS)


def _sheet(cells: Sequence[Image.Image]) -> Image.Image:
    rows = max(1, -(-len(cells) // COLUMNS))
    sheet = Image.new("RGB", (COLUMNS * CELL_PX[0], rows * CELL_PX[1]), (60, 60, 60))
    for number, cell in enumerate(cells):
        sheet.paste(cell, (number % COLUMNS * CELL_PX[0], number // COLUMNS * CELL_PX[1]))
    return sheet
