"""Plate Recognizer Stream, and Snapshot's web hooks: JSON, or a form with the JSON and the picture.

Source: guides.platerecognizer.com, Stream "Webhooks and Outputs" and Snapshot "Webhooks".

| Field | Becomes |
|---|---|
| `data.results[].plate`; or `.plate.props.plate[0].value` | plate |
| `.score`, 0 to 1; or `.plate.props.plate[0].score` | confidence |
| `data.timestamp_local` where it has an offset, else `data.timestamp` (UTC) | captured at |
| `data.camera_id`, else `hook.id` | the sender's name of the camera |
| `data.filename` and the place in `results` | event id |
| `.candidates[].plate`, `.score` | candidates, where they have a score |
| `.region.code` with `.score` from 0.5 | country |
| `.direction`, degrees of the unit circle: 90 is up, 270 down | direction |
| `.orientation[0]` Front or Rear, where there is no angle | direction |
| `.color[0].color`, `.model_make[0].make`; or `.vehicle.props` | colour, make |
| the form's `upload` and `.box` | the plate's picture, cut out |

The picture is the frame, or the vehicle alone (`image_type`): then it has the size of `.vehicle.box`, and the plate's box is moved into it. A
box that lies in neither is not cut. An event without `results` says only that its camera lives.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from turnpike.ingest.json_values import NOTHING, items, over_the_most, part, scalar, whole
from turnpike.ingest.sighting_values import (
    country_of_region,
    direction_of_angle,
    identity_of,
    instant_written,
    plate_of,
)
from turnpike.ingest.vendor_messages import (
    MAX_SIGHTINGS,
    AdapterReply,
    CameraSetting,
    NotUnderstood,
    Picture,
    Sighting,
    Understood,
)
from turnpike.ingest.vendor_parts import parts_of
from turnpike.ingest.vendor_pictures import jpeg_size, picture, scaled_box
from turnpike.ingest.vendor_values import confidence_of, number_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from turnpike.ingest.vendor_messages import VendorMessage
    from turnpike.reads.services import Direction

_SURE = 0.5
_SAME_PX = 2
_EDGES = 4
_MAX_CANDIDATES = 16
_OFFSET = re.compile(r"\d(?:[Zz]|[+-]\d\d:?\d\d)\s*$")
_NO_DATA = "The message holds neither data nor results; check that it is Stream's web hook."
_NO_TIME = "The message has no time; check the version of Stream."


class _Message(msgspec.Struct):
    hook: Raw = NOTHING
    data: Raw = NOTHING


class _Hook(msgspec.Struct):
    id: Raw = NOTHING
    event: Raw = NOTHING


class _Data(msgspec.Struct):
    camera_id: Raw = NOTHING
    filename: Raw = NOTHING
    timestamp: Raw = NOTHING
    timestamp_local: Raw = NOTHING
    results: Raw = NOTHING


class _Result(msgspec.Struct):
    plate: Raw = NOTHING
    score: Raw = NOTHING
    box: Raw = NOTHING
    region: Raw = NOTHING
    candidates: Raw = NOTHING
    vehicle: Raw = NOTHING
    model_make: Raw = NOTHING
    color: Raw = NOTHING
    orientation: Raw = NOTHING
    direction: Raw = NOTHING


class _Thing(msgspec.Struct):
    """A plate or a vehicle with its properties."""

    box: Raw = NOTHING
    props: Raw = NOTHING


class _Props(msgspec.Struct):
    plate: Raw = NOTHING
    region: Raw = NOTHING
    make_model: Raw = NOTHING
    color: Raw = NOTHING
    orientation: Raw = NOTHING


class _Value(msgspec.Struct):
    """One of several, the surest first; which field has its text depends on what it is."""

    value: Raw = NOTHING
    plate: Raw = NOTHING
    code: Raw = NOTHING
    make: Raw = NOTHING
    color: Raw = NOTHING
    orientation: Raw = NOTHING
    score: Raw = NOTHING


class _Box(msgspec.Struct):
    xmin: Raw = NOTHING
    ymin: Raw = NOTHING
    xmax: Raw = NOTHING
    ymax: Raw = NOTHING


class PlateRecognizer:
    """Web hooks of Plate Recognizer."""

    name = "plate-recognizer"
    title = "Plate Recognizer Stream"
    settings: Mapping[str, str] = {}
    on_the_camera: Sequence[CameraSetting] = (
        CameraSetting("Stream, config.ini: webhook_targets", "the name of the section below"),
        CameraSetting("Stream, config.ini: [webhooks], url", "{url}"),
        CameraSetting("Stream, config.ini: [webhooks], image", "yes"),
        CameraSetting("Stream, config.ini: [webhooks], image_type", "original"),
    )

    def understand(self, message: VendorMessage) -> Understood:
        """As `Adapter`."""
        parts = parts_of(message)
        upload = next((one.content for one in parts if one.is_jpeg), b"")
        written = next((one for one in parts if one.name == "json"), parts[0]) if parts else None
        envelope = whole(bytes(written.content) if written else b"", _Message)
        hook = part(envelope.hook, _Hook)
        data = part(envelope.data, _Data)
        camera = text_of(scalar(data.camera_id)) or text_of(scalar(hook.id))
        if data.results is NOTHING:
            if envelope.data is NOTHING and envelope.hook is NOTHING:
                raise NotUnderstood(_NO_DATA)
            return Understood(alive=(camera,))
        results = items(data.results)
        if not results:
            return Understood(alive=(camera,))
        captured_at = _captured_at(data)
        filename = identity_of(scalar(data.filename))
        shown = picture(upload)
        sightings = [
            _sighting(part(one, _Result), captured_at, camera, f"{filename} {at}" if filename else "", shown)
            for at, one in enumerate(results[:MAX_SIGHTINGS])
        ]
        return Understood(sightings, faults=over_the_most(len(results)))

    def reply(self, message: VendorMessage) -> AdapterReply:
        """As `Adapter`."""
        del message
        return AdapterReply()


def _captured_at(data: _Data) -> datetime:
    """The local time says its offset or is of no use: the other is UTC, whether it says so or not."""
    local = scalar(data.timestamp_local)
    has_offset = isinstance(local, str) and _OFFSET.search(local) is not None
    captured_at = (instant_written(local) if has_offset else None) or instant_written(
        scalar(data.timestamp), UTC
    )
    if captured_at is None:
        raise NotUnderstood(_NO_TIME)
    return captured_at


def _sighting(
    result: _Result, captured_at: datetime, camera: str, event_id: str, shown: Picture | None
) -> Sighting:
    thing, vehicle = part(result.plate, _Thing), part(result.vehicle, _Thing)
    props, looks = part(thing.props, _Props), part(vehicle.props, _Props)
    read = _first(props.plate)
    plate = plate_of(scalar(result.plate)) or plate_of(scalar(read.value))
    score = scalar(result.score) if read.value is NOTHING else scalar(read.score)
    region = part(result.region, _Value) if result.region is not NOTHING else _first(props.region)
    code = scalar(region.code) if region.code is not NOTHING else scalar(region.value)
    sure = number_of(scalar(region.score))
    colour, make = _first(result.color), _first(result.model_make)
    return Sighting(
        plate=plate,
        captured_at=captured_at,
        confidence=confidence_of(score, most=1.0),
        source_camera=camera,
        event_id=event_id,
        candidates=_candidates(items(result.candidates) or items(props.plate), plate),
        country=country_of_region(code) if sure is None or sure >= _SURE else "",
        direction=_direction(result, looks),
        colour=text_of(scalar(colour.color)) or text_of(scalar(_first(looks.color).value)),
        make=text_of(scalar(make.make)) or text_of(scalar(_first(looks.make_model).make)),
        picture=_cut(shown, result.box if thing.box is NOTHING else thing.box, vehicle.box),
    )


def _candidates(raws: Sequence[Raw], plate: str) -> tuple[tuple[str, float], ...]:
    found = []
    for raw in raws[: _MAX_CANDIDATES + 1]:
        one = part(raw, _Value)
        text = plate_of(scalar(one.plate)) or plate_of(scalar(one.value))
        confidence = confidence_of(scalar(one.score), most=1.0)
        if text and text.upper() != plate.upper() and confidence is not None:
            found.append((text, confidence))
    return tuple(found[:_MAX_CANDIDATES])


def _direction(result: _Result, looks: _Props) -> Direction:
    angle = number_of(scalar(result.direction))
    if angle is not None:
        return direction_of_angle(angle, away_at=90, towards_at=270)
    seen = _first(result.orientation if result.orientation is not NOTHING else looks.orientation)
    side = text_of(scalar(seen.orientation)) or text_of(scalar(seen.value))
    if (number_of(scalar(seen.score)) or 0) < _SURE:
        return ""
    if side.lower() == "front":
        return "towards"
    return "away" if side.lower() == "rear" else ""


def _cut(shown: Picture | None, plate: Raw, vehicle: Raw) -> Picture | None:
    size = jpeg_size(shown.content) if shown else None
    edges, around = _edges(plate), _edges(vehicle)
    if shown is None or size is None or len(edges) < _EDGES:
        return None
    if len(around) == _EDGES and _is_size(size, around):
        edges = [edge - around[at % 2] for at, edge in enumerate(edges)]
    box = scaled_box(edges, size)
    return Picture(shown.content, box) if box else None


def _edges(raw: Raw) -> list[float]:
    """Left, top, right and bottom; fewer where the message does not say all."""
    box = part(raw, _Box)
    numbers = (number_of(scalar(edge)) for edge in (box.xmin, box.ymin, box.xmax, box.ymax))
    return [number for number in numbers if number is not None]


def _is_size(size: tuple[int, int], edges: Sequence[float]) -> bool:
    left, top, right, bottom = edges
    return abs(size[0] - (right - left)) <= _SAME_PX and abs(size[1] - (bottom - top)) <= _SAME_PX


def _first(raw: Raw) -> _Value:
    found = items(raw)
    return part(found[0], _Value) if found else _Value()


ADAPTER = PlateRecognizer()
