"""Rekor Scout (OpenALPR): the agent's JSON by HTTP POST, and the web server's hooks.

Source: docs.rekor.ai, JSON group results, plate results and heartbeat; direction: discuss.openalpr.com, "Distinguish between vehicle direction".

| Field of `alpr_group` | Becomes |
|---|---|
| `best_plate_number`, else `best_plate.plate` | plate |
| `best_confidence`, 0 to 100 | confidence |
| `best_uuid_epoch_ms`, else `epoch_start` (ms) | captured at |
| `camera_id` | the sender's name of the camera |
| `uuids` with `plate_indexes`, the earliest of them | the pass: a frame's uuid and the plate's place in it name one vehicle |
| `is_preview` | a group whose rest is to come |
| `candidates[].plate`, `.confidence` | candidates, but the plate itself |
| `best_region` with `best_region_confidence` from 50 | country |
| `travel_direction`, degrees, 0 is up, clockwise | direction, but of a parked vehicle |
| `uuids`, how many | frames agreeing |
| `vehicle.color[0].name`, `vehicle.make[0].name` | colour, make |
| `best_plate.plate_crop_jpeg` | the plate's picture, where `best_plate.plate` is the best plate |
| `agent_version` | software |

`alpr_alert` holds such a group under `group`. `vehicle` is a group without a plate. `heartbeat` has `video_streams[].camera_id, is_streaming`. `alpr_results` are
single frames, of which the group tells again: they are taken only where the feed says so, those of one plate in one minute as one pass. `vehicle_crop_jpeg` and
`overview_jpeg` show more than the plate and are not looked at.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from turnpike.ingest.json_values import NOTHING, items, jpeg, over_the_most, part, scalar, whole
from turnpike.ingest.sighting_values import country_of_region, direction_of_angle, identity_of, plate_of
from turnpike.ingest.vendor_messages import (
    MAX_SIGHTINGS,
    AdapterReply,
    CameraSetting,
    Fault,
    NotUnderstood,
    Phase,
    Picture,
    Sighting,
    Understood,
)
from turnpike.ingest.vendor_values import confidence_of, instant_of, number_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from turnpike.ingest.vendor_messages import VendorMessage

_PERCENT = 100.0
_SURE_REGION = 50.0
_MAX_CANDIDATES = 16
_MAX_UUIDS = 4096
_NO_TIME = "The message has no time; check the agent's version."
_NO_VIDEO = "The agent lives and gets video from none of its cameras; look at the cameras and at the agent's settings."


class _Group(msgspec.Struct):
    data_type: Raw = NOTHING
    group: Raw = NOTHING
    agent_version: Raw = NOTHING
    camera_id: Raw = NOTHING
    epoch_start: Raw = NOTHING
    uuids: Raw = NOTHING
    plate_indexes: Raw = NOTHING
    candidates: Raw = NOTHING
    best_plate: Raw = NOTHING
    best_plate_number: Raw = NOTHING
    best_confidence: Raw = NOTHING
    best_region: Raw = NOTHING
    best_region_confidence: Raw = NOTHING
    best_uuid: Raw = NOTHING
    best_uuid_epoch_ms: Raw = NOTHING
    travel_direction: Raw = NOTHING
    is_parked: Raw = NOTHING
    is_preview: Raw = NOTHING
    vehicle: Raw = NOTHING
    # Of single results and heartbeats.
    uuid: Raw = NOTHING
    epoch_time: Raw = NOTHING
    results: Raw = NOTHING
    video_streams: Raw = NOTHING


class _Plate(msgspec.Struct):
    plate: Raw = NOTHING
    confidence: Raw = NOTHING
    region: Raw = NOTHING
    region_confidence: Raw = NOTHING
    candidates: Raw = NOTHING
    plate_crop_jpeg: Raw = NOTHING


class _Named(msgspec.Struct):
    name: Raw = NOTHING


class _Vehicle(msgspec.Struct):
    color: Raw = NOTHING
    make: Raw = NOTHING


class _Stream(msgspec.Struct):
    camera_id: Raw = NOTHING
    is_streaming: Raw = NOTHING


class Rekor:
    """Groups, single results and heartbeats of Rekor's agents."""

    name = "rekor"
    title = "Rekor Scout (OpenALPR)"
    settings: Mapping[str, str] = {
        "single_results": "yes where the agent sends single frames (upload_single_plates) and no groups; else leave empty",
    }
    on_the_camera: Sequence[CameraSetting] = (
        CameraSetting("Agent, alprd.conf: upload_data", "1"),
        CameraSetting("Agent, alprd.conf: upload_address", "{url}"),
        CameraSetting("or web server, Configuration, WebHooks: address", "{url}"),
    )

    def understand(self, message: VendorMessage) -> Understood:
        """As `Adapter`."""
        content = whole(message.body, _Group)
        kind = scalar(content.data_type)
        if kind == "heartbeat":
            return _heartbeat(content)
        if kind == "alpr_results":
            return _results(content, taken=message.settings.get("single_results", "").lower() == "yes")
        if kind == "alpr_alert":
            content = part(content.group, _Group)
        elif kind not in {"alpr_group", "vehicle"}:
            raise NotUnderstood(
                "The message's data_type is none of Rekor's: alpr_group, alpr_results, alpr_alert, vehicle or heartbeat."
            )
        return Understood([_of_group(content)], software=text_of(scalar(content.agent_version)))

    def reply(self, message: VendorMessage) -> AdapterReply:
        """As `Adapter`."""
        del message
        return AdapterReply()


def _of_group(group: _Group) -> Sighting:
    best = part(group.best_plate, _Plate)
    plate = plate_of(scalar(group.best_plate_number)) or plate_of(scalar(best.plate))
    confidence = number_of(scalar(group.best_confidence))
    picture = jpeg(best.plate_crop_jpeg) if plate and text_of(scalar(best.plate)) == plate else None
    frames, vehicle = _frames(group), part(group.vehicle, _Vehicle)
    is_parked = bool(scalar(group.is_parked))
    sure = number_of(scalar(group.best_region_confidence))
    angle = None if is_parked else number_of(scalar(group.travel_direction))
    return Sighting(
        plate=plate,
        captured_at=_instant(group.best_uuid_epoch_ms, group.epoch_start),
        confidence=confidence_of(
            scalar(best.confidence) if confidence is None else confidence, most=_PERCENT
        ),
        source_camera=text_of(scalar(group.camera_id)),
        event_id=identity_of(scalar(group.best_uuid)),
        pass_id=min(frames)[1] if frames else "",
        phase=Phase.UPDATE if scalar(group.is_preview) else Phase.WHOLE,
        candidates=_candidates(group.candidates, plate),
        country=country_of_region(scalar(group.best_region)) if sure is None or sure >= _SURE_REGION else "",
        direction=direction_of_angle(angle, away_at=0, towards_at=180),
        frames_agreeing=max(1, len(frames)),
        colour=_first_name(vehicle.color),
        make=_first_name(vehicle.make),
        picture=Picture(picture) if picture else None,
    )


def _frames(group: _Group) -> list[tuple[int, str]]:
    """Of each frame its time in ms, and the name of this vehicle in it."""
    uuids = [identity_of(scalar(uuid)) for uuid in items(group.uuids)[:_MAX_UUIDS]]
    indexes = [number_of(scalar(index)) for index in items(group.plate_indexes)[:_MAX_UUIDS]]
    frames = []
    for at, uuid in enumerate(uuids):
        ends_in = uuid.rpartition("-")[2]
        time_ms = int(ends_in) if ends_in.isascii() and ends_in.isdigit() else 0
        index = (indexes[at] if at < len(indexes) else None) or 0
        if uuid:
            frames.append((time_ms, f"{uuid} {index:.0f}"))
    return frames


def _results(content: _Group, *, taken: bool) -> Understood:
    camera = text_of(scalar(content.camera_id))
    results = items(content.results)
    if not taken:
        return Understood(alive=(camera,))
    captured_at = _instant(content.epoch_time, NOTHING)
    uuid = identity_of(scalar(content.uuid))
    sightings = [
        _of_result(part(result, _Plate), captured_at, camera, f"{uuid} {at}" if uuid else "")
        for at, result in enumerate(results[:MAX_SIGHTINGS])
    ]
    software = text_of(scalar(content.agent_version))
    return Understood(
        sightings, faults=over_the_most(len(results)), alive=() if sightings else (camera,), software=software
    )


def _of_result(result: _Plate, captured_at: datetime, camera: str, event_id: str) -> Sighting:
    plate, picture = plate_of(scalar(result.plate)), jpeg(result.plate_crop_jpeg)
    sure = number_of(scalar(result.region_confidence))
    return Sighting(
        plate=plate,
        captured_at=captured_at,
        confidence=confidence_of(scalar(result.confidence), most=_PERCENT),
        source_camera=camera,
        event_id=event_id,
        # With its minute, for the same vehicle may come again.
        pass_id=f"{plate.upper()} {captured_at:%Y-%m-%dT%H:%M}" if plate else "",
        phase=Phase.UPDATE,
        candidates=_candidates(result.candidates, plate),
        country=country_of_region(scalar(result.region)) if sure is None or sure >= _SURE_REGION else "",
        picture=Picture(picture) if picture else None,
    )


def _heartbeat(content: _Group) -> Understood:
    streams = [part(stream, _Stream) for stream in items(content.video_streams)[:MAX_SIGHTINGS]]
    # An agent that does not say whether there is video has it.
    streaming = [stream for stream in streams if scalar(stream.is_streaming) is not False]
    software = text_of(scalar(content.agent_version))
    if streams and not streaming:
        return Understood(faults=[Fault(_NO_VIDEO)], software=software)
    alive = tuple(text_of(scalar(stream.camera_id)) for stream in streaming)
    return Understood(alive=alive, software=software)


def _instant(first: Raw, second: Raw) -> datetime:
    captured_at = instant_of(scalar(first), UTC) or instant_of(scalar(second), UTC)
    if captured_at is None or not captured_at.timestamp():
        raise NotUnderstood(_NO_TIME)
    return captured_at


def _candidates(raw: Raw, plate: str) -> tuple[tuple[str, float], ...]:
    found = []
    for one in items(raw)[: _MAX_CANDIDATES + 1]:
        candidate = part(one, _Plate)
        text = plate_of(scalar(candidate.plate))
        confidence = confidence_of(scalar(candidate.confidence), most=_PERCENT)
        if text and text.upper() != plate.upper() and confidence is not None:
            found.append((text, confidence))
    return tuple(found[:_MAX_CANDIDATES])


def _first_name(raw: Raw) -> str:
    named = items(raw)
    return text_of(scalar(part(named[0], _Named).name)) if named else ""


ADAPTER = Rekor()
