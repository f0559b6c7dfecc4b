"""Dahua cameras' CGI events, `eventManager` and `snapManager`, fetched by `streams` since the camera sends them to whoever asks, or handed on by a relay.

Multipart of `key=value` lines and JPEGs, the lines alone, `Code=…;action=…;index=…;data={…}`, or the events' JSON.

| Field (in `Events[n].`, or in an event's `Data`) | Becomes |
|---|---|
| `EventBaseInfo.Code`, `Code` | an event that begins with `Traffic` or names a plate is a read; any other, and `Heartbeat`, a sign of life |
| `Object.Text` where `Object.ObjectType` is `Plate`; else `TrafficCar.PlateNumber` | plate; of another object the text is a make |
| `Object.Confidence` | confidence, 0 to 100 or as the feed's setting says |
| `RealUTC`, `UTC` with `UTCMS` | captured at; where `UTC` is the local time as if it were UTC (`LocaleTime` is the same), that time in the feed's zone |
| `GroupID`, `CountInGroup`, `IndexInGroup` | several pictures of one pass become one read |
| `EventID` with the time | the event's id |
| `TrafficCar.Lane`, `Lane` | lane |
| `TrafficCar.DrivingDirection[0]` | `Approach` is towards the camera, `Leave` away, else the camera's role |
| `TrafficCar.MachineName`, `DeviceAddress` | the camera, where a relay speaks for several |
| `TrafficCar.VehicleColor`, `TrafficCar.VehicleSign`, `Vehicle.Text` | colour, make |
| `CommInfo.Country`, `TrafficCar.Country` | country where it is letters |
| a JPEG with `Object.OriginalBoundingBox` in pixels, else `Object.BoundingBox` in parts of 8192 | what the plate's picture is cut from, where the message is of one event |

Source: captures and public integrations, no camera of ours; ../shared/vendor-events.md. Not used: `Speed`, `PTS`, `PlateColor`, `PlateType`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from turnpike.ingest.stream_settings import STREAM_CHOICE, STREAM_SETTINGS, stream_camera_of
from turnpike.ingest.vendor_countries import country_of
from turnpike.ingest.vendor_dahua import CONFIDENCE_SETTING, cut_picture, dahua_confidence, direction_of
from turnpike.ingest.vendor_messages import (
    MAX_SIGHTINGS,
    AdapterReply,
    CameraSetting,
    Fault,
    NotUnderstood,
    Phase,
    Sighting,
    Understood,
)
from turnpike.ingest.vendor_parts import parts_of, tree_of_json, tree_of_lines
from turnpike.ingest.vendor_tree import NONE
from turnpike.ingest.vendor_values import instant_of, number_of, text_of, zone_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from turnpike.ingest.vendor_messages import Picture, VendorMessage
    from turnpike.ingest.vendor_parts import Part
    from turnpike.ingest.vendor_tree import Element

_CODE_LINE = re.compile(rb"\s*Code=([A-Za-z0-9_]{1,64});", re.IGNORECASE)
_DATA = b"data="
_NO_TIME = "The event has no time that can be read in RealUTC, UTC or LocaleTime."
_MAX_TURN_H = 24


class DahuaCgi:
    """CGI events."""

    name = "dahua-cgi"
    title = "Dahua (CGI events)"
    settings: Mapping[str, str] = {**STREAM_SETTINGS, **STREAM_CHOICE, **CONFIDENCE_SETTING}
    on_the_camera: Sequence[CameraSetting] = (
        CameraSetting(
            "Camera: System > Account: a user of Turnpike's own, which may see live events and nothing else",
            "its name and password go into this feed's settings, with the camera's address",
        ),
        CameraSetting("Camera: Event > Traffic > Snapshot", "TrafficJunction, on"),
        CameraSetting("Camera: System > Time: NTP", "on"),
        CameraSetting("Or a relay of your own, which posts each event to", "{url}"),
    )

    def check(self, settings: Mapping[str, str]) -> None:
        """As `ChecksSettings`."""
        stream_camera_of(self.name, settings)

    def understand(self, message: VendorMessage) -> Understood:
        """As `Adapter`."""
        parts = parts_of(message)
        is_beat, events = _events(parts)
        told = [event for event in events if _is_of_vehicle(event)]
        if not told:
            if is_beat or events:
                return Understood(
                    alive=[camera] if (camera := _camera(events[0] if events else NONE)) else ()
                )
            raise NotUnderstood("The message holds no event of a Dahua camera.")
        if len(told) > MAX_SIGHTINGS:
            raise NotUnderstood(f"The message holds over {MAX_SIGHTINGS} events.")
        jpegs = [part.content for part in parts if part.is_jpeg]
        zone, sightings, faults = zone_of(message.time_zone), [], []
        for event in told:
            captured_at = _captured_at(event, zone)
            if captured_at is None:
                faults.append(Fault(_NO_TIME, _camera(event)))
                continue
            # Which picture is of which of several events is not said.
            shown = cut_picture(jpegs[0], event.at("Object")) if jpegs and len(told) == 1 else None
            sightings.append(_sighting(event, captured_at, message, shown))
        return Understood(sightings, faults)

    def reply(self, message: VendorMessage) -> AdapterReply:
        """As `Adapter`."""
        del message
        return AdapterReply()


def _events(parts: Sequence[Part]) -> tuple[bool, list[Element]]:
    """Whether there was a heartbeat, and the events."""
    is_beat, events = False, []
    for part in parts:
        if part.is_jpeg:
            continue
        content = part.content
        first = bytes(content[:96]).lstrip(b"\xef\xbb\xbf\0 \t\r\n")
        if first[:9].lower() == b"heartbeat":
            is_beat = True
        elif first[:1] in {b"{", b"["}:
            events += _of_json(tree_of_json(content), "")
        elif (coded := _CODE_LINE.match(first)) is not None:
            text = bytes(content)
            at = text.find(_DATA)
            data = text[at + len(_DATA) :].strip(b"\0 \t\r\n") if at >= 0 else b""
            code = coded[1].decode()
            events += _of_json(tree_of_json(data), code) if data[:1] == b"{" else _of_json(NONE, code)
        else:
            root = tree_of_lines(content)
            events += [child for child in root.children if child.name in {"events", "returnevents"}]
    return is_beat, events


def _of_json(root: Element, code: str) -> list[Element]:
    """The events of a JSON text, wherever in it they are; each is what its `Data` holds, with its code."""
    lists = [element for element in root.within() if element.name in {"events", "eventlist"}]
    found = []
    for event in lists or root.all("item") or [root]:
        data = event.at("Data")
        own = event if data is NONE else data
        known = code or event.value("Code", "EventBaseInfo/Code")
        found.append(type(own)(known.lower() or own.name, "", own.children))
    return found


def _is_of_vehicle(event: Element) -> bool:
    code = event.value("EventBaseInfo/Code", "Code") or event.name
    return code.lower().startswith("traffic") or bool(_plate(event))


def _plate(event: Element) -> str:
    thing = event.at("Object")
    if thing.value("ObjectType").lower() == "plate" and (text := text_of(thing.value("Text"))):
        return text
    return text_of(event.value("TrafficCar/PlateNumber"))


def _camera(event: Element) -> str:
    return text_of(event.value("TrafficCar/MachineName", "TrafficCar/DeviceAddress", "DeviceID"))


def _captured_at(event: Element, zone: tzinfo) -> datetime | None:
    real, written = number_of(event.value("RealUTC")), number_of(event.value("UTC", "TrafficCar/UTC"))
    local = event.value("LocaleTime")
    seconds = real or written
    found = instant_of(seconds, zone) if seconds else None
    if found is None or (not real and instant_of(local, UTC) == found.replace(microsecond=0)):
        found = instant_of(local, zone) or found
    if found is None:
        return None
    ms = number_of(event.value("UTCMS")) or 0
    return found.replace(microsecond=0) + timedelta(milliseconds=ms) if 0 < ms < 1000 else found  # noqa: PLR2004 - a second's


def _sighting(
    event: Element, captured_at: datetime, message: VendorMessage, shown: Picture | None
) -> Sighting:
    thing, car = event.at("Object"), event.at("TrafficCar")
    count, index = number_of(event.value("CountInGroup")) or 0, number_of(event.value("IndexInGroup")) or 0
    group, event_id = text_of(event.value("GroupID")), text_of(event.value("EventID"))
    # The camera counts anew at each start: the hour keeps yesterday's numbers apart.
    of_hour = f"{captured_at:%Y-%m-%d %H}"
    pass_id = f"{group} {of_hour}" if group and count > 1 else ""
    is_plate = thing.value("ObjectType").lower() == "plate"
    return Sighting(
        plate=_plate(event),
        captured_at=captured_at,
        confidence=dahua_confidence(thing.value("Confidence"), message) if is_plate else None,
        source_camera=_camera(event),
        event_id=f"{event_id} {captured_at.isoformat()}" if event_id else "",
        pass_id=pass_id,
        phase=Phase.WHOLE if not pass_id else Phase.ENDED if index >= count else Phase.UPDATE,
        country=country_of(event.value("CommInfo/Country", "TrafficCar/Country")),
        lane=int(number_of(car.value("Lane") or event.value("Lane")) or 0),
        direction=direction_of(car.value("DrivingDirection")),
        colour=text_of(car.value("VehicleColor")),
        make=text_of(car.value("VehicleSign") or event.value("Vehicle/Text")),
        picture=shown,
    )


ADAPTER = DahuaCgi()
