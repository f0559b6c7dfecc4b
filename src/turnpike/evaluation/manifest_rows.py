"""One row of a manifest: which column is what, and what may stand in it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from turnpike.evaluation.errors import EvaluationError
from turnpike.plates.services import PlateError, normalise

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from turnpike.evaluation.models import LabelBox

NEEDED = ("path", "text")
BOX = ("x", "y", "w", "h")
OPTIONAL = (*BOX, "country", "camera", "captured_at", "condition")
LONGEST_WORD = 64
_UNREADABLE_SIGNS = frozenset("?*#_")
_ABSOLUTE = re.compile(r"^([\\/]|[A-Za-z]:)")
_MOST_PX = 100_000


class RowWrong(Exception):
    """A row cannot be used; the sentence says what to do. `picture` is the picture that it names, where it names one."""

    def __init__(self, sentence: str, picture: Path | None = None) -> None:
        self.picture = picture
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each column that is known stands, and the names of the others."""

    places: Mapping[str, int]
    ignored: tuple[str, ...]
    width: int

    @classmethod
    def of(cls, header: list[str]) -> Columns:
        """The columns that a first line names.

        Raises:
            EvaluationError: one is missing, or stands there twice.
        """
        names = [name.strip().lower() for name in header]
        missing = [name for name in NEEDED if name not in names]
        if missing:
            raise EvaluationError(
                f"The manifest's first line names no column “{missing[0]}”; it has to name the columns: path,text "
                "and, where you have them, x,y,w,h,country,camera,captured_at,condition."
            )
        places = {name: names.index(name) for name in (*NEEDED, *OPTIONAL) if name in names}
        if any(names.count(name) > 1 for name in places):
            raise EvaluationError("A column of the manifest stands there twice; give each a name of its own.")
        if 0 < sum(name in places for name in BOX) < len(BOX):
            raise EvaluationError("A box takes the four columns x, y, w and h; give all of them or none.")
        return cls(places, tuple(name for name in names if name and name not in places), len(names))


@dataclass(frozen=True, slots=True)
class Row:
    """A sound row; `path` is where its picture lies, links followed, `name` as it was written."""

    line: int
    name: str
    path: Path
    text: str
    box: LabelBox | None
    country: str
    camera: str
    condition: str
    captured_at: datetime | None

    @property
    def is_plate(self) -> bool:
        """A row without a text and without a box says that there is no plate."""
        return bool(self.text) or self.box is not None


def row_of(line: int, fields: list[str], columns: Columns, folder: Path) -> Row:
    """The row, its picture in `folder`.

    Raises:
        RowWrong: the first thing that is wrong with it.
    """
    if any(field.strip() for field in fields[columns.width :]):
        raise RowWrong(
            "it has more fields than the first line names; put quotation marks around one with a separator in it."
        )
    said = {
        name: fields[place].strip() if place < len(fields) else "" for name, place in columns.places.items()
    }
    path = _place(said["path"], folder)
    try:
        return Row(
            line=line,
            name=said["path"],
            path=path,
            text=_text(said["text"]),
            box=_box([said.get(name, "") for name in BOX]),
            country=_word(said, "country"),
            camera=_word(said, "camera"),
            condition=_word(said, "condition").lower(),
            captured_at=_instant(said.get("captured_at", "")),
        )
    except RowWrong as wrong:
        wrong.picture = path
        raise


def _place(written: str, folder: Path) -> Path:
    if not written:
        raise RowWrong("it names no picture; write its path into the column path.")
    if _ABSOLUTE.match(written):
        raise RowWrong("its path begins at the root of a disk; write it from the manifest's own folder.")
    try:
        place = folder / written
        if "\\" in written and not place.exists():  # as Windows writes paths
            place = folder / written.replace("\\", "/")
        resolved = place.resolve()
        if not resolved.is_relative_to(folder):
            raise RowWrong(
                "its path leads out of the manifest's folder; put the picture itself, and no link to it, into that folder."
            )
        if not resolved.exists():
            raise RowWrong("there is no such picture; check the path, capitals included.")
        if not resolved.is_file():
            raise RowWrong("its path is not that of a file; name one picture.")
    except (OSError, ValueError, RuntimeError) as error:
        raise RowWrong("its path cannot be followed; check it.") from error
    return resolved


def _text(written: str) -> str:
    if not written:
        return ""
    if _UNREADABLE_SIGNS & set(written):
        raise RowWrong(
            "its text has a sign for what could not be read; leave the text empty where a person cannot read the whole plate."
        )
    try:
        return normalise(written)
    except PlateError as error:
        raise RowWrong(f"its text is no plate's. {error}") from error


def _box(written: list[str]) -> LabelBox | None:
    if not any(written):
        return None
    if not all(written):
        raise RowWrong("a part of its box is missing; give x, y, w and h, or none of them.")
    try:
        x, y, w, h = (float(number.replace(",", ".")) for number in written)
    except ValueError:
        raise RowWrong("its box is not four numbers; give x, y, w and h in pixels.") from None
    if (
        not all(math.isfinite(number) and abs(number) <= _MOST_PX for number in (x, y, w, h))
        or min(w, h) <= 0
    ):
        raise RowWrong(
            "its box has no such size; give x and y of its top left corner, then width and height, in pixels."
        )
    return x, y, w, h


def _word(said: Mapping[str, str], column: str) -> str:
    word = " ".join(said.get(column, "").split())
    if len(word) > LONGEST_WORD:
        raise RowWrong(f"its {column} is longer than {LONGEST_WORD} characters; write a shorter name.")
    return word


def _instant(written: str) -> datetime | None:
    if not written:
        return None
    try:
        instant = datetime.fromisoformat(written)
    except ValueError:
        raise RowWrong("its captured_at is not a time; write it as 2026-11-03T17:45:00Z.") from None
    try:
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        raise RowWrong("its captured_at is not a time; write it as 2026-11-03T17:45:00Z.") from None
