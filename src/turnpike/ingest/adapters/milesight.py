"""Milesight plate cameras: JSON by HTTP POST from a template that the installer may change; every value is a text.

Source: support.milesight.com, "How to integrate Milesight ANPR camera with back-end software"; names of fields from installers' own receivers, not
confirmed with the maker.

| Field | Becomes |
|---|---|
| `license_plate` | plate |
| `confidence`, 0 to 1 or 0 to 100 | confidence |
| `time`, local where it has no offset | captured at |
| `device_name`, else `camera_id`, `sn`, `mac_address` | the sender's name of the camera |
| `country_region`, two or three letters | country |
| `detection_region`, a number | lane |
| `direction`, else `motion_direction`: approach or away | direction |
| `vehicle_color`, `vehicle_brand` | colour, make |
| `license_plate_snapshot` | the plate's picture |

Other pictures (`vehicle_snapshot`, `full_snapshot`, `violation_snapshot`, `evidence_snapshot0`, `evidence_snapshot1`) show more than the plate and are not
looked at. An event without `license_plate` (vehicle counting, parking) says only that its camera lives. Events of the same plate at the same time
(attributes, lists, violations) are one read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from turnpike.ingest.json_values import NOTHING, jpeg, scalar, whole
from turnpike.ingest.sighting_values import instant_written, plate_of
from turnpike.ingest.vendor_countries import country_of
from turnpike.ingest.vendor_messages import (
    AdapterReply,
    CameraSetting,
    NotUnderstood,
    Picture,
    Sighting,
    Understood,
)
from turnpike.ingest.vendor_values import guessed_confidence_of, number_of, text_of, zone_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from turnpike.ingest.vendor_messages import VendorMessage
    from turnpike.reads.services import Direction

_NO_FIELDS = "The message has none of the fields of Milesight's template; set the template as the feed's page shows it."
_NO_TIME = (
    "The message has no time, or in a form that is not known; set the template's time as year, month, day."
)
_NOT_FILLED = (
    "The camera put no plate in the template's place for it; check the spelling of the template's variables."
)
_MAX_LANE = 16


class _Event(msgspec.Struct):
    event_type: Raw = NOTHING
    event: Raw = NOTHING
    device_name: Raw = NOTHING
    camera_id: Raw = NOTHING
    sn: Raw = NOTHING
    mac_address: Raw = NOTHING
    time: Raw = NOTHING
    license_plate: Raw = NOTHING
    confidence: Raw = NOTHING
    country_region: Raw = NOTHING
    detection_region: Raw = NOTHING
    direction: Raw = NOTHING
    motion_direction: Raw = NOTHING
    vehicle_color: Raw = NOTHING
    vehicle_brand: Raw = NOTHING
    license_plate_snapshot: Raw = NOTHING


class Milesight:
    """Events of Milesight's cameras."""

    name = "milesight"
    title = "Milesight"
    settings: Mapping[str, str] = {}
    on_the_camera: Sequence[CameraSetting] = (
        CameraSetting("Settings, LPR, LPR Management or LPR Notification: HTTP Notification, enabled", "on"),
        CameraSetting("HTTP Notification: HTTP Method", "POST"),
        CameraSetting("HTTP Notification: URL", "{url}"),
        CameraSetting("HTTP Notification: snapshot type", "License Plate alone"),
        CameraSetting("System, Time: synchronise with NTP server", "the address of your time server"),
    )

    def understand(self, message: VendorMessage) -> Understood:
        """As `Adapter`."""
        event = whole(message.body, _Event)
        camera = _first_text(event.device_name, event.camera_id, event.sn, event.mac_address)
        if event.license_plate is NOTHING:
            if event == _Event():
                raise NotUnderstood(_NO_FIELDS)
            return Understood(alive=(camera,))
        plate = plate_of(scalar(event.license_plate))
        if any(mark in plate for mark in "${}<>%"):
            raise NotUnderstood(_NOT_FILLED)
        captured_at = instant_written(scalar(event.time), zone_of(message.time_zone))
        if captured_at is None:
            raise NotUnderstood(_NO_TIME)
        lane, picture = number_of(scalar(event.detection_region)), jpeg(event.license_plate_snapshot)
        sighting = Sighting(
            plate=plate,
            captured_at=captured_at,
            confidence=guessed_confidence_of(scalar(event.confidence)),
            source_camera=camera,
            country=country_of(text_of(scalar(event.country_region))),
            lane=round(lane) if lane is not None and 0 <= lane <= _MAX_LANE else 0,
            direction=_direction(scalar(event.direction)) or _direction(scalar(event.motion_direction)),
            colour=text_of(scalar(event.vehicle_color)),
            make=text_of(scalar(event.vehicle_brand)),
            picture=Picture(picture) if picture else None,
        )
        return Understood([sighting])

    def reply(self, message: VendorMessage) -> AdapterReply:
        """As `Adapter`."""
        del message
        return AdapterReply()


def _first_text(*raws: Raw) -> str:
    return next((text for raw in raws if (text := text_of(scalar(raw)))), "")


def _direction(value: object) -> Direction:
    """Only words that can mean nothing else: "in" and "out" are of the place, not of the camera."""
    word = text_of(value).lower()
    if word.startswith(("approach", "toward", "coming")):
        return "towards"
    return "away" if word.startswith(("away", "leav", "depart")) else ""


ADAPTER = Milesight()
