"""Several looks at one plate to one text: what each look gives every text it leaves open, multiplied.

A look that is sure and wrong can take no more from a text than `_LEAST_SHARE` of it, so that one misread frame does not overturn two sure ones that agree;
and looks that are all but the same picture, as of a vehicle that stands, count once and a little.
Source: J. Kittler et al., "On combining classifiers" (1998), the product rule; the floor and the weights are ours, set on rendered traffic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from turnpike.recognition.models import Candidate

if TYPE_CHECKING:
    from turnpike.recognition.models import Reading

_LEAST_SHARE = 0.03
"""Of a text that a look does not name."""
_UNNAMED = 0.05
"""How much of what a look leaves open any one text has that it does not name."""
_NEW = 0.6
"""Looks at one plate err together: of what a further one says, so much is new. Source: ours, set on rendered traffic so that shares come out as told."""
_SAME_VIEW_WEIGHT = 0.15
_MOST_WEIGHT = 12.0
"""A vehicle that stands for hours must not become so sure that nothing is told of what else it may be."""
_MOST_TEXTS = 12


@dataclass(slots=True)
class Consensus:
    """What all looks at one plate say together."""

    _scores: dict[str, float] = field(default_factory=dict)
    _unnamed: float = 0.0
    _left_open: float = 0.0
    _weight: float = 0.0

    def add(self, reading: Reading, *, is_new_view: bool = True) -> None:
        """One more look; one without text says nothing."""
        if not reading.text or self._weight >= _MOST_WEIGHT:
            return
        weight = 1.0 if is_new_view or not self._scores else _SAME_VIEW_WEIGHT
        self._weight += weight
        shares = {reading.text: reading.confidence}
        for other in reading.candidates:
            shares[other.text] = max(shares.get(other.text, 0.0), other.confidence)
        left_open = max(1e-3, 1 - sum(shares.values()))
        # That two looks leave open the same text of all those that they do not name is a chance by itself.
        self._left_open += weight * math.log(left_open * (_UNNAMED if self._scores else 1.0))
        floor = weight * math.log(max(_LEAST_SHARE, left_open * _UNNAMED))
        for text in self._scores.keys() - shares.keys():
            self._scores[text] += floor
        for text, share in shares.items():
            named = weight * math.log(max(_LEAST_SHARE, share))
            self._scores[text] = self._scores.get(text, self._unnamed) + max(named, floor)
        self._unnamed += floor
        while len(self._scores) > _MOST_TEXTS:
            del self._scores[min(self._scores, key=lambda text: (self._scores[text], text))]

    def ranked(self) -> tuple[Candidate, ...]:
        """The texts, likeliest first, each with its probability; what they leave is some other text's."""
        if not self._scores:
            return ()
        ranked = sorted(self._scores.items(), key=lambda item: (-item[1], item[0]))
        highest = ranked[0][1]
        tempered = (1 + _NEW * (self._weight - 1)) / self._weight
        shares = [math.exp(tempered * (score - highest)) for _, score in ranked]
        total = sum(shares) + math.exp(tempered * (self._left_open - highest))
        return tuple(Candidate(text, share / total) for (text, _), share in zip(ranked, shares, strict=True))
