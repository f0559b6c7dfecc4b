"""What capture hands out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray


class SourceKind(Enum):
    """Where frames come from."""

    PICTURE = "picture"
    FOLDER = "folder"
    VIDEO = "video"
    STREAM = "stream"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture from one camera at one instant.

    `image` is RGB, uint8, shape (height, width, 3), C-contiguous, turned as it is displayed. `source` is what
    was asked for, character by character; it may hold a password, so it stays out of the frame's repr.
    """

    image: NDArray[np.uint8] = field(repr=False)
    captured_at: datetime
    source: str = field(repr=False)
    index: int
    """Number of the frame in its source, from 0; frames that were skipped are counted."""
    steady_s: float | None = None
    """Of a stream: when it came, in seconds of a clock that nobody sets; only distances mean anything."""
    reduced_by: int = 1
    """How many times longer the sides of the picture in the file are: one too large for the memory is decoded smaller."""
    notes: tuple[str, ...] = ()
    """How it was loaded, in words; none names the file."""
    cautions: tuple[str, ...] = ()
    """Sentences on what of the file is not in this frame, which whoever asked should be told."""

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of `image`."""
        rows, columns = self.image.shape[:2]
        return columns, rows


@dataclass(frozen=True, slots=True)
class StreamCounts:
    """What became of a stream's frames so far.

    Of those `received`, `taken` were read, `dropped` gave way to a newer one, and `repeated` showed the same as for a while before, so that nobody was to look at them.
    `corrupt` could not be decoded. `missed` are the times at which a frame was due and none was taken, since reading or the stream was behind. `connections` gave a
    frame; `jumps` are those of the machine's clock.
    """

    received: int = 0
    taken: int = 0
    dropped: int = 0
    repeated: int = 0
    corrupt: int = 0
    missed: int = 0
    connections: int = 0
    jumps: int = 0

    def __add__(self, other: StreamCounts) -> StreamCounts:
        """Both together."""
        names = self.__dataclass_fields__
        return StreamCounts(**{name: getattr(self, name) + getattr(other, name) for name in names})
