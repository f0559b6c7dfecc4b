"""Any JSON, by a mapping that the operator writes once.

| Setting | Means |
|---|---|
| `plate`, `captured_at` | path to the value, such as `data.plate` or `results.0.plate`; needed |
| `reads` | path to a list of reads; the other paths then begin at each of them, and those that begin with `^.` at the message |
| `confidence`, `camera`, `event_id`, `country`, `direction`, `colour`, `make`, `lane`, `picture` | path, where there is one |
| `confidence_most` | 1 or 100: what the sender's surest confidence is; told from the value where empty |
| `towards`, `away` | the sender's word for either way of driving; needed with `direction` |

A step of a path is a field's name, or a number: the place in a list, from 0. A field that is missing leaves its value empty; only without a time is nothing taken.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from turnpike.errors import InputError
from turnpike.ingest.json_values import NOTHING, checked, items, jpeg, over_the_most, part, scalar
from turnpike.ingest.sighting_values import country_of_region, identity_of, instant_written, plate_of
from turnpike.ingest.vendor_countries import country_of
from turnpike.ingest.vendor_messages import (
    MAX_SIGHTINGS,
    AdapterReply,
    CameraSetting,
    Fault,
    NotUnderstood,
    Picture,
    Sighting,
    Understood,
)
from turnpike.ingest.vendor_values import (
    confidence_of,
    guessed_confidence_of,
    number_of,
    text_of,
    zone_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from turnpike.ingest.vendor_messages import VendorMessage
    from turnpike.reads.services import Direction

MAX_STEPS = 8
_STEP = re.compile(r"[^.\x00-\x1f]{1,64}")
_PATHS = ("plate", "captured_at", "reads", "confidence", "camera", "event_id", "country", "direction", "colour", "make",
          "lane", "picture")  # fmt: skip
_OF_MESSAGE = "^."
_MAX_LANE = 16
_NO_TIME = "There is no time where the mapping says; check the path of captured_at."
_NO_MAPPING = "The feed has no mapping yet; write on its page where plate and time stand in the message."
_NO_READS = "There is no list where the mapping says; check the path of reads."


class MappingWrong(InputError):
    """A mapping cannot be used; the sentence says which of its settings to change."""


class Generic:
    """JSON objects whose fields a mapping names."""

    name = "json"
    title = "Any JSON, by a mapping"
    settings: Mapping[str, str] = {
        "plate": "Path to the plate, such as data.plate",
        "captured_at": "Path to the time, ISO 8601 or Unix",
        "reads": "Path to the list of reads, where one message has several; else empty",
        "confidence": "Path to the confidence; may be empty",
        "confidence_most": "1 or 100: what the sender's surest confidence is",
        "camera": "Path to the sender's own name of the camera; may be empty",
        "event_id": "Path to an id that a retry repeats; may be empty",
        "country": "Path to the plate's country, two or three letters; may be empty",
        "direction": "Path to the way of driving; may be empty",
        "towards": "What the sender writes for: towards the camera",
        "away": "What the sender writes for: away from the camera",
        "colour": "Path to the vehicle's colour; may be empty",
        "make": "Path to the vehicle's make; may be empty",
        "lane": "Path to the lane's number; may be empty",
        "picture": "Path to the plate's picture, JPEG in base64; may be empty",
    }
    on_the_camera: Sequence[CameraSetting] = (
        CameraSetting("Address to post to", "{url}"),
        CameraSetting("Content type", "application/json"),
    )

    def check(self, settings: Mapping[str, str]) -> None:
        """As `ChecksSettings`; a feed may be opened before its mapping is written, and then takes nothing."""
        if not any(settings.values()):
            return
        for name in ("plate", "captured_at"):
            if not settings.get(name):
                raise MappingWrong(f"Give the path of {name}; without it nothing can be taken.")
        for name in _PATHS:
            path = settings.get(name, "").removeprefix(_OF_MESSAGE)
            steps = path.split(".")
            if path and (len(steps) > MAX_STEPS or not all(map(_STEP.fullmatch, steps))):
                raise MappingWrong(
                    f"The path of {name} cannot be used; write up to {MAX_STEPS} names with dots between, such as data.plate."
                )
        if settings.get("confidence_most", "") not in {"", "1", "100"}:
            raise MappingWrong("Set confidence_most to 1 or 100, or leave it empty.")
        has_words = bool(settings.get("towards") or settings.get("away"))
        if has_words != bool(settings.get("direction")):
            raise MappingWrong("Give the path of direction together with the words for towards or away.")

    def understand(self, message: VendorMessage) -> Understood:
        """As `Adapter`."""
        if not any(message.settings.values()):
            raise NotUnderstood(_NO_MAPPING)
        try:
            self.check(message.settings)
        except MappingWrong as error:
            raise NotUnderstood(str(error)) from error
        content = checked(message.body)
        zone = zone_of(message.time_zone)
        path = message.settings.get("reads", "")
        reads = items(_at(content, path)) if path else [content]
        if path and not reads and not bytes(_at(content, path)).startswith(b"["):
            raise NotUnderstood(_NO_READS)
        found = [_sighting(read, content, message.settings, zone) for read in reads[:MAX_SIGHTINGS]]
        sightings = [one for one in found if one]
        if not path and not sightings:
            raise NotUnderstood(_NO_TIME)
        faults = [Fault(_NO_TIME)] * (len(found) - len(sightings))
        return Understood(sightings, faults=(*faults, *over_the_most(len(reads))))

    def reply(self, message: VendorMessage) -> AdapterReply:
        """As `Adapter`."""
        del message
        return AdapterReply()


def _sighting(read: Raw, content: Raw, settings: Mapping[str, str], zone: tzinfo) -> Sighting | None:
    """None where it has no time."""

    def found(name: str) -> Raw:
        path = settings.get(name, "")
        if path.startswith(_OF_MESSAGE):
            return _at(content, path.removeprefix(_OF_MESSAGE))
        return _at(read, path) if path else NOTHING

    captured_at = instant_written(scalar(found("captured_at")), zone)
    if captured_at is None:
        return None
    confidence, most = scalar(found("confidence")), settings.get("confidence_most", "")
    lane, picture, country = (
        number_of(scalar(found("lane"))),
        jpeg(found("picture")),
        scalar(found("country")),
    )
    return Sighting(
        plate=plate_of(scalar(found("plate"))),
        captured_at=captured_at,
        confidence=confidence_of(confidence, most=float(most)) if most else guessed_confidence_of(confidence),
        source_camera=text_of(scalar(found("camera"))),
        event_id=identity_of(scalar(found("event_id"))),
        country=country_of(text_of(country)) or country_of_region(country),
        lane=round(lane) if lane is not None and 0 <= lane <= _MAX_LANE else 0,
        direction=_direction(text_of(scalar(found("direction"))), settings),
        colour=text_of(scalar(found("colour"))),
        make=text_of(scalar(found("make"))),
        picture=Picture(picture) if picture else None,
    )


def _direction(word: str, settings: Mapping[str, str]) -> Direction:
    if word and word.lower() == settings.get("towards", "").strip().lower():
        return "towards"
    return "away" if word and word.lower() == settings.get("away", "").strip().lower() else ""


def _at(content: Raw, path: str) -> Raw:
    for step in path.split("."):
        within = items(content) if step.isascii() and step.isdigit() else []
        if within:
            content = within[int(step[:9])] if int(step[:9]) < len(within) else NOTHING
        else:
            content = getattr(part(content, _holder(step)), "value", NOTHING)
    return content


@lru_cache(maxsize=1024)
def _holder(step: str) -> type[msgspec.Struct]:
    """A shape with the one field of that name, so that the others cost nothing."""
    return msgspec.defstruct("Holder", [("value", Raw, msgspec.field(name=step, default=NOTHING))])


ADAPTER = Generic()
