"""The general text detector and reader of RapidOCR, behind our own interfaces."""

from __future__ import annotations

import math
import threading
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from turnpike.recognition.errors import EngineUnavailable
from turnpike.recognition.models import Region, Transcript

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rapidocr import RapidOCR

    from turnpike.recognition.models import Corners

DEFAULT_THREADS = 2
# Nothing smaller or longer holds a plate, and the library fails on some of it.
_LEAST_SIDE_PX = 5
_MOST_ELONGATED = 40
_CANVAS_PX, _CANVAS_ASPECT = 320, 2.0
_GREY = 114
_MODEL = "PP-OCRv6-small"


class RapidOcr:
    """One loaded RapidOCR, detector and reader in one; loading takes seconds, and happens on first use."""

    def __init__(self, threads: int = DEFAULT_THREADS) -> None:
        self._threads = threads
        self._loaded: RapidOCR | None = None
        # The library keeps what it was last asked for in itself.
        self._lock = threading.Lock()
        self.name = f"rapidocr-{version('rapidocr')}/{_MODEL}"

    def load(self) -> None:
        """Load the models now, so that the first picture need not wait.

        Raises:
            EngineUnavailable: the library or its model files are not there.
        """
        self.detect(np.full((64, 64, 3), 127, np.uint8))
        self.read(np.full((48, 160, 3), 127, np.uint8))

    def detect(self, image: NDArray[np.uint8]) -> tuple[Region, ...]:
        """Lines of writing in `image` (RGB), each a region."""
        if not _has_room(image):
            return ()
        canvas, left, top = _on_canvas(image)
        found = self._ask(canvas, detect=True)
        if found.boxes is None:
            return ()
        scores = found.scores or [1.0] * len(found.boxes)
        return tuple(
            Region(_corners(box - (left, top)), float(score))
            for box, score in zip(found.boxes, scores, strict=True)
        )

    def read(self, patch: NDArray[np.uint8]) -> Transcript | None:
        """The line of writing that fills `patch` (RGB)."""
        if not _has_room(patch):
            return None
        read = self._ask(patch, detect=False)
        if not read.txts or not read.txts[0].strip():
            return None
        return Transcript(read.txts[0].strip(), float(read.scores[0]))

    def _ask(self, image: NDArray[np.uint8], *, detect: bool) -> Any:
        # Arrays are taken as OpenCV stores them: blue, green, red.
        bgr = np.ascontiguousarray(image[:, :, ::-1])
        with self._lock:
            return self._engine()(bgr, use_det=detect, use_cls=False, use_rec=not detect)

    def _engine(self) -> RapidOCR:
        if self._loaded is None:
            try:
                from rapidocr import RapidOCR
            except ImportError as error:
                raise EngineUnavailable("RapidOCR cannot be loaded; install Turnpike again.") from error
            self._loaded = RapidOCR(
                params={
                    "Global.log_level": "critical",
                    "EngineConfig.onnxruntime.intra_op_num_threads": self._threads,
                    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                }
            )
        return self._loaded


def _has_room(image: NDArray[np.uint8]) -> bool:
    shorter, longer = min(image.shape[:2]), max(image.shape[:2])
    return bool(shorter >= _LEAST_SIDE_PX and longer <= _MOST_ELONGATED * shorter)


def _on_canvas(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int, int]:
    """`image` amid grey, so that it is neither tiny nor elongated; and how far right and down it was put.

    The library enlarges the shorter side to 736 pixels: without this, a strip would become a giant.
    """
    height, width = image.shape[:2]
    least = max(_CANVAS_PX, math.ceil(max(height, width) / _CANVAS_ASPECT))
    below, beside = max(0, least - height), max(0, least - width)
    if not below and not beside:
        return image, 0, 0
    top, left = below // 2, beside // 2
    margins = ((top, below - top), (left, beside - left), (0, 0))
    return np.pad(image, margins, constant_values=_GREY), left, top


def _corners(box: NDArray[np.float32]) -> Corners:
    first, second, third, fourth = ((float(x), float(y)) for x, y in box)
    return first, second, third, fourth
