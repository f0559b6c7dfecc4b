"""Posted reads as the columns that are stored; one rule broken by any read refuses all that were given."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from turnpike.images.services import PatchError, check_patch
from turnpike.ingest.errors import OtherCamera, ReadRefused
from turnpike.ingest.messages import FIELD_RULES
from turnpike.plates.services import MAX_PLATE_CHARACTERS, PlateError, normalise
from turnpike.reads.services import ReadColumns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from turnpike.ingest.messages import PostedRead
    from turnpike.ingest.retries import RetryHashes
    from turnpike.reads.services import type_candidates

MAX_AHEAD = timedelta(minutes=5)
"""A camera's clock may be ahead by this much. Source: ours; more is a clock fault, not drift."""
MAX_AGE = timedelta(days=400)
"""Oldest read that is taken. Source: ours; beyond the year for which any read may be kept."""

_COUNTRY = re.compile(r"([A-Z]{2})?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US_PER_S, _US_PER_MS, _THOUSANDTHS = 1_000_000, 1_000, 1_000


def columns_of(
    reads: Sequence[PostedRead], *, camera_id: str, received_at: datetime, hashes: RetryHashes
) -> tuple[ReadColumns, dict[int, bytes]]:
    """What is stored of these reads of one camera, and the checked JPEG of each that has a patch, by its place.

    Raises:
        ReadRefused: one of them cannot be used; of a single read the sentence says why.
        OtherCamera: one of them names another camera.
    """
    if {read.camera for read in reads} - {"", camera_id}:
        raise OtherCamera("A read names another camera than the key's; nothing of this message was stored.")
    captured_ms = _captured_ms(reads, received_at)
    posted_plates = [read.plate for read in reads]
    plates = _plates(posted_plates)
    countries = [read.country for read in reads]
    if not all(map(_COUNTRY.fullmatch, set(countries))):
        raise ReadRefused(f"country {FIELD_RULES['country']}.")
    patches = _patches(reads)
    return (
        ReadColumns(
            plates=plates,
            raw_texts=_raw_texts(reads, plates),
            confidence_thousandths=_confidences(reads),
            captured_ms=captured_ms,
            event_keys=_event_keys(reads, plates, camera_id, hashes),
            candidates=[_candidates(read) if read.candidates else () for read in reads],
            countries=countries,
            lanes=[read.lane for read in reads],
            directions=[read.direction for read in reads],
            clock_error_ms=[read.clock_error_ms for read in reads],
            frames_agreeing=[read.frames_agreeing for read in reads],
            colours=[read.colour for read in reads],
            makes=[read.make for read in reads],
            has_patch=[at in patches for at in range(len(reads))] if patches else [False] * len(reads),
        ),
        patches,
    )


def _captured_ms(reads: Sequence[PostedRead], received_at: datetime) -> NDArray[np.int64]:
    seconds = np.array([read.captured_at.timestamp() for read in reads])
    # A double holds microseconds exactly enough to be rounded to them for centuries.
    captured_us = np.rint(seconds * _US_PER_S).astype(np.int64)
    received_us = (received_at - _EPOCH) // timedelta(microseconds=1)
    if (captured_us > received_us + MAX_AHEAD // timedelta(microseconds=1)).any():
        raise ReadRefused(_TOO_NEW)
    if (captured_us < received_us - MAX_AGE // timedelta(microseconds=1)).any():
        raise ReadRefused(_TOO_OLD)
    captured_ms: NDArray[np.int64] = captured_us // _US_PER_MS
    return captured_ms


_TOO_NEW = f"captured_at is more than {MAX_AHEAD // timedelta(minutes=1)} minutes in the future; set the camera's clock."
_TOO_OLD = f"captured_at is more than {MAX_AGE.days} days ago; such reads are not taken."
ABOUT_TIME = frozenset({_TOO_NEW, _TOO_OLD})
"""The reasons that speak of a camera's clock."""


def _plates(texts: list[str]) -> list[str]:
    """All in a few steps where all are written as nearly every plate is; one by one where not."""
    written = "\n".join(texts)
    plates = written.upper().replace(" ", "").replace("-", "").split("\n")
    if (
        len(plates) == len(texts)
        and written.isascii()
        and "".join(plates).isalnum()
        and min(lengths := list(map(len, plates)), default=0) > 0
        and max(lengths) <= MAX_PLATE_CHARACTERS
    ):
        return plates
    return [_plate(text) for text in texts]


def _plate(text: str) -> str:
    try:
        return normalise(text)
    except PlateError as error:
        raise ReadRefused(f"The plate cannot be used: {error}") from error


def _raw_texts(reads: Sequence[PostedRead], plates: Sequence[str]) -> list[str]:
    """The writing as it was seen, empty where it is the plate itself."""
    return [
        "" if (raw := read.raw_text or read.plate) == plate else raw
        for read, plate in zip(reads, plates, strict=True)
    ]


def _confidences(reads: Sequence[PostedRead]) -> NDArray[np.uint16]:
    confidences = np.array([read.confidence for read in reads])
    if not ((confidences >= 0) & (confidences <= 1)).all():  # what is no number is neither
        raise ReadRefused(f"confidence {FIELD_RULES['confidence']}.")
    thousandths: NDArray[np.uint16] = np.rint(confidences * _THOUSANDTHS).astype(np.uint16)
    return thousandths


def _candidates(read: PostedRead) -> type_candidates:
    if not all(0 <= other.confidence <= 1 for other in read.candidates):
        raise ReadRefused(f"candidates {FIELD_RULES['candidates']}.")
    return tuple((_plate(other.plate), round(other.confidence * _THOUSANDTHS)) for other in read.candidates)


def _event_keys(
    reads: Sequence[PostedRead], plates: Sequence[str], camera_id: str, hashes: RetryHashes
) -> NDArray[np.uint64]:
    keys = hashes.of_events(camera_id, event_ids := [read.event_id for read in reads])
    if all(event_ids):
        return keys
    named = np.array(list(map(bool, event_ids)))
    return np.where(named, keys, hashes.of_plates(camera_id, plates))


def _patches(reads: Sequence[PostedRead]) -> dict[int, bytes]:
    try:
        return {at: check_patch(read.patch) for at, read in enumerate(reads) if read.patch}
    except PatchError as error:
        raise ReadRefused(f"The patch cannot be used: {error}") from error
