"""Find what the detector takes for plates and is none: `python -m training.mine --pictures FOLDER --detector FILE --out FILE`.

The reader learns from these crops what is not a plate. What the detector is surest of is left out: not every plate in the
pictures is labelled, and those are mostly plates.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime

from training.pictures import boxes_by_picture, load
from turnpike.recognition.networks import Network
from turnpike.recognition.plate_detector import PlateDetector

if TYPE_CHECKING:
    from training.pictures import Box
    from turnpike.recognition.models import Corners

_SURE = 0.65
_FREE_OF_PX = 4


def mine(pictures: Path, detector: PlateDetector) -> dict[str, list[list[list[float]]]]:
    """For each training picture's path, the corners of what was found in it beside the labelled plates."""
    found = {}
    for path, boxes in boxes_by_picture(pictures).items():
        kept = [
            [list(point) for point in region.corners]
            for region in detector.detect(load(path))
            if region.confidence < _SURE and not any(_touch(region.corners, box) for box in boxes)
        ]
        if kept:
            found[str(path.relative_to(pictures))] = kept
    return found


def _touch(corners: Corners, box: Box) -> bool:
    low, high = np.min(corners, axis=0) - _FREE_OF_PX, np.max(corners, axis=0) + _FREE_OF_PX
    x, y, w, h = box
    return bool(low[0] < x + w and x < high[0] and low[1] < y + h and y < high[1])


def main() -> None:
    """Read the options, look, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--detector", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    session = onnxruntime.InferenceSession(str(options.detector), providers=["CPUExecutionProvider"])
    found = mine(options.pictures, PlateDetector(Network(session, ("pictures",))))
    options.out.write_text(json.dumps(found))
    print(sum(map(len, found.values())), "in", len(found), "pictures")


if __name__ == "__main__":
    main()
