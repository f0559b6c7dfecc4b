"""Both training commands in their short mode: a few steps, a checkpoint to go on from, and a file that ONNX Runtime opens."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed; training needs it, see training/README.md")
pytest.importorskip("onnx", reason="onnx is not installed; training needs it, see training/README.md")

from training import train_detector, train_reader

pytestmark = [
    # The exporter that writes what we ship says that a newer one is the default, on several lines of its own code.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.timeout(300),
]


@pytest.mark.parametrize(
    ("command", "kind", "shape"),
    [
        (train_reader.main, "reader", (2, 1, 56, 192)),
        (train_detector.main, "detector", (1, 3, 320, 512)),
    ],
    ids=["reader", "detector"],
)
def test_a_short_run_writes_a_model_and_goes_on(command, kind, shape, drawn_pictures, tmp_path, capsys):
    arguments = ["--pictures", str(drawn_pictures), "--out", str(tmp_path), "--short", "--threads", "1"]
    command(arguments)
    session = onnxruntime.InferenceSession(tmp_path / f"{kind}.onnx", providers=["CPUExecutionProvider"])
    outputs = session.run(None, {session.get_inputs()[0].name: np.zeros(shape, np.float32)})
    assert all(np.isfinite(output).all() for output in outputs)
    written = (tmp_path / f"{kind}.onnx").stat().st_mtime_ns
    command(arguments)  # all its steps are done: nothing is left to learn
    assert (tmp_path / f"{kind}.onnx").stat().st_mtime_ns == written
    assert "parameters" in capsys.readouterr().out


def test_the_mean_of_two_stages_is_halfway_between_both(tmp_path):
    import torch
    from training.detector_model import PlateDetector
    from training.reader_model import PlateReader

    from training import average

    for seed, stage in enumerate(("first", "second")):
        torch.manual_seed(seed)
        (tmp_path / stage).mkdir()
        for name, model in (("reader", PlateReader()), ("detector", PlateDetector())):
            torch.save({"model": model.state_dict()}, tmp_path / stage / f"{name}.pt")
    first, second = tmp_path / "first", tmp_path / "second"
    mean = average.average(first / "reader.pt", second / "reader.pt")
    one, other = (torch.load(stage / "reader.pt")["model"] for stage in (first, second))
    name = next(name for name, value in one.items() if value.is_floating_point() and value.std() > 0)
    assert torch.allclose(mean[name], (one[name] + other[name]) / 2)
    average.main(["--runs", str(first), str(second), "--out", str(tmp_path / "mean")])
    assert {path.name for path in (tmp_path / "mean").iterdir()} == {"reader.onnx", "detector.onnx"}
