"""Put a run's networks into the package: `python -m training.ship --detector FILE --reader FILE --version N`."""

from __future__ import annotations

import argparse
import hashlib
import shutil
from pathlib import Path

import msgspec

from training.reader_data import COUNTRIES
from turnpike.recognition.confidence import Evidence
from turnpike.recognition.networks import CARDS, FOLDER, Calibration, Cards, NetworkCard, load_cards

_UNFITTED = Calibration((0.5,) * len(Evidence.__slots__), 0.0)


def ship(detector: Path, reader: Path, version: str, folder: Path = FOLDER) -> Cards:
    """Copy both files and write their hashes; the calibration stays as it is until it is fitted anew."""
    folder.mkdir(exist_ok=True)
    found = []
    for kind, source in (("detector", detector), ("reader", reader)):
        target = folder / f"{kind}.onnx"
        shutil.copyfile(source, target)
        digest = hashlib.sha256(target.read_bytes()).hexdigest()
        found.append(NetworkCard(f"turnpike-{kind}-{version}", target.name, digest))
    calibration = load_cards(folder).calibration if (folder / CARDS).exists() else _UNFITTED
    cards = Cards(found[0], found[1], COUNTRIES, calibration)
    (folder / CARDS).write_bytes(msgspec.json.format(msgspec.json.encode(cards), indent=2) + b"\n")
    return cards


def main() -> None:
    """Read the options and copy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--detector", type=Path, required=True)
    parser.add_argument("--reader", type=Path, required=True)
    parser.add_argument("--version", required=True)
    options = parser.parse_args()
    print(ship(options.detector, options.reader, options.version))


if __name__ == "__main__":
    main()
