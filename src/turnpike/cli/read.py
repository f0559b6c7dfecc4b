"""`turnpike read`: pictures, folders, videos and streams to plates."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from turnpike.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from turnpike.capture.services import Frame
    from turnpike.recognition.services import Box, Engine, PlateEngine, Reading, VehiclePass

DEFAULT_FRAMES = 40
DEFAULT_SECONDS = 10.0
_FIRST_CONNECT_S = 10.0
_STDIN = "-"


@dataclass(frozen=True, slots=True)
class PlateSeen:
    """One plate of an input; what only a video or a stream tells is None for a picture, the rest unless details are asked for.

    `written` is the raw read, `chosen_by` the grammar that decided for `text`, `candidates` what it may be instead and how
    likely; `doubt` says why it is not believed. A plate that is there and whose text is not believed has an empty text, and `unread`
    says why.
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


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one input; with an `error`, `plates` is what was read before it."""

    path: str
    plates: tuple[PlateSeen, ...]
    ms: float
    error: str | None = None
    doubted: tuple[PlateSeen, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for with the options."""

    crops: bool
    details: bool
    frames: int
    seconds: float


def read(
    sources: list[str] = typer.Argument(
        metavar="SOURCE",
        help="Pictures, folders, videos, rtsp://… addresses; - reads their names on stdin.",
    ),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a line for each input, in order."),
    crops: bool = typer.Option(False, help="Each picture is one plate, cut out."),
    details: bool = typer.Option(
        False,
        help="Of pictures, also the raw reads, other candidates, and what was found and not believed, and why.",
    ),
    frames: int = typer.Option(
        DEFAULT_FRAMES, min=1, help="Most frames to read of a video, spread evenly over it."
    ),
    seconds: float = typer.Option(DEFAULT_SECONDS, min=0.1, help="How long to read a stream."),
) -> None:
    """Read the plates in pictures, folders, videos and streams."""
    plan = Plan(crops, details, frames, seconds)
    answers = _answers(_named(sources), plan)
    failed = _print_json(answers) if as_json else _print_table(answers)
    if failed:
        raise typer.Exit(1)


def _named(sources: Iterable[str]) -> Iterator[str]:
    for source in sources:
        if source == _STDIN:
            names = (os.fsdecode(line.rstrip(b"\r\n")) for line in sys.stdin.buffer)
            yield from (name for name in names if name)
        else:
            yield source


def _answers(sources: Iterable[str], plan: Plan) -> Iterator[Answer]:
    from rich.console import Console

    from turnpike.capture.services import redact
    from turnpike.recognition.services import load_engine

    console = Console(stderr=True, highlight=False, markup=False)
    engine = load_engine()
    with console.status("Reading …") as status:
        if not console.is_terminal:
            status.stop()
        for number, item in enumerate(_items(sources), start=1):
            status.update(f"Reading input {number}: {redact(str(item))}")
            yield item if isinstance(item, Answer) else _answer(item, engine, plan)


def _items(sources: Iterable[str]) -> Iterator[str | Answer]:
    """Each input by itself, folders taken apart; an Answer where there is nothing to read."""
    from turnpike.capture.services import CaptureError, SourceKind, classify, pictures_in

    for source in sources:
        try:
            if classify(source) is SourceKind.FOLDER:
                folder = Path(source)
                yield from (
                    # By hand, since a path would lose the "./" that was asked for.
                    os.path.join(source, picture.relative_to(folder))  # noqa: PTH118
                    for picture in pictures_in(folder)
                )
            else:
                yield source
        except CaptureError as error:
            yield Answer(source, (), 0.0, str(error))


def _answer(source: str, engine: PlateEngine, plan: Plan) -> Answer:
    began = time.perf_counter()
    plates: list[PlateSeen] = []
    error = None
    try:
        plates.extend(_plates(source, engine, plan))
    except InputError as fault:
        error = str(fault)
    ms = round((time.perf_counter() - began) * 1000, 1)
    believed = tuple(plate for plate in plates if not plate.doubt)
    return Answer(source, believed, ms, error, tuple(plate for plate in plates if plate.doubt))


def _plates(source: str, engine: PlateEngine, plan: Plan) -> Iterator[PlateSeen]:
    from turnpike.capture.services import SourceKind, StreamReader, classify, load_picture, video_frames

    kind = classify(source)
    if kind is SourceKind.PICTURE:
        yield from _on_picture(load_picture(Path(source)).image, engine, plan)
    elif plan.crops:
        raise InputError("--crops takes pictures of one plate each; read videos and streams without it.")
    elif kind is SourceKind.VIDEO:
        _say_sampling(plan.frames)
        yield from _passes(video_frames(Path(source), every_s=None, limit=plan.frames), engine)
    else:
        with StreamReader(source, first_connect_s=_FIRST_CONNECT_S) as stream:
            yield from _passes(stream.frames(plan.seconds), engine)


def _on_picture(image: NDArray[np.uint8], engine: PlateEngine, plan: Plan) -> Iterator[PlateSeen]:
    from turnpike.recognition.services import PRESENT

    if plan.crops:
        only = engine.read_crop(image)
        readings: tuple[Reading, ...] = (only,) if only else ()
    else:
        readings = engine.examine(image)
    for reading in readings:
        if plan.details:
            yield _seen_in_detail(reading)
        elif not reading.doubt:
            yield _seen(reading)
        if reading.doubt and reading.presence >= PRESENT:
            yield PlateSeen("", 0.0, reading.box, unread=reading.doubt)


def _passes(frames: Iterable[Frame], engine: Engine) -> Iterator[PlateSeen]:
    from turnpike.recognition.services import follow

    return map(_pass_seen, follow(frames, engine))


def _seen(reading: Reading) -> PlateSeen:
    return PlateSeen(reading.text, round(reading.confidence, 4), reading.box)


def _seen_in_detail(reading: Reading) -> PlateSeen:
    return replace(
        _seen(reading),
        country=reading.country,
        written=reading.raw_text,
        chosen_by=reading.grammar,
        candidates={other.text: other.confidence for other in reading.candidates},
        doubt=reading.doubt or None,
    )


def _pass_seen(seen: VehiclePass) -> PlateSeen:
    captured_at = seen.captured_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return PlateSeen(seen.text, round(seen.confidence, 4), seen.box, captured_at, seen.frames_agreeing)


@cache  # once is enough
def _say_sampling(frames: int) -> None:
    print(
        f"At most {frames} frames of each video are read, spread evenly; --frames changes that.",
        file=sys.stderr,
    )


def _print_json(answers: Iterable[Answer]) -> int:
    failed = 0
    for answer in answers:
        plates = [_told(plate) for plate in answer.plates]
        line: dict[str, object] = {"path": answer.path, "plates": plates, "ms": answer.ms}
        if answer.doubted:
            line["doubted"] = [_told(plate) for plate in answer.doubted]
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


def _print_table(answers: Iterable[Answer]) -> int:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from turnpike.capture.services import redact

    table = Table("Input", "Plate", "Confidence", "Box (x, y, width, height)", "Captured")
    table.columns[0].overflow = "fold"  # a name cut short is of no use
    failures: list[str] = []
    for answer in answers:
        name = Text(os.fsencode(redact(answer.path)).decode(errors="replace"))
        for plate in answer.plates:
            box = ", ".join(map(str, plate.box))
            text = Text(f"not read: {plate.unread}", style="dim") if plate.unread else plate.text
            table.add_row(name, text, f"{plate.confidence:.2f}", box, plate.captured_at or "")
        for plate in answer.doubted:
            box = ", ".join(map(str, plate.box))
            what = Text(f"{plate.text or '?'} ({plate.doubt})", style="dim")
            table.add_row(name, what, f"{plate.confidence:.2f}", box, "")
        if answer.error is not None:
            failures.append(f"{name}: {answer.error}")
        elif not answer.plates:
            table.add_row(name, Text("no plate", style="dim"))
    Console().print(table)
    for sentence in failures:
        print(sentence, file=sys.stderr)
    return len(failures)
