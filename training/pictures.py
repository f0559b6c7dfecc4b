"""The training pictures and where plates are labelled in them; never those for checking."""

from __future__ import annotations

import csv
from collections import defaultdict
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from turnpike.recognition.models import Corners

Box = tuple[float, float, float, float]
"""A box: left, top, width, height, in pixels."""


def boxes_by_picture(folder: Path) -> dict[Path, list[Box]]:
    """Each picture of the manifests in `folder`/train (columns path, x, y, w, h), in order, with its plates' boxes."""
    boxes: dict[Path, list[Box]] = defaultdict(list)
    for manifest in sorted((folder / "train").glob("*.csv")):
        with manifest.open() as file:
            for row in csv.DictReader(file):
                x, y, w, h = (float(row[key]) for key in "xywh")
                boxes[manifest.parent / row["path"]].append((x, y, w, h))
    return {path: boxes[path] for path in sorted(boxes)}


def load(path: Path) -> NDArray[np.uint8]:
    """RGB, uint8, (height, width, 3)."""
    return np.asarray(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB), dtype=np.uint8)


def corners_of(box: Box) -> Corners:
    """A box's corners, clockwise from the top left."""
    x, y, w, h = box
    return (x, y), (x + w, y), (x + w, y + h), (x, y + h)


def quads_of(boxes: list[Box]) -> NDArray[np.float32]:
    """Boxes' corners, (n, 4, 2)."""
    return np.array([corners_of(box) for box in boxes], np.float32).reshape(-1, 4, 2)
