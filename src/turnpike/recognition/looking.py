"""Regions of a picture to scripts: each plate is cut out and read, and one that leaves a doubt is cut in other ways and read again.

A cut that is a little wider or higher moves every edge to other points of the reader's grid, so that its mistakes differ from cut to cut and
what is there stays. Source: ours, measured on held-out renders.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from turnpike.recognition.rectifying import HEIGHT_PX, WIDTH_PX, rectify, with_room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from turnpike.recognition.decoding import Decoded
    from turnpike.recognition.models import Corners, Region
    from turnpike.recognition.plate_reader import Script

SURE = 0.95
"""A text this probable is not looked at again."""
_LIKELY_A_PLATE = 0.5
OTHER_CUTS = ((0.0, 0.10), (0.09, 0.25))
"""Shares by which the other cuts are longer and higher than the plate. Source: ours, set on held-out renders."""


class CropReader(Protocol):
    """Reads plates that are cut out: one script for each of `crops` (n, HEIGHT_PX, WIDTH_PX), grey, uint8, in order."""

    def read(self, crops: NDArray[np.uint8]) -> tuple[Script, ...]:
        """The scripts."""
        ...


def read_regions(
    reader: CropReader, image: NDArray[np.uint8], regions: Sequence[Region]
) -> tuple[Script, ...]:
    """One script for each of `regions` of `image` (RGB, uint8), in order."""
    scripts = list(reader.read(_cut(image, [with_room(region.corners) for region in regions])))
    unsure = [at for at, script in enumerate(scripts) if is_unsure(script)]
    cuts = [with_room(regions[at].corners, cut) for at in unsure for cut in OTHER_CUTS]
    again = iter(reader.read(_cut(image, cuts)))
    for at in unsure:
        scripts[at] = agreed([scripts[at], *(next(again) for _ in OTHER_CUTS)])
    return tuple(scripts)


def is_unsure(script: Script) -> bool:
    """Whether a plate that was read so is cut in other ways and read again."""
    likely = bool(script.texts) and script.no_plate < _LIKELY_A_PLATE
    return likely and script.texts[0].probability < SURE


def agreed(scripts: Sequence[Script]) -> Script:
    """What several looks at one plate have together: each text with its mean probability; the rest as the first saw it."""
    found: dict[str, list[Decoded]] = {}
    for script in scripts:
        for one in script.texts:
            found.setdefault(one.text, []).append(one)
    texts = (
        replace(
            max(same, key=lambda one: one.probability),
            probability=sum(one.probability for one in same) / len(scripts),
        )
        for same in found.values()
    )
    return replace(
        scripts[0],
        texts=tuple(sorted(texts, key=lambda one: (-one.probability, one.text))),
        no_plate=sum(script.no_plate for script in scripts) / len(scripts),
    )


def _cut(image: NDArray[np.uint8], corners: Sequence[Corners]) -> NDArray[np.uint8]:
    if not corners:
        return np.zeros((0, HEIGHT_PX, WIDTH_PX), np.uint8)
    return np.stack([rectify(image, one) for one in corners])
