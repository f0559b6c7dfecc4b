"""What evaluation works on: a manifest's labelled pictures, and what a reader told of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from turnpike.recognition.services import Reading

LabelBox = tuple[float, float, float, float]
"""x, y, width, height in pixels of the picture as displayed; labels are often drawn between pixels."""


@dataclass(frozen=True, slots=True)
class LabelledPlate:
    """One row of a manifest that is a plate. An empty text means that only its box is labelled; `country` is as written."""

    line: int
    text: str
    box: LabelBox | None
    country: str


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture and its plates, none where it was labelled as having none. `name` is its path as the manifest writes it."""

    name: str
    path: Path
    line: int
    plates: tuple[LabelledPlate, ...]
    camera: str
    condition: str
    captured_at: datetime | None


@dataclass(frozen=True, slots=True)
class SkippedLine:
    """A line of the manifest that was left out, since it or another line of its picture is wrong."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A sound manifest. `skipped` has what was left out when that was asked for."""

    name: str
    sha256: str
    pictures: tuple[LabelledPicture, ...]
    skipped: tuple[SkippedLine, ...]
    ignored_columns: tuple[str, ...]
    has_cameras: bool
    has_conditions: bool

    @property
    def plates(self) -> int:
        """Rows that are plates."""
        return sum(len(picture.plates) for picture in self.pictures)

    @property
    def repeated_plates(self) -> int:
        """Plates whose text was labelled before at the same camera: perhaps the same passing once more."""
        texts = [(one.camera, plate.text) for one in self.pictures for plate in one.plates if plate.text]
        return len(texts) - len(set(texts))


@dataclass(frozen=True, slots=True)
class Found:
    """What the reader found at one place of a picture.

    `text` is empty where it is not believed, and then `confidence` is 0: as `turnpike read` tells it. What is not `told` is
    neither believed nor sure enough to be a plate, and serves to say why a plate was missed.
    """

    text: str
    confidence: float
    box: LabelBox
    told: bool
    reading: Reading


class FailureKind(StrEnum):
    """What went wrong with a plate, or a place of a picture."""

    MISREAD = "misread"
    MISSED = "missed"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another text that the reader held possible, and how likely (0-1)."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure as the report shows it.

    `picture` is a JPEG of the plate and its nearest surroundings; empty where there is none to show, and `why_no_picture` says why.
    `why` is the reader's own reason where it has one. `read` is the text that the reader held likeliest, handed out where `is_believed`.
    """

    kind: FailureKind
    name: str
    line: int
    camera: str
    condition: str
    labelled: str
    read: str
    raw_text: str
    confidence: float
    candidates: tuple[Candidate, ...]
    why: str
    is_believed: bool
    picture: bytes = b""
    why_no_picture: str = ""
