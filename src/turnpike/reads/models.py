"""What goes into the read store and what comes out of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from turnpike.plates.services import PlatePattern
from turnpike.reads.errors import InvalidQuery, InvalidRead
from turnpike.reads.identity import ReadId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from turnpike.reads.columns import Direction, ReadColumns

EVERY_PLATE = PlatePattern("*")
"""For a search by place and time, or for some plates."""

MAX_BATCH_READS = 10_000
"""As many as the setting `batch_max_reads` allows; a slot is 16 bits wide."""
MAX_TEXT_CHARACTERS = 64
"""Longest of each text of a read or a batch. Source: ours; a plate has at most 16."""
MAX_CANDIDATES = 32
_SHA256_BYTES = 32
_DIRECTIONS = ("", "towards", "away")
_PLATE = re.compile(r"[A-Z0-9]{1,16}")
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRead:
    """One vehicle passing one camera, as a source reports it.

    Raises:
        InvalidRead: a value is out of its range. The engine would wrap it silently, so it is refused here.
    """

    plate: str
    """Normalised: 1 to 16 of A-Z and 0-9."""
    raw_text: str
    """As the source gave it; empty reads back as the plate."""
    confidence: float
    """Calibrated, 0 to 1; kept to a thousandth."""
    captured_at: datetime
    """UTC-aware; kept to a millisecond."""
    event_key: int
    """Keyed 64-bit hash of the source's event id: with the camera and `captured_at`, what a retry is recognised by."""
    candidates: tuple[tuple[str, float], ...] = ()
    """Other texts it may be, with the confidence in each, 0 to 1; at most 32."""
    country: str = ""
    lane: int = 0
    """1 to 255; 0 where unknown."""
    direction: Direction = ""
    clock_error_ms: int = 0
    """How far the camera's clock may be out, signed, 32 bits."""
    frames_agreeing: int = 1
    """0 to 65535."""
    colour: str = ""
    make: str = ""
    has_patch: bool = False
    """True where a picture of the plate is kept under this read's id."""

    def __post_init__(self) -> None:
        """Refuse what the store cannot hold."""
        if not _PLATE.fullmatch(self.plate):
            raise InvalidRead("plate must be 1 to 16 characters of A-Z and 0-9.")
        for name in ("raw_text", "country", "colour", "make"):
            _check_text(name, getattr(self, name))
        for text, confidence in self.candidates:
            _check_text("candidates", text)
            _check_confidence("candidates", confidence)
        if len(self.candidates) > MAX_CANDIDATES:
            raise InvalidRead(f"candidates must be at most {MAX_CANDIDATES}.")
        _check_confidence("confidence", self.confidence)
        _check_instant("captured_at", self.captured_at)
        _check_integer("event_key", self.event_key, 0, 2**64 - 1)
        _check_integer("lane", self.lane, 0, 2**8 - 1)
        _check_integer("frames_agreeing", self.frames_agreeing, 0, 2**16 - 1)
        _check_integer("clock_error_ms", self.clock_error_ms, -(2**31), 2**31 - 1)
        if self.direction not in _DIRECTIONS:
            raise InvalidRead("direction must be towards, away or empty.")


@dataclass(frozen=True, slots=True)
class NewBatch:
    """What one camera sent at once, with the facts that its reads share.

    Raises:
        InvalidRead: a value is out of its range.
    """

    camera_id: str
    software: str
    model: str
    adapter: str
    payload_sha256: bytes
    """SHA-256 of the payload as received; 32 bytes."""
    received_at: datetime
    """UTC-aware; kept to a millisecond."""
    reads: tuple[NewRead, ...] | ReadColumns
    """0 to 10,000; as columns where there are many, and then checked by whoever made them."""

    def __post_init__(self) -> None:
        """Refuse what the store cannot hold."""
        for name in ("camera_id", "software", "model", "adapter"):
            _check_text(name, getattr(self, name))
        if not self.camera_id:
            raise InvalidRead("camera_id must not be empty.")
        if len(self.payload_sha256) != _SHA256_BYTES:
            raise InvalidRead(f"payload_sha256 must be {_SHA256_BYTES} bytes.")
        _check_instant("received_at", self.received_at)
        if len(self.reads) > MAX_BATCH_READS:
            raise InvalidRead(f"a batch must hold at most {MAX_BATCH_READS} reads.")


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of one batch: each of its reads was stored now or is there since earlier."""

    batch: int | None
    """The batch's id; None where every read was known."""
    slots: tuple[int, ...]
    """Along the batch's reads: the slot of one that was stored, -1 of one that was known."""
    earlier: Mapping[int, ReadId]
    """Those that were known, by their index, with the id of the read that was there before."""

    @property
    def stored(self) -> tuple[tuple[int, ReadId], ...]:
        """Index and id of each read that was stored."""
        if self.batch is None:
            return ()
        return tuple((at, ReadId(self.batch, slot)) for at, slot in enumerate(self.slots) if slot >= 0)

    @property
    def duplicates(self) -> tuple[tuple[int, ReadId], ...]:
        """Index of each read that was known, and the id of the one before."""
        return tuple(sorted(self.earlier.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRead:
    """One read with its batch's facts; the fields are those of `NewRead` and `NewBatch`."""

    read_id: ReadId
    camera_id: str
    plate: str
    raw_text: str
    confidence: float
    candidates: tuple[tuple[str, float], ...]
    country: str
    lane: int
    direction: Direction
    captured_at: datetime
    clock_error_ms: int
    frames_agreeing: int
    colour: str
    make: str
    has_patch: bool
    received_at: datetime
    software: str
    model: str
    adapter: str


@dataclass(frozen=True, slots=True)
class CameraSpan:
    """What one camera captured in `[captured_from, captured_until)`."""

    camera_id: str
    captured_from: datetime
    captured_until: datetime


@dataclass(frozen=True, slots=True)
class ReadPlace:
    """Where and when a read was made, for those who may know that and not what it reads."""

    camera_id: str
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class ReadQuery:
    """Which reads to find.

    Raises:
        InvalidQuery: the range is empty, or an instant has no time zone.
    """

    pattern: PlatePattern
    captured_from: datetime
    """The first instant that is in the range."""
    captured_until: datetime
    """The first instant after the range."""
    camera_ids: tuple[str, ...] | None = None
    """The only cameras whose reads may be found, so that an empty tuple finds nothing; None for all."""
    withheld: tuple[CameraSpan, ...] = ()
    """What is not searched all the same; nothing of it is fetched or counted."""
    plates: tuple[str, ...] | None = None
    """The only plates that may be found, as of look-alikes; None for all that fit the pattern."""

    def __post_init__(self) -> None:
        """Refuse what is no range."""
        if self.captured_from.tzinfo is None or self.captured_until.tzinfo is None:
            raise InvalidQuery("Give the search's times with their time zone.")
        if self.captured_from >= self.captured_until:
            raise InvalidQuery("The search must begin before it ends; exchange the two times.")


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """What one search may take; the engine enforces each."""

    max_rows: int = 500
    max_seconds: float = 10.0
    max_memory_mb: int = 512
    max_threads: int = 2


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found."""

    rows: tuple[StoredRead, ...]
    """Newest first."""
    truncated: bool
    """True where more rows fit than the limit let through."""
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class CameraCount:
    """What one camera has sent."""

    reads: int
    last_captured_at: datetime
    last_received_at: datetime


@dataclass(frozen=True, slots=True)
class DailyCount:
    """How many reads of one camera are kept of one day; never which."""

    camera_id: str
    day: date
    """By UTC."""
    reads: int


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge took off the disk."""

    reads: int
    dropped_months: int
    """Partitions that were wholly past, and went as a whole."""
    rewritten_months: int
    """Partitions that were written anew without what was past."""
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class Integrity:
    """What `turnpike doctor` is told: the store answered, and this is in it."""

    schema_version: int
    reads: int
    engine_version: str


def _check_text(name: str, text: str) -> None:
    if len(text) > MAX_TEXT_CHARACTERS:
        raise InvalidRead(f"{name} must be at most {MAX_TEXT_CHARACTERS} characters.")
    # A lone surrogate has no UTF-8 form and would spoil a whole commit.
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidRead(f"{name} must be text that UTF-8 can hold.")


def _check_confidence(name: str, confidence: float) -> None:
    if not 0 <= confidence <= 1:  # False for NaN too
        raise InvalidRead(f"{name} must be from 0 to 1.")


def _check_integer(name: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        raise InvalidRead(f"{name} must be from {lowest} to {highest}.")


def _check_instant(name: str, instant: datetime) -> None:
    if instant.tzinfo is None:
        raise InvalidRead(f"{name} must have a time zone.")
    if not _EARLIEST <= instant < _LATEST:
        raise InvalidRead(f"{name} must be from the years 1970 to 2199.")
