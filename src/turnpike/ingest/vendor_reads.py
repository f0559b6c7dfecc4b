"""From what an adapter understood to a read that can be stored, by the same rules as a read that was posted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from turnpike.ingest.checking import Message
from turnpike.ingest.columns import columns_of
from turnpike.ingest.errors import ReadRefused
from turnpike.ingest.messages import MAX_CANDIDATES, MAX_EVENT_ID_CHARACTERS, PostedCandidate, PostedRead
from turnpike.ingest.vendor_values import MAX_TEXT_CHARACTERS
from turnpike.plates.services import PlateError, normalise
from turnpike.reads.services import NewBatch, ReadColumns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from turnpike.ingest.retries import RetryHashes
    from turnpike.ingest.vendor_messages import Sighting
    from turnpike.reads.services import Direction

NO_PLATE = "The camera read no plate."
UNKNOWN_CONFIDENCE = 0.0
"""Of a read whose camera gives none: nothing says that it is sure."""
_MAX_LANE, _MAX_FRAMES = 16, 65_535
_COUNTRY_CHARACTERS = 2


@dataclass(frozen=True, slots=True)
class Origin:
    """What the reads of one message share."""

    adapter: str
    software: str
    model: str
    payload_sha256: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class VendorRead:
    """One read, checked: a row of columns, and the plate's patch. `confidence` is None where the camera gave none."""

    camera_id: str
    origin: Origin
    confidence: float | None
    columns: ReadColumns
    patch: bytes | None

    @property
    def plate(self) -> str:
        """Normalised."""
        return self.columns.plates[0]


def read_of(
    sighting: Sighting, origin: Origin, *, camera_id: str, direction: Direction, hashes: RetryHashes
) -> VendorRead:
    """The read of a sighting; `direction` is what the camera's role gives where the sighting says none. Its picture is a patch that was checked.

    Raises:
        ReadRefused: it cannot be stored; the sentence says why, without quoting it.
    """
    if not sighting.plate.strip():
        raise ReadRefused(NO_PLATE)
    posted = PostedRead(
        plate=sighting.plate,
        confidence=UNKNOWN_CONFIDENCE if sighting.confidence is None else sighting.confidence,
        captured_at=sighting.captured_at,
        event_id=_event_id(sighting),
        raw_text=sighting.raw_text[:MAX_TEXT_CHARACTERS],
        country=_country(sighting.country),
        lane=sighting.lane if 0 <= sighting.lane <= _MAX_LANE else 0,
        direction=sighting.direction or direction,
        frames_agreeing=min(_MAX_FRAMES, max(1, sighting.frames_agreeing)),
        colour=sighting.colour[:MAX_TEXT_CHARACTERS],
        make=sighting.make[:MAX_TEXT_CHARACTERS],
        candidates=_candidates(sighting),
    )
    if len(posted.plate) > MAX_TEXT_CHARACTERS:
        raise ReadRefused("The plate cannot be used: it is longer than any.")
    columns, _ = columns_of([posted], camera_id=camera_id, received_at=origin.received_at, hashes=hashes)
    patch = sighting.picture.content if sighting.picture else None
    if patch is not None:
        columns = replace(columns, has_patch=[True])
    return VendorRead(camera_id, origin, sighting.confidence, columns, patch)


def message_of(reads: Sequence[VendorRead]) -> Message:
    """Reads of one camera and one message, at least one, as what is committed together."""
    first = reads[0]
    batch = NewBatch(
        camera_id=first.camera_id,
        software=first.origin.software[:MAX_TEXT_CHARACTERS],
        model=first.origin.model[:MAX_TEXT_CHARACTERS],
        adapter=first.origin.adapter,
        payload_sha256=first.origin.payload_sha256,
        received_at=first.origin.received_at,
        reads=ReadColumns.joined([read.columns for read in reads]),
    )
    patches = {at: read.patch for at, read in enumerate(reads) if read.patch is not None}
    return Message(batch, range(len(reads)), patches, ())


def _event_id(sighting: Sighting) -> str:
    """A pass is known again by its own id, whichever of its messages has won; else what the maker repeats."""
    named = f"pass {sighting.pass_id}" if sighting.pass_id else sighting.event_id
    return named[:MAX_EVENT_ID_CHARACTERS]


def _country(text: str) -> str:
    country = text.upper()
    known = len(country) == _COUNTRY_CHARACTERS and country.isascii() and country.isalpha()
    return country if known else ""


def _candidates(sighting: Sighting) -> tuple[PostedCandidate, ...]:
    """Those that are plates; one that is not spoils no read."""
    found = []
    for text, confidence in sighting.candidates[:MAX_CANDIDATES]:
        try:
            plate = normalise(text)
        except PlateError:
            continue
        if 0 <= confidence <= 1:
            found.append(PostedCandidate(plate, confidence))
    return tuple(found)
