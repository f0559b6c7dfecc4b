"""An engine that counts what becomes of every frame that it is given, and of every place on it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from turnpike.recognition.fates import Fate, FrameFate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from turnpike.recognition.models import Engine, Inspection, Reading


class FateCounts(Mapping[Fate | FrameFate, int]):
    """How often each fate was met, up to one instant; it does not change. Every fate has a number, 0 where it was never met."""

    __slots__ = ("_counts",)

    def __init__(self, counts: Mapping[Fate | FrameFate, int] | None = None) -> None:
        given = counts or {}
        self._counts = {fate: given.get(fate, 0) for fate in (*FrameFate, *Fate)}

    def __getitem__(self, fate: Fate | FrameFate) -> int:
        """How often."""
        return self._counts[fate]

    def __iter__(self) -> Iterator[Fate | FrameFate]:
        """Frames' fates first, then places'."""
        return iter(self._counts)

    def __len__(self) -> int:
        """How many fates there are."""
        return len(self._counts)

    @property
    def frames(self) -> int:
        """All frames that were looked at."""
        return sum(self._counts[fate] for fate in FrameFate)

    @property
    def places(self) -> int:
        """All places that were like a plate."""
        return sum(self._counts[fate] for fate in Fate)

    @property
    def summary(self) -> str:
        """In one sentence, with no plate in it: "200 frames: 31 with a plate read, 150 without any plate, …"."""
        if not self.frames:
            return "No frame was looked at."
        parts = [self._part(fate) for fate in FrameFate if self._counts[fate]]
        noun = "frame" if self.frames == 1 else "frames"
        return f"{self.frames:,} {noun}: {', '.join(parts)}.{self._dropped()}"

    def _part(self, fate: FrameFate) -> str:
        return f"{self._counts[fate]:,} {fate}"

    def _dropped(self) -> str:
        """Of places, those that were not read; on whichever frames they were."""
        reasons = sorted(
            ((self._counts[fate], fate) for fate in Fate if fate is not Fate.READ and self._counts[fate]),
            key=lambda one: (-one[0], one[1]),
        )
        if not reasons:
            return ""
        told = ", ".join(f"{number:,} {fate}" for number, fate in reasons)
        return f" Places that were not read: {told}."


@runtime_checkable
class Inspecting(Protocol):
    """An engine that also tells what it dropped before it was read."""

    def inspect(self, image: NDArray[np.uint8]) -> Inspection:
        """All that was found in `image`, and all that was dropped."""
        ...


class CountingEngine:
    """An `Engine` that counts fates and changes nothing else; safe from several threads.

    Put it directly around the engine: one around it that swallows failures would have them counted as frames without a plate. With an
    engine that does not tell what it dropped (`Inspecting`), only what was read and judged is counted.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._counts: Counter[Fate | FrameFate] = Counter()

    @property
    def name(self) -> str:
        """As the engine's own."""
        return self._engine.name

    @property
    def counts(self) -> FateCounts:
        """What was met so far."""
        with self._lock:
            return FateCounts(self._counts)

    def read(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """The plates of `image` that are believed, as the engine's own."""
        return tuple(reading for reading in self.examine(image) if not reading.doubt)

    def examine(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """All that was found in `image`, as the engine's own."""
        try:
            if isinstance(self._engine, Inspecting):
                inspection = self._engine.inspect(image)
                readings, dropped = inspection.readings, inspection.dropped
            else:
                readings, dropped = self._engine.examine(image), ()
        except Exception:
            self._count(FrameFate.FAILED, ())
            raise
        fates = [Fate(reading.doubt or Fate.READ) for reading in readings]
        self._count(frame_fate(fates), (*fates, *(one.fate for one in dropped)))
        return readings

    def read_crop(self, image: NDArray[np.uint8]) -> Reading | None:
        """The one plate that fills `image`, as the engine's own."""
        try:
            reading = self._engine.read_crop(image)
        except Exception:
            self._count(FrameFate.FAILED, ())
            raise
        fate = Fate.READ if reading else Fate.NOTHING_LEGIBLE
        self._count(frame_fate([fate]), [fate])
        return reading

    def _count(self, frame: FrameFate, places: Iterable[Fate]) -> None:
        with self._lock:
            self._counts[frame] += 1
            self._counts.update(places)


def frame_fate(judged: Iterable[Fate]) -> FrameFate:
    """A frame's fate by those of the places on it that were read and judged."""
    fates = set(judged)
    if not fates:
        return FrameFate.NONE_FOUND
    return FrameFate.WITH_READ if Fate.READ in fates else FrameFate.NONE_BELIEVED
