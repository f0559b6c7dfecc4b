"""How sure a reading may be: a calibrated probability that its text is right, from what the two networks and the grammar say."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from turnpike.recognition.networks import Calibration
    from turnpike.recognition.plate_reader import Script

_MOST_ODDS = 7.0
_WORST_SIGHT = -6.0
_USUAL_HEIGHT_PX = 20.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a reading; each about between -7 and 7, more is better.

    `odds` are the first text's against all others; `sight` the logarithm of what the picture alone gives it; `plate` and `found` the odds
    that it is a plate at all, by the reader and by the detector; `height` twofolds of 20 px; `foreseen` 1 where a grammar knows it.
    """

    odds: float
    sight: float
    plate: float
    found: float
    height: float
    foreseen: float


def log_odds(share: float) -> float:
    """The natural logarithm of the odds, held within what evidence can be worth."""
    return max(-_MOST_ODDS, min(_MOST_ODDS, math.log(max(share, 1e-9) / max(1 - share, 1e-9))))


def evidence_of(script: Script, found: float, height_px: float) -> Evidence:
    """The evidence for the first text of `script`, which the detector found with `found` (0-1) at such a height."""
    first = script.texts[0]
    return Evidence(
        odds=log_odds(first.probability),
        sight=max(_WORST_SIGHT, first.sight),
        plate=log_odds(1 - script.no_plate),
        found=log_odds(found),
        height=max(-2.0, min(1.0, math.log2(max(height_px, 1.0) / _USUAL_HEIGHT_PX))),
        foreseen=float(bool(first.country)),
    )


def confidence_of(evidence: Evidence, calibration: Calibration) -> float:
    """The probability (0-1) that the text is right. Source: logistic regression, fitted by training/calibrate.py."""
    weighed = sum(w * value for w, value in zip(calibration.weights, astuple(evidence), strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, weighed + calibration.constant))))
