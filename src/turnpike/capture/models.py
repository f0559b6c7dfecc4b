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
