"""Character scores to texts: a prefix beam over the steps, weighed with how likely each text is as a plate.

Steps that are blank beyond doubt are passed over together, so that a plate's 192 steps cost about twenty. What the picture
cannot tell by its nature, O from 0 and I from 1, the beam keeps open, and the grammar decides.

Source: A. Hannun et al., "First-pass large vocabulary continuous speech recognition using bi-directional recurrent DNNs"
(2014), for the prefix beam; the passing over of blanks and the kept doubt are ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from turnpike.plates.services import weigh

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import NDArray

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ "
"""What the scores stand for after the blank, which is first; the space is a gap between groups."""
BLANK = 0
_SURE_BLANK = 0.995
_LEAST_LIKELY = 2e-3
_MOST_CHOICES = 6
_BEAM = 12
_MOST_WEIGHED = 10
_WORTH_WEIGHING = 1e-4
"""Texts less likely than this share of the best are not looked at."""
SHAPE_DOUBT = 0.04
"""How much of O's probability 0 is given at least, and the reverse; I and 1 likewise; on a British plate nearly the half, for there each pair is
one drawing. Source: schedule 4 of the Road Vehicles (Display of Registration Marks) Regulations 2001; the size is ours."""
_BRITISH_DOUBT = 0.9
GRAMMAR_WEIGHT = 0.5
"""Exponent of the prior. The network has seen plates of these grammars, and so weighs them already, in part. Source: ours, set on
renders."""
_ALIKE = tuple((ALPHABET.index(a) + 1, ALPHABET.index(b) + 1) for a, b in ("O0", "I1"))


@dataclass(frozen=True, slots=True)
class Decoded:
    """One text that a plate may have.

    `written` keeps its gaps; `probability` (0-1) is among all that was decoded; `sight` is what the picture alone
    gives it, as a natural logarithm; `country` and `grammar` are what accounts for it best.
    """

    text: str
    written: str
    probability: float
    sight: float
    country: str
    grammar: str


def probabilities(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Logits (steps, 38) to probabilities, each step's adding up to 1."""
    shifted = np.exp(scores.astype(np.float64) - scores.max(axis=-1, keepdims=True))
    found: NDArray[np.float64] = shifted / shifted.sum(axis=-1, keepdims=True)
    return found


def best_path(shares: NDArray[np.float64]) -> str:
    """The raw read: each step's likeliest sign, repeats and blanks dropped, gaps kept."""
    codes = shares.argmax(axis=-1)
    kept = [
        code for code, before in zip(codes, [BLANK, *codes[:-1]], strict=True) if code not in (BLANK, before)
    ]
    return " ".join("".join(ALPHABET[code - 1] for code in kept).split())


def decode(
    shares: NDArray[np.float64], countries: Mapping[str, float], today: date | None = None
) -> tuple[Decoded, ...]:
    """The texts that `shares` (steps, 38) allow, likeliest first; empty where nothing is written.

    `countries` says how likely each country's grammar is (ISO codes; `plates.UNKNOWN` for any other).
    """
    doubt = max(SHAPE_DOUBT, _BRITISH_DOUBT * countries.get("GB", 0.0))
    sights = sorted(_sights(shares, doubt).items(), key=lambda item: -item[1])
    worth = [
        (written, math.log(sight))
        for written, sight in sights[:_MOST_WEIGHED]
        if sight > 0 and sight >= sights[0][1] * _WORTH_WEIGHING and written
    ]
    if not worth:
        return ()
    best = max(sight for _, sight in worth)
    weighed: dict[str, list[tuple[float, Decoded]]] = {}
    for written, sight in worth:
        prior = weigh(written, countries, today)
        share = math.exp(sight - best + GRAMMAR_WEIGHT * prior.log_probability)
        text = written.replace(" ", "")
        one = Decoded(text, written, 0.0, sight, prior.country, prior.grammar)
        weighed.setdefault(text, []).append((share, one))
    total = sum(share for variants in weighed.values() for share, _ in variants)
    if not total:
        return ()
    found = [
        # One text, however it is parted: as it is likeliest written, with what all its ways have together.
        replace(
            max(variants, key=lambda variant: variant[0])[1],
            probability=min(1.0, sum(share for share, _ in variants) / total),
        )
        for variants in weighed.values()
    ]
    return tuple(sorted(found, key=lambda one: (-one.probability, one.text)))


def _sights(shares: NDArray[np.float64], doubt: float) -> dict[str, float]:
    """Each text that the beam ends with, gaps tidied, and its probability by the picture alone."""
    # A text's probability so far, ending in a blank and ending in its last sign.
    beam: dict[str, tuple[float, float]] = {"": (1.0, 0.0)}
    for blank, choices in _steps(shares, doubt):
        following: dict[str, tuple[float, float]] = {}
        for text, (parted, held) in beam.items():
            whole = parted + held
            stays, repeats = following.get(text, (0.0, 0.0))
            last = text[-1:]
            again = 0.0
            for sign, share in choices:
                if sign == last:
                    again = share
                    grown = parted * share
                else:
                    grown = whole * share
                if grown > 0.0:
                    longer = following.get(text + sign, (0.0, 0.0))
                    following[text + sign] = (longer[0], longer[1] + grown)
            following[text] = (stays + whole * blank, repeats + held * again)
        best = sorted(following.items(), key=lambda item: -(item[1][0] + item[1][1]))[:_BEAM]
        beam = dict(best)
    found: dict[str, float] = {}
    for text, (parted, held) in beam.items():
        tidy = " ".join(text.split())
        found[tidy] = found.get(tidy, 0.0) + parted + held
    return found


def _steps(shares: NDArray[np.float64], doubt: float) -> list[tuple[float, list[tuple[str, float]]]]:
    """For each step that is worth a look: the blank's probability and the signs' that matter; sure blanks are one."""
    steps: list[tuple[float, list[tuple[str, float]]]] = []
    sure = shares[:, BLANK] >= _SURE_BLANK
    was_sure = False
    doubted = _with_doubt(shares[~sure], doubt) if not sure.all() else shares[:0]
    rows = iter(doubted)
    for is_sure in sure:
        if is_sure:
            if not was_sure:
                steps.append((1.0, []))
        else:
            row = next(rows)
            order = np.argsort(row[1:])[::-1][:_MOST_CHOICES]
            choices = [
                (ALPHABET[code], float(row[code + 1])) for code in order if row[code + 1] >= _LEAST_LIKELY
            ]
            steps.append((float(row[BLANK]), choices))
        was_sure = bool(is_sure)
    return steps


def _with_doubt(shares: NDArray[np.float64], doubt: float) -> NDArray[np.float64]:
    doubted = shares.copy()
    for one, other in _ALIKE:
        both = shares[:, one] + shares[:, other]
        doubted[:, one] = np.maximum(shares[:, one], doubt * both)
        doubted[:, other] = np.maximum(shares[:, other], doubt * both)
    return doubted
