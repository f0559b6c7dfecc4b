"""What `POST /api/v1/reads` takes, as msgspec types: a message whole, or its envelope with each read by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

MAX_EVENT_ID_CHARACTERS = 128
MAX_CANDIDATES = 16

type_short = Annotated[str, Meta(max_length=64)]
type_confidence = Annotated[float, Meta(ge=0, le=1)]


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What made the reads: software with its version, and the model that read."""

    software: Annotated[str, Meta(min_length=1, max_length=64)]
    model: type_short = ""


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message. Its reads stay as they came, so that one that is wrong spoils no other."""

    source: Source
    reads: Annotated[list[msgspec.Raw], Meta(min_length=1)]


class SourceLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first of a message's lines."""

    source: Source


class PostedCandidate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Another plate that the reader thought possible."""

    plate: type_short
    confidence: type_confidence


class PostedRead(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One read as posted, which `columns.py` checks further; `raw_text` is the writing as it was seen, where that differs; `patch` the plate's JPEG alone."""

    plate: type_short
    confidence: type_confidence
    captured_at: Annotated[datetime, Meta(tz=True)]
    event_id: Annotated[str, Meta(max_length=MAX_EVENT_ID_CHARACTERS)] = ""
    raw_text: type_short = ""
    camera: type_short = ""
    country: Annotated[str, Meta(max_length=2)] = ""
    lane: Annotated[int, Meta(ge=0, le=16)] = 0
    direction: Literal["towards", "away", ""] = ""
    frames_agreeing: Annotated[int, Meta(ge=1, le=65_535)] = 1
    clock_error_ms: Annotated[int, Meta(ge=-(2**31), lt=2**31)] = 0
    colour: type_short = ""
    make: type_short = ""
    candidates: Annotated[tuple[PostedCandidate, ...], Meta(max_length=MAX_CANDIDATES)] = ()
    patch: bytes = b""


class ReadRow(PostedRead, frozen=True, array_like=True, gc=False):
    """The same as a row of values, in the order of the fields."""


class WholeMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message in which nothing is wrong with any read."""

    source: Source
    reads: Annotated[list[PostedRead], Meta(min_length=1)]


class Claim(msgspec.Struct, frozen=True):
    """As much of a read as is looked at even where the rest cannot be used: whose it says it is."""

    camera: str = ""
    event_id: str = ""


FIELD_RULES = {
    "plate": "must be the text of the plate, at most 64 characters",
    "confidence": "must be a number from 0 to 1",
    "captured_at": "must be an RFC 3339 instant with its zone, such as 2026-01-31T08:15:02.125Z",
    "raw_text": "must be the writing as it was seen, at most 64 characters",
    "event_id": f"must be text of at most {MAX_EVENT_ID_CHARACTERS} characters",
    "camera": "must be the id of the camera that the key belongs to",
    "country": "must be two capital letters (ISO 3166), or be left out",
    "lane": "must be a whole number from 0 (unknown) to 16",
    "direction": "must be towards or away, or be left out",
    "frames_agreeing": "must be a whole number from 1 to 65535",
    "clock_error_ms": "must be a whole number of milliseconds in 32 bits",
    "colour": "must be text of at most 64 characters",
    "make": "must be text of at most 64 characters",
    "candidates": f"must be a list of at most {MAX_CANDIDATES} plates with a confidence from 0 to 1 each",
    "patch": "must be a JPEG in base64",
}
"""What is said of a read whose field is missing or of the wrong kind; it never quotes the read."""


class Quarantined(msgspec.Struct, frozen=True):
    """A read that was put aside, by its place in the message, and why."""

    index: int
    event_id: str
    reason: str


class Answer(msgspec.Struct, frozen=True):
    """What became of each read; `read_ids` runs along the posted reads, null where one was put aside."""

    stored: int
    duplicates: int
    quarantined: tuple[Quarantined, ...]
    read_ids: tuple[str | None, ...]


class Problem(msgspec.Struct, frozen=True):
    """A refusal. Source: RFC 9457."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
