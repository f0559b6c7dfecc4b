"""A manifest to labelled pictures: all faults at once, each with its line, and nothing is evaluated before it is sound."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from turnpike.evaluation.errors import EvaluationError, ManifestUnsound
from turnpike.evaluation.manifest_rows import Columns, Row, RowWrong, row_of
from turnpike.evaluation.manifest_text import rows_of
from turnpike.evaluation.models import LabelledPicture, LabelledPlate, Manifest, SkippedLine

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 32 * 2**20
"""Half a million pictures; text takes some fifteen times as much memory while it is read."""
MOST_ROWS = 1_000_000
MOST_PLATES = 200
"""Most plates of one picture: every one is held against everything that was found in it."""


def read_manifest(path: Path, *, crops: bool = False, skip_bad: bool = False) -> Manifest:
    """The pictures that the CSV file at `path` labels, in its order.

    With `crops` each picture is one plate, cut out. With `skip_bad` every picture that a wrong line names is left out, whole, and its
    lines are in `skipped`.

    Raises:
        ManifestUnsound: naming each fault by its line.
        EvaluationError: it is no manifest.
    """
    body = _body(path)
    rows = rows_of(body)
    columns = Columns.of(next(rows, (0, []))[1])
    folder = path.parent.resolve()
    faults: dict[int, str] = {}
    unsound: set[Path] = set()
    pictures: dict[Path, list[Row]] = {}
    for number, (line, fields) in enumerate(rows):
        if number >= MOST_ROWS:
            raise EvaluationError(f"A manifest has at most {MOST_ROWS:,} rows; evaluate it in parts.")
        try:
            row = row_of(line, fields, columns, folder)
        except RowWrong as wrong:
            faults[line] = str(wrong)
            if wrong.picture is not None:
                unsound.add(wrong.picture)
        else:
            pictures.setdefault(row.path, []).append(row)
    for own in pictures.values():
        faults |= _faults_together(own, crops=crops)
    if faults and not skip_bad:
        raise ManifestUnsound(tuple(f"Line {line}: {faults[line]}" for line in sorted(faults)))
    unsound |= {own[0].path for own in pictures.values() if any(row.line in faults for row in own)}
    skipped = _skipped(faults, [row for place in unsound for row in pictures.pop(place, [])])
    if not pictures:
        raise EvaluationError("The manifest names no picture to evaluate; give a row for each plate.")
    return Manifest(
        name=path.name,
        sha256=hashlib.sha256(body).hexdigest(),
        pictures=tuple(_picture(own) for own in pictures.values()),
        skipped=skipped,
        ignored_columns=columns.ignored,
        has_cameras="camera" in columns.places,
        has_conditions="condition" in columns.places,
    )


def _body(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():  # a pipe could be waited for without end
            raise EvaluationError("The manifest is not a file; give the CSV file that labels the pictures.")
        if path.stat().st_size > MOST_BYTES:
            raise EvaluationError("The manifest is over 32 MB; evaluate it in parts.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise EvaluationError("There is no such manifest; check the name.") from error
    except (OSError, ValueError) as error:
        raise EvaluationError("The manifest cannot be read; check its name and its permissions.") from error


def _faults_together(rows: list[Row], *, crops: bool) -> dict[int, str]:
    """What is wrong with the rows of one picture beside each other."""
    first, faults = rows[0], {}
    seen = set()
    for number, row in enumerate(rows):
        if number >= MOST_PLATES:
            faults[row.line] = f"a picture has at most {MOST_PLATES} plates; cut it into parts."
        elif (row.camera, row.condition, row.captured_at) != (
            first.camera,
            first.condition,
            first.captured_at,
        ):
            faults[row.line] = (
                f"camera, condition or captured_at differs from line {first.line}, which is the same picture; write the same."
            )
        elif row.is_plate != first.is_plate:
            faults[row.line] = (
                f"line {first.line} says otherwise whether this picture has a plate; remove one of the two lines."
            )
        elif crops and row is not first:
            faults[row.line] = (
                "with --crops each picture is one plate, and this one has several; give a cut-out for each."
            )
        elif (row.text, row.box) in seen:
            faults[row.line] = "this plate stands here twice; remove one of the two lines."
        seen.add((row.text, row.box))
    return faults


def _skipped(faults: dict[int, str], rows: list[Row]) -> tuple[SkippedLine, ...]:
    """Every line that is left out: the wrong ones, and the sound ones of their pictures."""
    others = {row.line: "another line of this picture is wrong." for row in rows}
    return tuple(SkippedLine(line, why) for line, why in sorted((others | faults).items()))


def _picture(rows: list[Row]) -> LabelledPicture:
    first = rows[0]
    return LabelledPicture(
        name=first.name,
        path=first.path,
        line=first.line,
        plates=tuple(LabelledPlate(row.line, row.text, row.box, row.country) for row in rows if row.is_plate),
        camera=first.camera,
        condition=first.condition,
        captured_at=first.captured_at,
    )
