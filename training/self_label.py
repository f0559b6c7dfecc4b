"""Read the training pictures' own plates with what is learned so far, and keep what is sure, for the reader to learn from.

`python -m training.self_label --pictures FOLDER --detector FILE --reader FILE --out FILE`. What comes out holds marks of real vehicles: it stays
with the run and is never part of the project.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import onnxruntime

from training.pictures import boxes_by_picture, corners_of, load
from training.reader_data import COUNTRIES
from turnpike.recognition.geometry import overlaps
from turnpike.recognition.looking import read_regions
from turnpike.recognition.networks import Network
from turnpike.recognition.plate_detector import PlateDetector
from turnpike.recognition.plate_reader import PlateReader

SURE = 0.97
_FEWEST_CHARACTERS = 5
_SAME = 0.3


def label(pictures: Path, detector: PlateDetector, reader: PlateReader) -> list[dict[str, object]]:
    """Path, corners, text and country of every labelled plate that is read with hardly a doubt and as a grammar foresees."""
    found: list[dict[str, object]] = []
    for path, boxes in boxes_by_picture(pictures).items():
        image = load(path)
        labelled = [corners_of(box) for box in boxes]
        regions = [one for one in detector.detect(image) if overlaps(one.corners, labelled).max() > _SAME]
        if not regions:
            continue
        for region, script in zip(regions, read_regions(reader, image, regions), strict=True):
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
