"""What one message says, sorted: reads that are whole, sightings of passes, and why something of it could not be taken."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from turnpike.ingest.columns import ABOUT_TIME
from turnpike.ingest.errors import ReadRefused
from turnpike.ingest.passes import Seen
from turnpike.ingest.recent import MaskedSighting, masked
from turnpike.ingest.vendor_reads import VendorRead, read_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from turnpike.ingest.adapter_wire import Told
    from turnpike.ingest.feeding import FeedFacts
    from turnpike.ingest.passes import type_pass
    from turnpike.ingest.retries import RetryHashes
    from turnpike.ingest.spool import Place
    from turnpike.ingest.vendor_messages import Sighting
    from turnpike.ingest.vendor_reads import Origin

CAMERA_UNKNOWN = (
    "The message names a camera that the feed does not know; say on the feed's page which of ours it is."
)
NOT_ADMITTED = "The camera may send no reads now: it is not active, or its register entry does not allow it."


@dataclass(slots=True)
class Sorted:
    """`reads` are by our camera id. `reasons` say why the message is to be put aside, empty where nothing is wrong; `alive` are our ids of cameras that only
    said that they live, `unread` of those that saw a vehicle and read no plate, `mistimed` of those whose time was not taken, once for each.
    """

    reads: dict[str, list[VendorRead]] = field(default_factory=lambda: defaultdict(list))
    of_passes: list[tuple[type_pass, Seen]] = field(default_factory=list)
    reasons: tuple[str, ...] = ()
    masked: tuple[MaskedSighting, ...] = ()
    alive: frozenset[str] = frozenset()
    unread: list[str] = field(default_factory=list)
    mistimed: list[str] = field(default_factory=list)


def sorted_message(
    told: Told,
    facts: FeedFacts,
    origin: Origin,
    place: Place,
    reached_at: datetime,
    admitted: Mapping[str, bool],
    hashes: RetryHashes,
) -> Sorted:
    """What the message in that place of the spool says; `admitted` has whether reads may be taken for each camera of the feed."""
    found, reasons, shown = Sorted(), [fault.reason for fault in told.understood.faults], []
    for sighting in told.understood.sightings:
        camera_id = camera_of(facts, sighting.source_camera)
        read, reason = _read_or_reason(sighting, facts, origin, camera_id, admitted, hashes)
        if sighting.pass_id and camera_id:
            key = (facts.name, camera_id, sighting.pass_id)
            found.of_passes.append(
                (key, Seen(place, reached_at, sighting.phase, read, reason, facts.adapter))
            )
        elif read is not None:
            found.reads[camera_id].append(read)
        else:
            reasons.append(reason)
            if camera_id and not sighting.plate:
                found.unread.append(camera_id)
            elif camera_id and reason in ABOUT_TIME:
                found.mistimed.append(camera_id)
        shown.append(masked(sighting, camera_id, reason, has_patch=sighting.picture is not None))
    found.reasons, found.masked = tuple(reasons), tuple(shown)
    if not found.masked and not found.reasons:
        found.alive = _alive(told, facts)
    return found


def camera_of(facts: FeedFacts, source_camera: str) -> str:
    """Our id of the camera that a message names, empty where the feed knows none.

    A feed of one camera is that camera's, whatever it calls itself; one of several takes none for another.
    """
    known = facts.cameras.get(source_camera)
    if known is None and len(facts.cameras) == 1:
        known = facts.cameras.get("")
    return known or ""


def _read_or_reason(
    sighting: Sighting,
    facts: FeedFacts,
    origin: Origin,
    camera_id: str,
    admitted: Mapping[str, bool],
    hashes: RetryHashes,
) -> tuple[VendorRead | None, str]:
    if not camera_id:
        return None, CAMERA_UNKNOWN
    if not admitted.get(camera_id):
        return None, NOT_ADMITTED
    direction = facts.directions.get(camera_id, "")
    try:
        return read_of(sighting, origin, camera_id=camera_id, direction=direction, hashes=hashes), ""
    except ReadRefused as refusal:
        return None, str(refusal)


def _alive(told: Told, facts: FeedFacts) -> frozenset[str]:
    """The cameras that a message without sightings is a sign of: those it names, or the one that the feed is of."""
    names = told.understood.alive or ("",)
    return frozenset(camera_id for name in names if (camera_id := camera_of(facts, name)))
