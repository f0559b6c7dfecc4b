"""Put a run's networks into the package: `python -m training.ship --run FOLDER --version N`."""

from __future__ import annotations

import argparse
import hashlib
import shutil
from pathlib import Path

from training.reader_data import COUNTRIES
from turnpike.recognition.confidence import Evidence
from turnpike.recognition.networks import (
    CARDS,
    FOLDER,
    Calibration,
    Cards,
    NetworkCard,
    Pair,
    load_cards,
    save_cards,
)

_UNFITTED = Calibration((0.5,) * len(Evidence.__slots__), 0.0)


def ship(run: Path, version: str, precision: str, folder: Path = FOLDER) -> Cards:
    """Copy a run's networks in both precisions and write their hashes; `precision` is used unless another is asked for.

    The calibration stays as it is until it is fitted anew; what tells colours is trained by itself and stays.
    """
    folder.mkdir(exist_ok=True)
    pairs = {}
    for name, ending in (("float32", ".onnx"), ("int8", ".int8.onnx")):
        found = []
        for kind in ("detector", "reader"):
            target = folder / f"{kind}{ending}"
            shutil.copyfile(run / target.name, target)
            digest = hashlib.sha256(target.read_bytes()).hexdigest()
            found.append(NetworkCard(f"turnpike-{kind}-{version}-{name}", target.name, digest))
        pairs[name] = Pair(*found)
    before = load_cards(folder) if (folder / CARDS).exists() else None
    calibration, colour = (before.calibration, before.colour) if before else (_UNFITTED, None)
    first = pairs.pop(precision)
    cards = Cards(first.detector, first.reader, COUNTRIES, calibration, precision, pairs, colour)
    save_cards(cards, folder)
    return cards


def main() -> None:
    """Read the options and copy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--run", type=Path, required=True, help="folder of both networks, each also as .int8.onnx"
    )
    parser.add_argument("--version", required=True)
    parser.add_argument("--precision", choices=("float32", "int8"), default="int8")
    options = parser.parse_args()
    print(ship(options.run, options.version, options.precision))


if __name__ == "__main__":
    main()
