"""Drives past a camera that an engine of no size reads by their colour, and a roadside over them to be killed."""

from __future__ import annotations

import os
import signal
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from turnpike.edge.services import Edge, EdgePlan
from turnpike.recognition.services import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

RED, GREEN, BLUE = (200, 40, 40), (40, 200, 40), (40, 40, 200)
EMPTY, OUTSIDE, POISON = (110, 110, 110), (250, 250, 250), (4, 4, 4)
"""An empty road; a plate said to be outside of its picture; a picture that the engine breaks on."""
OUTSIDE_PLATE = "BD51SMR"
PLATES = ("AB12CDE", "KN68WXY", "LT22GHJ")
VEHICLE_FRAMES, GAP_FRAMES, FPS = 10, 25, 10
_POISON_BELOW, _OUTSIDE_ABOVE, _GREY_WITHIN = 40, 215, 80


def picture(colour):
    """A picture of one colour; uint8, (64, 96, 3)."""
    return np.full((64, 96, 3), colour, np.uint8)


def write_drives(path, colours=(RED, GREEN, BLUE)):
    """Each vehicle for a second, and after each an empty road for two and a half."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.time_base = Fraction(1, FPS)
        stream.options = {"g": "5", "bf": "0", "threads": "1"}
        for colour in colours:
            for seen in [colour] * VEHICLE_FRAMES + [EMPTY] * GAP_FRAMES:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(seen), format="rgb24")))
        container.mux(stream.encode(None))
    return path


class ColourEngine:
    """One plate a colour; `on_read` is told the number of each picture, from 1, before it is read."""

    name = "colours-1"

    def __init__(self, on_read: Callable[[int], None] = lambda _: None) -> None:
        self._on_read = on_read
        self.pictures = 0

    def read(self, image):
        return self.examine(image)

    def examine(self, image):
        self.pictures += 1
        self._on_read(self.pictures)
        colour = image.reshape(-1, 3).mean(axis=0)
        if colour.max() < _POISON_BELOW:
            raise RuntimeError(f"{PLATES[0]} broke it")
        if colour.min() > _OUTSIDE_ABOVE:
            return (Reading(OUTSIDE_PLATE, OUTSIDE_PLATE, 0.9, (5_000, 5_000, 40, 10)),)
        if colour.max() - colour.min() < _GREY_WITHIN:
            return ()
        plate = PLATES[int(colour.argmax())]
        return (Reading(plate, plate, 0.9, (20, 20, 40, 10)),)

    def read_crop(self, image):
        raise NotImplementedError


def plan(source, centre_url, outbox, **further):
    return EdgePlan(str(source), centre_url, "tpc_key", Path(outbox), **further)


def kill_at(number):
    """Ends this process with SIGKILL as the engine is given that picture."""

    def on_read(picture_number):
        if picture_number == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return on_read


def main() -> None:
    """Video, centre, outbox, the picture at which to be killed (0: none), most frames (0: all)."""
    source, centre_url, outbox, killed_at, frames = sys.argv[1:]
    asked = plan(source, centre_url, outbox, frames=int(frames) or None)
    with Edge(asked, ColourEngine(kill_at(int(killed_at)))) as roadside:
        emptied = roadside.run()
    sys.exit(0 if emptied else 1)
