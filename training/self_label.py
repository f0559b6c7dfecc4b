"""Read the training pictures' own plates with what is learned so far, and keep what is sure, for the reader to learn from.

`python -m training.self_label --pictures FOLDER --detector FILE --reader FILE --out FILE`. What comes out holds marks of real vehicles: it stays
with the run and is never part of the project.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from training.reader_data import COUNTRIES
from turnpike.recognition.networks import Network
from turnpike.recognition.plate_detector import PlateDetector
from turnpike.recognition.plate_reader import PlateReader
from turnpike.recognition.rectifying import rectify, with_room

SURE = 0.97
_FEWEST_CHARACTERS = 5
_SAME = 0.3


def label(pictures: Path, detector: PlateDetector, reader: PlateReader) -> list[dict[str, object]]:
    """Path, corners, text and country of every labelled plate that is read with hardly a doubt and as a grammar foresees."""
    boxes: dict[Path, list[list[float]]] = defaultdict(list)
    for manifest in sorted((pictures / "train").glob("*.csv")):
        with manifest.open() as file:
            for row in csv.DictReader(file):
                boxes[manifest.parent / row["path"]].append([float(row[key]) for key in "xywh"])
    found: list[dict[str, object]] = []
    for path in sorted(boxes):
        image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        regions = [
            one for one in detector.detect(image) if any(_same(one.corners, box) for box in boxes[path])
        ]
        if not regions:
            continue
        scripts = reader.read(np.stack([rectify(image, with_room(one.corners)) for one in regions]))
        for region, script in zip(regions, scripts, strict=True):
            if not script.texts or script.no_plate > 1 - SURE:
                continue
            first = script.texts[0]
            if first.probability >= SURE and first.country and len(first.text) >= _FEWEST_CHARACTERS:
                found.append(
                    {
                        "path": str(path.relative_to(pictures)),
                        "corners": region.corners,
                        "text": first.written,
                        "country": script.country or first.country,
                    }
                )
    return found


def _same(corners: tuple[tuple[float, float], ...], box: list[float]) -> bool:
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    x, y, w, h = box
    inner = max(0.0, min(high[0], x + w) - max(low[0], x)) * max(0.0, min(high[1], y + h) - max(low[1], y))
    return bool(inner > _SAME * (float((high - low).prod()) + w * h - inner))


def main() -> None:
    """Read the options, read the pictures, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("pictures", "detector", "reader", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args()
    detector, reader = (
        Network(
            session := onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]),
            (session.get_inputs()[0].name,),
        )
        for path in (options.detector, options.reader)
    )
    found = label(options.pictures, PlateDetector(detector), PlateReader(reader, COUNTRIES))
    options.out.write_text(json.dumps(found))
    print(len(found), "plates labelled")


if __name__ == "__main__":
    main()
