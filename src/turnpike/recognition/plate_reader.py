"""What stands on plates: crops in, scores of characters and of countries out, and from them the texts that are possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from turnpike.plates.services import UNKNOWN
from turnpike.recognition.decoding import Decoded, best_path, decode, probabilities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from turnpike.recognition.networks import Network

NO_PLATE, OTHER_COUNTRY = "none", "??"
_LEAST_COUNTRY = 0.004
_COUNTRY_DOUBT = 0.10
"""How much is given to every country alike: the head is surer than it may be of what it has never seen. Source: ours."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is written on one plate.

    `raw` is read sign by sign, with gaps; `texts` are what it may be, likeliest first, possibly none; `no_plate` (0-1) how likely it is that the
    crop shows something else; `country` (ISO 3166-1 alpha-2) is the likeliest by its looks, or None.
    """

    raw: str
    texts: tuple[Decoded, ...]
    no_plate: float
    country: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """What the network says of one crop: `shares` (steps, 38) of the blank and each sign, `looks` (countries) of whose plate it is."""

    shares: NDArray[np.float64]
    looks: NDArray[np.float64]


class PlateReader:
    """Our own network and the grammar; see docs/models.md."""

    def __init__(self, network: Network, countries: Sequence[str]) -> None:
        self._network = network
        self._countries = tuple(countries)

    def read(self, crops: NDArray[np.uint8]) -> tuple[Script, ...]:
        """One script for each of `crops` (n, 56, 192), grey, uint8, in order."""
        return tuple(self.script(one) for one in self.signs(crops))

    def signs(self, crops: NDArray[np.uint8]) -> tuple[Signs, ...]:
        """What the network says of each of `crops`, in order."""
        if not len(crops):
            return ()
        scores, countries = self._network(crops[:, None].astype(np.float32))
        return tuple(
            Signs(probabilities(one), probabilities(other))
            for one, other in zip(scores, countries, strict=True)
        )

    def script(self, signs: Signs) -> Script:
        """What may be written there, by the grammar too."""
        shares = signs.shares
        by_country = dict(zip(self._countries, signs.looks.tolist(), strict=True))
        no_plate = by_country.pop(NO_PLATE)
        other = by_country.pop(OTHER_COUNTRY)
        plate = max(1 - no_plate, 1e-6)
        doubt = _COUNTRY_DOUBT / len(by_country)
        likely = {
            code: (1 - _COUNTRY_DOUBT) * share / plate + doubt
            for code, share in by_country.items()
            if share / plate >= _LEAST_COUNTRY or doubt >= _LEAST_COUNTRY
        } or by_country
        likely[UNKNOWN] = (1 - _COUNTRY_DOUBT) * other / plate
        first = max(by_country, key=lambda code: by_country[code])
        country = first if by_country[first] > 0.5 * plate else None
        return Script(best_path(shares), decode(shares, likely), no_plate, country)
