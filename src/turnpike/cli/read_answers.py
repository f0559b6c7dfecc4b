"""What `turnpike read` answers: one answer an input, as JSON lines or as a table."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from turnpike.recognition.services import Box


@dataclass(frozen=True, slots=True)
class PlateSeen:
    """One plate of an input; what only a video or a stream tells is None for a picture, the rest unless details are asked for.

    `written` is the raw read, `chosen_by` the grammar that decided for `text`, `candidates` what it may be instead and how
    likely; `doubt` says why it is not believed. A plate that is there and whose text is not believed has an empty text, and `unread`
    says why. Of a pass with details `direction`, `colour` and `make` are empty and `lane` is 0 where they cannot be told.
    """

    text: str
    confidence: float
    box: Box
    captured_at: str | None = None
    frames_agreeing: int | None = None
    country: str | None = None
    written: str | None = None
    chosen_by: str | None = None
    candidates: dict[str, float] | None = None
    doubt: str | None = None
    unread: str | None = None
    direction: str | None = None
    lane: int | None = None
    colour: str | None = None
    make: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one input; with an `error`, `plates` is what was read before it."""

    path: str
    plates: tuple[PlateSeen, ...]
    ms: float
    error: str | None = None
    doubted: tuple[PlateSeen, ...] = ()
    notes: tuple[str, ...] = ()


def print_json(answers: Iterable[Answer]) -> int:
    """One JSON object a line on stdout; how many inputs failed."""
    failed = 0
    for answer in answers:
        plates = [_told(plate) for plate in answer.plates]
        line: dict[str, object] = {"path": answer.path, "plates": plates, "ms": answer.ms}
        if answer.doubted:
            line["doubted"] = [_told(plate) for plate in answer.doubted]
        if answer.notes:
            line["notes"] = list(answer.notes)
        if answer.error is not None:
            failed += 1
            # A failure has no plates by contract; what was read before it is told apart from them.
            line |= {"plates": [], "error": answer.error}
            if plates:
                line["plates_before_error"] = plates
        # ASCII, so that a name of any bytes comes back as it was given.
        print(json.dumps(line), flush=True)
    return failed


def _told(plate: PlateSeen) -> dict[str, object]:
    return {name: value for name in PlateSeen.__slots__ if (value := getattr(plate, name)) is not None}


def print_table(answers: Iterable[Answer]) -> int:
    """A table on stdout, and what went wrong on stderr; how many inputs failed."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from turnpike.capture.services import shown

    table = Table("Input", "Plate", "Confidence", "Box (x, y, width, height)", "Captured")
    table.columns[0].overflow = "fold"  # a name cut short is of no use
    failures: list[str] = []
    cautions: list[str] = []
    for answer in answers:
        name = Text(shown(answer.path))
        for plate in answer.plates:
            box = ", ".join(map(str, plate.box))
            text = Text(f"not read: {plate.unread}", style="dim") if plate.unread else plate.text
            looks = (plate.direction, f"lane {plate.lane}" if plate.lane else "", plate.colour, plate.make)
            captured = "\n".join(filter(None, (plate.captured_at, ", ".join(filter(None, looks)))))
            table.add_row(name, text, f"{plate.confidence:.2f}", box, captured)
        for plate in answer.doubted:
            box = ", ".join(map(str, plate.box))
            what = Text(f"{plate.text or '?'} ({plate.doubt})", style="dim")
            table.add_row(name, what, f"{plate.confidence:.2f}", box, "")
        cautions += [f"{name}: {note}" for note in answer.notes]
        if answer.error is not None:
            failures.append(f"{name}: {answer.error}")
        elif not answer.plates:
            table.add_row(name, Text("no plate", style="dim"))
    Console().print(table)
    for sentence in (*cautions, *failures):
        print(sentence, file=sys.stderr)
    return len(failures)
