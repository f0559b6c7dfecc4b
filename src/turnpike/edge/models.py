"""What the roadside says to the centre: the body of `POST /api/v1/reads`, and its answer."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from turnpike.recognition import services as recognition


class Candidate(msgspec.Struct, frozen=True):
    """Another text that the plate may have, and how likely it is (0-1)."""

    plate: str
    confidence: float


class PostedRead(msgspec.Struct, frozen=True, omit_defaults=True):
    """One read as it is posted: `plate` as recognition settled it, `raw_text` as it was seen.

    `captured_at` is RFC 3339 in UTC, `patch` the plate's JPEG in base64; `lane` is 0, and the others empty, where they cannot be told.
    """

    event_id: str
    plate: str
    confidence: float
    captured_at: str
    raw_text: str = ""
    country: str = ""
    frames_agreeing: int = 1
    lane: int = 0
    direction: recognition.Direction = ""
    colour: str = ""
    make: str = ""
    candidates: tuple[Candidate, ...] = ()
    patch: str = ""


class Source(msgspec.Struct, frozen=True):
    """What made the reads: software and model, each with its version."""

    software: str
    model: str


class PostedBatch(msgspec.Struct, frozen=True):
    """One post: reads already encoded, as they lie in the outbox."""

    source: Source
    reads: list[msgspec.Raw]


class QuarantinedRead(msgspec.Struct, frozen=True):
    """A read that the centre kept aside, and why."""

    index: int
    reason: str


class BatchAnswer(msgspec.Struct, frozen=True):
    """What the centre did with a batch."""

    stored: int
    duplicates: int
    quarantined: list[QuarantinedRead] = []


@dataclass(frozen=True, slots=True)
class WaitingRead:
    """One encoded read in the outbox, under its place in the queue."""

    position: int
    model: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which frames of a video are read: one each `every_s` seconds, at most `frames` of them (None: no cap)."""

    every_s: float
    frames: int | None
