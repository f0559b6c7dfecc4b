"""The mean of two checkpoints as ONNX files: `python -m training.average --runs FOLDER FOLDER --out FOLDER`.

What two stages of one run have in common generalises better than either, above all to pictures that are unlike those of training. Source:
P. Izmailov et al., "Averaging weights leads to wider optima and better generalization" (2018).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from training.detector_model import PlateDetector
from training.reader_model import PlateReader
from training.train_detector import export_detector
from training.train_reader import export_reader

if TYPE_CHECKING:
    from collections.abc import Sequence


def average(first: Path, second: Path) -> dict[str, torch.Tensor]:
    """The weights of two checkpoints of one network, halfway between both; counters as in the second."""
    one, other = (torch.load(path)["model"] for path in (first, second))
    return {
        name: (one[name] + value) / 2 if value.is_floating_point() else value for name, value in other.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options and write both networks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, nargs=2, required=True, help="folders with two stages of a run")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    first, second = options.runs
    reader, detector = PlateReader(), PlateDetector()
    reader.load_state_dict(average(first / "reader.pt", second / "reader.pt"))
    detector.load_state_dict(average(first / "detector.pt", second / "detector.pt"))
    export_reader(reader, options.out / "reader.onnx")
    export_detector(detector, options.out / "detector.onnx")


if __name__ == "__main__":
    main()
