"""Fit the calibration: `python -m training.calibrate --fonts FOLDER --pictures FOLDER`; it writes into the shipped cards.

Logistic regression of "the text is right" on the evidence, on held-out pictures through detector and reader, by Newton's method.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from training.assess import Assessed, assess_options
from turnpike.recognition.confidence import confidence_of
from turnpike.recognition.networks import Calibration, load_cards, save_cards

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIT_FROM_SEED = 20_000_000
_RIDGE = 1e-2
_STEPS = 40
_BINS = 10


def fit(assessed: list[Assessed]) -> Calibration:
    """The calibration that fits these readings best."""
    rows = [one for one in assessed if one.evidence is not None]
    seen = np.array([[*astuple(one.evidence), 1.0] for one in rows if one.evidence])
    right = np.array([one.right for one in rows], float)
    weights = np.zeros(seen.shape[1])
    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-seen @ weights))
        slope = seen.T @ (likely - right) + _RIDGE * weights
        curve = (seen * (likely * (1 - likely))[:, None]).T @ seen + _RIDGE * np.eye(len(weights))
        weights = weights - np.linalg.solve(curve, slope)
    *found, constant = (round(float(weight), 6) for weight in weights)
    return Calibration(tuple(found), constant)


def said_and_right(
    assessed: list[Assessed], calibration: Calibration
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Of everything that was read: the confidence, and whether it was right."""
    read = [one for one in assessed if one.evidence is not None]
    confidences = np.array([confidence_of(one.evidence, calibration) for one in read if one.evidence])
    return confidences, np.array([one.right for one in read])


def calibration_error(confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Expected calibration error: mean distance of confidence from the share right, over ten equal bins, by size."""
    bins = np.minimum((confidences * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(confidences[bins == b].mean() - right[bins == b].mean()) * (bins == b).sum()
        for b in range(_BINS)
        if (bins == b).any()
    ]
    return float(sum(gaps) / len(confidences))


def main() -> None:
    """Read the options, fit, write, and say how well it fits."""
    _, assessed = assess_options(__doc__, FIT_FROM_SEED, 4_000)
    calibration = fit(assessed)
    save_cards(msgspec.structs.replace(load_cards(), calibration=calibration))
    confidences, right = said_and_right(assessed, calibration)
    plates = [one for one in assessed if one.text]
    print(f"{len(plates)} plates, {sum(one.right for one in plates) / len(plates):.3f} read right")
    print(
        f"{len(right) - len(plates)} net strays; calibration error {calibration_error(confidences, right):.4f}"
    )


if __name__ == "__main__":
    main()
