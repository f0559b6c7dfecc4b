"""`turnpike read`: pictures, folders, videos and streams to plates."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from turnpike.cli.read_answers import Answer, PlateSeen, print_json, print_table
from turnpike.errors import InputError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from rich.status import Status

    from turnpike.capture.services import Frame
    from turnpike.cli.explain import Sheets
    from turnpike.recognition.services import (
        Describer,
        Engine,
        FateCounts,
        PlateEngine,
        Reading,
        VehiclePass,
    )

DEFAULT_EVERY_S = 0.2
DEFAULT_SECONDS = 10.0
_FIRST_CONNECT_S = 10.0
_STDIN = "-"


@dataclass(frozen=True, slots=True)
class _Run:
    """What reads the inputs, one after another; `say` tells how far it has come."""

    engine: Engine
    plan: Plan
    sheets: Sheets | None
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for with the options."""

    crops: bool
    details: bool
    every_s: float
    frames: int | None
    seconds: float
    explain: Path | None = None
    describer: Describer | None = None


def read(
    sources: list[str] = typer.Argument(
        metavar="SOURCE",
        help="Pictures, folders, videos, rtsp://… addresses; - reads their names on stdin.",
    ),
    *,
    as_json: bool = typer.Option(False, "--json", help="One JSON object a line for each input, in order."),
    crops: bool = typer.Option(False, help="Each picture is one plate, cut out."),
    details: bool = typer.Option(
        False,
        help="Of pictures, also the raw reads, other candidates, and what was found and not believed, and why; "
        "of videos and streams, also direction, lane and colour.",
    ),
    lanes: Path | None = typer.Option(None, help="With --details: the file of the camera's lanes."),
    every: float = typer.Option(
        DEFAULT_EVERY_S, min=0.0, help="Seconds between the frames read of a video; 0 reads all."
    ),
    frames: int | None = typer.Option(
        None, min=1, help="Most frames to read of a video, spread evenly over it."
    ),
    seconds: float = typer.Option(DEFAULT_SECONDS, min=0.1, help="How long to read a stream."),
    explain: Path | None = typer.Option(
        None,
        metavar="DIR",
        help="Also write into this new folder, for your eyes alone, a picture of each stage and a page that says why a plate was not read.",
    ),
) -> None:
    """Read the plates in pictures, folders, videos and streams."""
    if lanes is not None and not details:
        raise InputError("--lanes is told with --details only; give both.")
    plan = Plan(crops, details, every, frames, seconds, explain, _describer(lanes) if details else None)
    answers = _answers(_named(sources), plan)
    try:
        failed = print_json(answers) if as_json else print_table(answers)
    finally:
        answers.close()  # so that what was explained up to an interruption has its index
    if failed:
        raise typer.Exit(1)


def _describer(lanes: Path | None) -> Describer:
    from turnpike.recognition.services import Describer, load_lanes

    return Describer(load_lanes(lanes) if lanes else None)


def _named(sources: Iterable[str]) -> Iterator[str]:
    for source in sources:
        if source == _STDIN:
            names = (os.fsdecode(line.rstrip(b"\r\n")) for line in sys.stdin.buffer)
            yield from (name for name in names if name)
        else:
            yield source


def _answers(sources: Iterable[str], plan: Plan) -> Generator[Answer, None, None]:
    from rich.console import Console

    from turnpike.capture.services import shown
    from turnpike.recognition.services import CountingEngine, load_engine

    console = Console(stderr=True, highlight=False, markup=False)
    loaded = load_engine()
    sheets = _sheets(plan, loaded)
    engine = CountingEngine(sheets or loaded)
    unread = 0
    with console.status("Reading …") as status:
        if not console.is_terminal:
            status.stop()
        try:
            for number, item in enumerate(_items(sources), start=1):
                told = f"Reading input {number}: {shown(str(item))}"
                status.update(told)
                run = _Run(engine, plan, sheets, partial(_say_how_far, status, told))
                if sheets:
                    sheets.begin(item.path if isinstance(item, Answer) else item)
                answer = item if isinstance(item, Answer) else _answer(item, run)
                if answer.error is not None:
                    unread += 1
                    if sheets:
                        sheets.failed(answer.error)
                yield answer
        finally:
            if sheets:
                sheets.finish(engine.counts.summary)
    _say_fates(engine.counts, unread, plan)


def _say_how_far(status: Status, told: str, far: str) -> None:
    status.update(f"{told}, {far}")


def _say_fates(counts: FateCounts, unread: int, plan: Plan) -> None:
    if counts.frames > 1:
        rest = f" Inputs that could not be read: {unread:,}." if unread else ""
        print(f"{counts.summary}{rest}", file=sys.stderr)
    if plan.explain:
        print(
            f"Why plates were read or not: {plan.explain / 'index.html'}. It shows vehicles and plates; only you can open it. Delete it when done.",
            file=sys.stderr,
        )


def _sheets(plan: Plan, engine: PlateEngine) -> Sheets | None:
    if plan.explain is None:
        return None
    from turnpike.cli.explain import Sheets

    return Sheets(plan.explain, engine)


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


def _answer(source: str, run: _Run) -> Answer:
    began = time.perf_counter()
    plates: list[PlateSeen] = []
    notes: list[str] = []
    error = None
    try:
        plates.extend(_plates(source, run, notes))
    except InputError as fault:
        error = str(fault)
    except UnavailableError:
        raise
    except Exception as fault:  # noqa: BLE001 - what a picture can do to an engine is not to be foreseen, and the others are to go on
        error = f"Recognition failed on this ({type(fault).__name__}); leave it out, and report it."
    ms = round((time.perf_counter() - began) * 1000, 1)
    believed = tuple(plate for plate in plates if not plate.doubt)
    doubted = tuple(plate for plate in plates if plate.doubt)
    return Answer(source, believed, ms, error, doubted, tuple(notes))


def _plates(source: str, run: _Run, notes: list[str]) -> Iterator[PlateSeen]:
    from turnpike.capture.services import SourceKind, StreamReader, classify, load_picture, video_frames

    kind, plan = classify(source), run.plan
    if kind is SourceKind.PICTURE:
        frame = load_picture(Path(source))
        notes.extend(frame.cautions)
        if run.sheets:
            run.sheets.seeing(frame)
        yield from _on_picture(frame, run.engine, plan)
    elif plan.crops:
        raise InputError("--crops takes pictures of one plate each; read videos and streams without it.")
    elif kind is SourceKind.VIDEO:
        _say_sampling(plan)
        frames = video_frames(Path(source), every_s=plan.every_s, limit=plan.frames)
        yield from _passes(frames, run, notes)
    else:
        with StreamReader(source, first_connect_s=_FIRST_CONNECT_S) as stream:
            yield from _passes(stream.frames(plan.seconds), run, notes, is_live=True)


def _on_picture(frame: Frame, engine: Engine, plan: Plan) -> Iterator[PlateSeen]:
    from turnpike.recognition.services import PRESENT

    if plan.crops:
        only = engine.read_crop(frame.image)
        readings: tuple[Reading, ...] = (only,) if only else ()
    else:
        readings = engine.examine(frame.image)
    for found in readings:
        # The box is told in the picture that was given, whatever size it was decoded at.
        x, y, wide, high = (side * frame.reduced_by for side in found.box)
        reading = replace(found, box=(x, y, wide, high))
        if plan.details:
            yield _seen_in_detail(reading)
        elif not reading.doubt:
            yield _seen(reading)
        if reading.doubt and reading.presence >= PRESENT:
            yield PlateSeen("", 0.0, reading.box, unread=reading.doubt)


def _passes(
    frames: Iterable[Frame], run: _Run, notes: list[str], *, is_live: bool = False
) -> Iterator[PlateSeen]:
    from turnpike.recognition.services import follow

    sheets, watched = run.sheets, _watched(frames, run.say)
    unbelieved = 0

    def not_believed(seen: VehiclePass) -> None:
        nonlocal unbelieved
        unbelieved += 1
        if sheets:
            sheets.unbelieved(seen)

    given = sheets.watching(watched, is_live=is_live) if sheets else watched
    for one in follow(given, run.engine, unbelieved=not_believed):
        if sheets:
            sheets.passed(one)
        plate = _pass_seen(one)
        if run.plan.describer:
            told = run.plan.describer.describe(one)
            plate = replace(
                plate, direction=told.direction, lane=told.lane, colour=told.colour, make=told.make
            )
        yield plate
    if unbelieved:
        vehicles = "vehicle was" if unbelieved == 1 else "vehicles were"
        notes.append(
            f"{unbelieved} more {vehicles} seen and not believed: one frame alone showed the plate, or its looks do not agree."
        )


def _watched(frames: Iterable[Frame], say: Callable[[str], None]) -> Iterator[Frame]:
    """The frames; how far into them it has come is told."""
    first: Frame | None = None
    for frame in frames:
        first = first or frame
        say(f"{(frame.captured_at - first.captured_at).total_seconds():.0f} s into it")
        yield frame


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
def _say_sampling(plan: Plan) -> None:
    if plan.frames is not None:
        print(
            f"At most {plan.frames} frames of each video are read, spread evenly; without --frames one is every {plan.every_s:g} s.",
            file=sys.stderr,
        )
