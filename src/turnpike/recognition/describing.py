"""What is told of a vehicle beside its plate: filled into its pass, once, when the pass is settled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from turnpike.recognition.colour import colour_network, colour_of
from turnpike.recognition.direction import direction_of
from turnpike.recognition.models import TrackPoint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from turnpike.recognition.lanes import Lanes
    from turnpike.recognition.models import Box, VehiclePass


class MakeTeller(Protocol):
    """Tells makes; `MakeClassifier` is one."""

    def make_of(self, image: NDArray[np.uint8], box: Box) -> str:
        """The make of the vehicle that wears the plate in `box` of `image` (RGB, uint8); empty where it cannot be told."""
        ...


@dataclass(frozen=True, slots=True)
class Describer:
    """Fills a pass's direction and colour, its lane where `lanes` are given, and its make where a classifier is."""

    lanes: Lanes | None = None
    make: MakeTeller | None = None

    def __post_init__(self) -> None:
        """Open what colours are told with, so that a damaged installation is known at the start.

        Raises:
            EngineUnavailable: the network is missing or damaged.
        """
        colour_network()

    def describe(self, seen: VehiclePass) -> VehiclePass:
        """The pass with what can be told of it; what cannot stays empty, and nothing is raised."""
        image = seen.best_frame.image
        track = seen.track or (TrackPoint(seen.captured_at, seen.box),)
        return replace(
            seen,
            direction=direction_of(seen.track),
            lane=self.lanes.lane_of(track, seen.best_frame.size) if self.lanes else 0,
            colour=colour_of(image, seen.box),
            make=self.make.make_of(image, seen.box) if self.make else "",
        )
