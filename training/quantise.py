"""Make the eight-bit files: `python -m training.quantise --fonts FOLDER --pictures FOLDER --run FOLDER`.

Static quantisation by ONNX Runtime, a scale for each channel of the weights; the ranges of what flows between them come from renders.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from training.detector_data import make_scene
from training.reader_data import Backdrops, make_samples
from turnpike.simulation.lettering import LetterCase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_SEED = 30_000_001
_SCENES, _CROPS, _BATCH = 48, 256, 16


class Renders(CalibrationDataReader):
    """Inputs of one network, one after another."""

    def __init__(self, name: str, arrays: Iterator[NDArray[np.float32]]) -> None:
        self._name, self._arrays = name, arrays

    def get_next(self) -> dict[str, Any] | None:
        """The next input, or None at the end."""
        array = next(self._arrays, None)
        return None if array is None else {self._name: array}


def quantise(source: Path, target: Path, renders: Renders, keep: Sequence[str] = ()) -> None:
    """The eight-bit file of `source`; nodes named in `keep` stay as they are."""
    prepared = target.with_suffix(".prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    quantize_static(
        str(prepared),
        str(target),
        renders,
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
        op_types_to_quantize=["Conv"],
        nodes_to_exclude=list(keep),
    )
    prepared.unlink()


def main() -> None:
    """Read the options and make both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path, default=None)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True, help="folder of detector.onnx and reader.onnx")
    options = parser.parse_args()
    rng = np.random.default_rng(_SEED)
    letters, backdrops = LetterCase.load(options.fonts, rng), Backdrops(options.pictures)
    scenes = (
        make_scene(rng, letters, backdrops).image.transpose(2, 0, 1)[None].astype(np.float32)
        for _ in range(_SCENES)
    )
    crops = make_samples(_CROPS, rng, letters, backdrops).crops[:, None].astype(np.float32)
    batches = (crops[start : start + _BATCH] for start in range(0, _CROPS, _BATCH))
    for kind, name, arrays in (("detector", "pictures", scenes), ("reader", "crops", batches)):
        source = options.run / f"{kind}.onnx"
        if source.exists():
            quantise(source, options.run / f"{kind}.int8.onnx", Renders(name, arrays))


if __name__ == "__main__":
    main()
