"""Frigate, from version 0.16: the JSON that it publishes by MQTT, and that a bridge may post.

Source: docs.frigate.video, MQTT and License Plate Recognition.

| Field of `PREFIX/events`, under `after` | Becomes |
|---|---|
| `recognized_license_plate` | plate |
| `recognized_license_plate_score`, 0 to 1 | confidence |
| `frame_time`, else `start_time` (Unix seconds) | captured at |
| `camera` | the sender's name of the camera |
| `id` | the pass, with `type` new, update or end |
| `label` | only vehicles are looked at |

| Field of `PREFIX/tracked_object_update` with `type` lpr | Becomes |
|---|---|
| `plate`, `score`, `timestamp`, `camera`, `id` | as above; one without a plate says only that a camera lives |

A plate that Frigate knows is there beside its name, in `plate`; where an event ends with such a name in `sub_label` and no plate, that is told and not left out.
Neither topic carries a picture or a way of driving.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from turnpike.ingest.json_values import NOTHING, items, part, scalar, whole
from turnpike.ingest.mqtt_settings import MQTT_SETTINGS, broker_of
from turnpike.ingest.sighting_values import identity_of, plate_of
from turnpike.ingest.vendor_messages import (
    AdapterReply,
    CameraSetting,
    NotUnderstood,
    Phase,
    Sighting,
    Understood,
)
from turnpike.ingest.vendor_values import confidence_of, instant_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from turnpike.ingest.vendor_messages import VendorMessage

_VEHICLES = frozenset(
    {"car", "truck", "bus", "motorcycle", "school_bus", "garbage_truck", "van", "vehicle", "license_plate"}
)
_PHASES = {"new": Phase.NEW, "update": Phase.UPDATE, "end": Phase.ENDED}
_NEITHER = "The message is neither an event of Frigate nor an update of a tracked object; subscribe to events and tracked_object_update."
_NO_TIME = "The event has no time; check the version of Frigate."


class _Message(msgspec.Struct):
    type: Raw = NOTHING
    after: Raw = NOTHING
    id: Raw = NOTHING
    camera: Raw = NOTHING
    plate: Raw = NOTHING
    score: Raw = NOTHING
    timestamp: Raw = NOTHING


class _Event(msgspec.Struct):
    id: Raw = NOTHING
    camera: Raw = NOTHING
    label: Raw = NOTHING
    sub_label: Raw = NOTHING
    false_positive: Raw = NOTHING
    frame_time: Raw = NOTHING
    start_time: Raw = NOTHING
    recognized_license_plate: Raw = NOTHING
    recognized_license_plate_score: Raw = NOTHING


class Frigate:
    """Events and plate updates of Frigate."""

    name = "frigate"
    title = "Frigate (MQTT)"
    settings: Mapping[str, str] = MQTT_SETTINGS
    on_the_camera: Sequence[CameraSetting] = (
        CameraSetting("Frigate, config.yml: lpr, enabled", "true"),
        CameraSetting(
            "Frigate, config.yml: mqtt, host and port", "your broker's, the same as in this feed's settings"
        ),
        CameraSetting("Frigate, config.yml: mqtt, qos (where your version has it)", "1"),
    )

    def check(self, settings: Mapping[str, str]) -> None:
        """As `ChecksSettings`."""
        broker_of(settings)

    def understand(self, message: VendorMessage) -> Understood:
        """As `Adapter`."""
        content = whole(message.body, _Message)
        kind = scalar(content.type)
        if kind in _PHASES and content.after is not NOTHING:
            return _of_event(part(content.after, _Event), _PHASES[str(kind)])
        if kind == "lpr":
            return _of_update(content)
        if isinstance(kind, str) and message.topic.rpartition("/")[2] == "tracked_object_update":
            # A face, a description or a class of another object: of these nothing is looked at.
            return Understood(alive=(text_of(scalar(content.camera)),))
        raise NotUnderstood(_NEITHER)

    def reply(self, message: VendorMessage) -> AdapterReply:
        """As `Adapter`."""
        del message
        return AdapterReply()


def _of_event(event: _Event, phase: Phase) -> Understood:
    camera = text_of(scalar(event.camera))
    plate, score = _with_score(event.recognized_license_plate, event.recognized_license_plate_score)
    is_known = bool(_with_score(event.sub_label, NOTHING)[0])
    is_vehicle = text_of(scalar(event.label)) in _VEHICLES
    told = plate or (is_vehicle and is_known and phase is Phase.ENDED)
    if not told or scalar(event.false_positive) is True:
        return Understood(alive=(camera,))
    return _understood(plate, score, camera, event.id, (event.frame_time, event.start_time), phase)


def _of_update(update: _Message) -> Understood:
    camera = text_of(scalar(update.camera))
    plate = plate_of(scalar(update.plate))
    if not plate:
        # So Frigate says that a camera sees no vehicle any more.
        return Understood(alive=(camera,))
    return _understood(plate, scalar(update.score), camera, update.id, (update.timestamp,), Phase.UPDATE)


def _understood(
    plate: str, score: object, camera: str, object_id: Raw, times: Sequence[Raw], phase: Phase
) -> Understood:
    captured_at = next((at for time in times if (at := instant_of(scalar(time), UTC))), None)
    if captured_at is None:
        raise NotUnderstood(_NO_TIME)
    pass_id = identity_of(scalar(object_id))
    sighting = Sighting(
        plate=plate,
        captured_at=captured_at,
        confidence=confidence_of(score, most=1.0),
        source_camera=camera,
        event_id=pass_id,
        pass_id=pass_id,
        phase=phase,
    )
    return Understood([sighting])


def _with_score(raw: Raw, score: Raw) -> tuple[str, object]:
    """A text with its score beside it, or both as a list, as some versions write it."""
    both = items(raw)
    if len(both) == 2:  # noqa: PLR2004 - the text and its score
        return plate_of(scalar(both[0])), scalar(both[1])
    return plate_of(scalar(raw)), scalar(score)


ADAPTER = Frigate()
