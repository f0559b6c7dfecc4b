"""The seam between what makers of cameras send and Turnpike's reads: what an adapter is given, and what it gives back.

An adapter understands; it looks nothing up, keeps nothing and waits for nothing. So the same message can be understood
again after a fix.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from turnpike.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from turnpike.reads.services import Direction

MAX_SIGHTINGS = 64
"""Most sightings in one message. Source: ours; the largest of the makers' lists holds 50 (BOF compound capture)."""


class NotUnderstood(InputError):
    """The whole message cannot be used; the sentence says why, in our words: none of the message's own text, which may hold a plate."""


class Phase(Enum):
    """What a message tells of a vehicle's pass."""

    WHOLE = "whole"  # all there will be
    NEW = "new"
    UPDATE = "update"
    ENDED = "ended"  # the last of this pass; its plate may be missing


@dataclass(frozen=True, slots=True)
class VendorMessage:
    """One message exactly as it came.

    `topic` is what follows the feed's address in the path, or the MQTT topic. `time_zone` is the IANA name of the zone in
    which the camera writes times that name none. `settings` is what the adapter asks for beside (`Adapter.settings`).
    """

    body: bytes
    received_at: datetime
    content_type: str = ""
    topic: str = ""
    time_zone: str = "UTC"
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlateBox:
    """Where the plate is in a picture, in its pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it came: JPEG of the plate alone, or of more, with the plate's box. Of more only the box is ever kept."""

    content: bytes
    box: PlateBox | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one message says of one vehicle.

    `plate` is as it was written, empty where the camera read none: kept aside with that reason, never dropped. `source_camera` is the maker's
    own name of the camera where one sender speaks for several, and empty else. `event_id` recognises a retry; messages of one pass share
    `pass_id`, and become one read. `confidence` is 0 to 1; None where the camera gives none. `captured_at` is UTC-aware.
    `direction` is empty where the message does not say, for then the camera's own role does. `picture` must be of this very plate.
    """

    plate: str
    captured_at: datetime
    confidence: float | None = None
    source_camera: str = ""
    event_id: str = ""
    pass_id: str = ""
    phase: Phase = Phase.WHOLE
    raw_text: str = ""
    candidates: tuple[tuple[str, float], ...] = ()
    country: str = ""
    lane: int = 0
    direction: Direction = ""
    frames_agreeing: int = 1
    colour: str = ""
    make: str = ""
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A part of a message that cannot be used, the rest being good: a sentence without the message's own text."""

    reason: str
    source_camera: str = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message says. One with neither sighting nor fault says only that its sender lives (`alive`: the makers' names of the cameras, or none)."""

    sightings: Sequence[Sighting] = ()
    faults: Sequence[Fault] = ()
    alive: Sequence[str] = ()
    software: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class AdapterReply:
    """What the camera wants to hear once its message is spooled; status 200."""

    content_type: str = "application/json"
    body: bytes = b"{}"


@dataclass(frozen=True, slots=True)
class CameraSetting:
    """One thing to set on the camera: where, and what, for the feed's page and the guide; `{url}`, `{host}`, `{port}`, `{path}` stand for the feed's own."""

    where: str
    value: str


class Adapter(Protocol):
    """One maker's messages. A module of `adapters/` holds one as `ADAPTER`, its field table in the module's docstring."""

    name: str
    """As in addresses, settings, fixtures and batches: small letters, digits and dashes."""
    title: str
    """As people call it."""
    settings: Mapping[str, str]
    """What it asks for beside the address: name to a sentence for the page. Mostly empty."""
    on_the_camera: Sequence[CameraSetting]

    def understand(self, message: VendorMessage) -> Understood:
        """What the message says; pure, quick, and bounded by the message's size.

        Raises:
            NotUnderstood: it is none of this maker's, or broken.
        """
        ...

    def reply(self, message: VendorMessage) -> AdapterReply:
        """What to answer."""
        ...
