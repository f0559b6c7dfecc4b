"""What goes between the worker and the process that understands makers' messages: msgpack, each part with its length before it.

A sighting goes back as a row of values, and instead of its picture with what of it may be kept: the plate's patch.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from turnpike.ingest.vendor_messages import Fault, Phase, Picture, Sighting, Understood, VendorMessage

LENGTH = struct.Struct(">I")
MAX_ANSWER_BYTES = 2**24
"""Source: ours; 64 sightings with patches of at most 64 KiB are a quarter of it."""


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """One message, and the name of the adapter that is to understand it."""

    adapter: str
    body: bytes
    received_at: datetime
    content_type: str
    topic: str
    time_zone: str
    settings: dict[str, str]

    @property
    def message(self) -> VendorMessage:
        """As an adapter takes it."""
        return VendorMessage(
            self.body, self.received_at, self.content_type, self.topic, self.time_zone, self.settings
        )


class SightingRow(msgspec.Struct, frozen=True, array_like=True):
    """A sighting; the fields are those of `Sighting`, and decoding holds each to its type."""

    plate: str
    captured_at: Annotated[datetime, msgspec.Meta(tz=True)]
    confidence: float | None
    source_camera: str
    event_id: str
    pass_id: str
    phase: Phase
    raw_text: str
    candidates: tuple[tuple[str, float], ...]
    country: str
    lane: int
    direction: Literal["", "towards", "away"]
    frames_agreeing: int
    colour: str
    make: str
    patch: bytes | None


class Answered(msgspec.Struct, frozen=True, array_like=True):
    """What one message says; or, where `refusal` is not empty, why it says nothing."""

    refusal: str = ""
    sightings: tuple[SightingRow, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()
    alive: tuple[str, ...] = ()
    software: str = ""
    model: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a message says, each picture in it a plate's patch; `notes` are sentences of ours on what was left out of reads that are good."""

    understood: Understood
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing of a message could be understood: why, in a sentence of ours."""

    reason: str


_encode = msgspec.msgpack.Encoder().encode
_decode_questions = msgspec.msgpack.Decoder(list[Asked]).decode
_decode_answer = msgspec.msgpack.Decoder(Answered).decode


def question(messages: list[Asked]) -> bytes:
    """These messages as one part, without its length."""
    return _encode(messages)


def asked(content: bytes) -> list[Asked]:
    """The messages of a part."""
    return _decode_questions(content)


def answer(answered: Answered) -> bytes:
    """One answer as a part."""
    content = _encode(answered)
    return LENGTH.pack(len(content)) + content


def told(content: bytes | bytearray) -> Told | Refusal:
    """What a part answers.

    Raises:
        msgspec.MsgspecError: it is no answer.
    """
    answered = _decode_answer(content)
    if answered.refusal:
        return Refusal(answered.refusal)
    said = Understood(
        [_sighting(row) for row in answered.sightings],
        [Fault(reason, camera) for reason, camera in answered.faults],
        answered.alive,
        answered.software,
        answered.model,
    )
    return Told(said, answered.notes)


def row_of(sighting: Sighting, patch: bytes | None) -> SightingRow:
    """A sighting as it goes back."""
    return SightingRow(
        sighting.plate, sighting.captured_at, sighting.confidence, sighting.source_camera, sighting.event_id,
        sighting.pass_id, sighting.phase, sighting.raw_text, tuple(sighting.candidates), sighting.country,
        sighting.lane, sighting.direction, sighting.frames_agreeing, sighting.colour, sighting.make, patch,
    )  # fmt: skip


def _sighting(row: SightingRow) -> Sighting:
    return Sighting(
        plate=row.plate,
        captured_at=row.captured_at,
        confidence=row.confidence,
        source_camera=row.source_camera,
        event_id=row.event_id,
        pass_id=row.pass_id,
        phase=row.phase,
        raw_text=row.raw_text,
        candidates=row.candidates,
        country=row.country,
        lane=row.lane,
        direction=row.direction,
        frames_agreeing=row.frames_agreeing,
        colour=row.colour,
        make=row.make,
        picture=None if row.patch is None else Picture(row.patch),
    )
