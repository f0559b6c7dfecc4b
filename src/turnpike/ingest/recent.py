"""The last messages of each feed, masked: for the page on which somebody who puts up a camera sees that it arrives and what was understood.

Kept in memory alone. No plate is in it, only how long it was; nor any text of the message, but the maker's name of the camera, which has to be mapped.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.plates.services import PlateError, formats_of, normalise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from turnpike.ingest.vendor_messages import Sighting

MESSAGES_OF_A_FEED = 20
MAX_MESSAGES = 20_000
"""Of all feeds together: with a thousand feeds each has 20, with more each has fewer. Source: ours; some 30 MB."""
_TELLING_ERAS = frozenset({"current", "prefix", "suffix", "q"})
_HIDDEN = "(hidden: it reads like a plate)"


@dataclass(frozen=True, slots=True)
class MaskedSighting:
    """What was understood of one vehicle, as pairs of a word and its value; `fault` says why it was not taken, empty where it was."""

    source_camera: str
    camera_id: str
    fields: tuple[tuple[str, str], ...]
    fault: str


@dataclass(frozen=True, slots=True)
class RecentMessage:
    """One message: when it came, its bytes, and what was understood; `faults` are sentences of ours. With neither, it said only that its sender lives."""

    received_at: datetime
    size_bytes: int
    sightings: tuple[MaskedSighting, ...] = ()
    faults: tuple[str, ...] = ()


class Recent:
    """The last messages by feed; written by one thread, read by any."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._feeds: OrderedDict[str, deque[RecentMessage]] = OrderedDict()

    def add(self, feed: str, message: RecentMessage) -> None:
        """Keep it, and fewer of those before."""
        with self._guard:
            kept = self._feeds.setdefault(feed, deque())
            self._feeds.move_to_end(feed)
            kept.append(message)
            most = max(1, min(MESSAGES_OF_A_FEED, MAX_MESSAGES // len(self._feeds)))
            while len(kept) > most:
                kept.popleft()
            if len(self._feeds) > MAX_MESSAGES:
                self._feeds.popitem(last=False)

    def of(self, feed: str) -> tuple[RecentMessage, ...]:
        """Those of one feed, newest first."""
        with self._guard:
            return tuple(reversed(self._feeds.get(feed, ())))


def masked(sighting: Sighting, camera_id: str, fault: str, *, has_patch: bool) -> MaskedSighting:
    """A sighting as the page may show it."""
    fields = [
        ("plate", f"{len(sighting.plate)} characters" if sighting.plate else "none"),
        ("captured at", sighting.captured_at.isoformat(timespec="milliseconds")),
        ("confidence", "none" if sighting.confidence is None else f"{sighting.confidence:.3f}"),
        ("picture of the plate", "yes" if has_patch else "none"),
        ("phase", sighting.phase.value),
        ("event id", "yes" if sighting.event_id else "none"),
        ("pass id", "yes" if sighting.pass_id else "none"),
        ("other readings", str(len(sighting.candidates))),
        ("country", sighting.country if _is_country(sighting.country) else "none"),
        ("lane", str(sighting.lane) if sighting.lane else "none"),
        ("direction", sighting.direction or "none"),
        ("colour", "yes" if sighting.colour else "none"),
        ("make", "yes" if sighting.make else "none"),
    ]
    return MaskedSighting(
        _shown(sighting.source_camera, (sighting.plate, sighting.raw_text)), camera_id, tuple(fields), fault
    )


def _is_country(text: str) -> bool:
    return len(text) == len("GB") and text.isascii() and text.isalpha() and text.isupper()


def _shown(name: str, plates: Sequence[str]) -> str:
    """The maker's name of a camera, unless it reads like a plate, as where a sender mixes its fields up."""
    try:
        text = normalise(name)
        seen = {normalise(plate) for plate in plates if plate}
    except PlateError:
        return name
    if any(plate in text for plate in seen) or any(form.era in _TELLING_ERAS for form in formats_of(text)):
        return _HIDDEN
    return name
