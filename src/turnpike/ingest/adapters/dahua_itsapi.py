"""Dahua traffic cameras by ITSAPI: posts to `/NotificationInfo/TollgateInfo`, `/KeepAlive` and `/DeviceInfo`.

JSON with pictures in base64, multipart of JSON and a JPEG, or XML of the same names. A message is sent again until the answer has `"result":"true"`.

| Field | Becomes |
|---|---|
| `Picture/Plate/PlateNumber` | plate; none where `IsExist` is false |
| `Picture/Plate/Confidence` | confidence, 0 to 100 or as the feed's setting says |
| `Picture/SnapInfo/AccurateTime`, `SnapTime` | captured at, in the feed's time zone where it names none |
| `Picture/SnapInfo/Direction` | `Approach`, `Obverse` are towards the camera, `Leave`, `Reverse` away, else the camera's role |
| `Picture/SnapInfo/LanNo`, `Lane`, `LaneNumber` | lane |
| `Picture/SnapInfo/DeviceID` | the camera, where one sender speaks for several |
| `Picture/Vehicle/VehicleColor`, `VehicleSign` | colour, make |
| `Picture/Plate/Region` | country where it is letters |
| `Picture/CutoutPic/Content` | the plate's picture |
| `Picture/NormalPic/Content` with `Plate/BoundingBox` | else what the plate's picture is cut from, the box in parts of 8192 |

No event id: a repeat is known by plate and time. Source: public integrations, no camera of ours; ../shared/vendor-events.md. Not used: `TimeZone`,
which is a number in a list of the maker's own, `PlateColor`, `AllowUser`, `BlockUser`, `UploadNum`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike.ingest.vendor_countries import country_of
from turnpike.ingest.vendor_dahua import CONFIDENCE_SETTING, cut_picture, dahua_confidence, direction_of
from turnpike.ingest.vendor_messages import (
    AdapterReply,
    CameraSetting,
    NotUnderstood,
    Sighting,
    Understood,
)
from turnpike.ingest.vendor_parts import parts_of, tree_of_json, tree_of_xml
from turnpike.ingest.vendor_pictures import picture
from turnpike.ingest.vendor_tree import NONE
from turnpike.ingest.vendor_values import instant_of, number_of, picture_of, text_of, zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.ingest.vendor_messages import Picture, VendorMessage
    from turnpike.ingest.vendor_parts import Part
    from turnpike.ingest.vendor_tree import Element

_SIGNS_OF_LIFE = ("keepalive", "deviceinfo", "heartbeat", "register")
# Firmware differs in the name and in the kind of its value.
_REPLY = b'{"Result":true,"result":"true","Message":"OK"}'


class DahuaItsapi:
    """ITSAPI notifications."""

    name = "dahua-itsapi"
    title = "Dahua (ITSAPI)"
    settings = CONFIDENCE_SETTING
    on_the_camera: Sequence[CameraSetting] = (
        CameraSetting("Network > Platform Access > ITSAPI: Enable", "on"),
        CameraSetting("Platform server", "{host}"),
        CameraSetting("Port", "{port}"),
        CameraSetting("Upload path, where the camera has the field", "{path}/NotificationInfo/TollgateInfo"),
        CameraSetting("User name and password, where it has no such field", "those of this feed"),
        CameraSetting("Upload content", "ANPR, with the plate's picture (cutout) alone"),
        CameraSetting("Heartbeat", "on, every 30 seconds"),
    )

    def understand(self, message: VendorMessage) -> Understood:
        """As `Adapter`."""
        parts = parts_of(message)
        if not message.body.strip(b"\0 \t\r\n") and _is_sign_of_life(message):
            return Understood()
        root = _root(parts)
        # With or without the wrapper.
        event = root.first("Picture")
        event = root if event is NONE else event
        snap, plate, vehicle = event.at("SnapInfo"), event.at("Plate"), event.at("Vehicle")
        camera = text_of(snap.value("DeviceID") or root.first("DeviceID").text)
        if plate is NONE and (_is_sign_of_life(message) or root.first("Active", "DeviceModel") is not NONE):
            return Understood(alive=[camera], model=text_of(root.first("DeviceModel").text))
        if plate is NONE and snap is NONE:
            raise NotUnderstood(
                "The message has neither a plate nor the facts of a snap; send TollgateInfo here."
            )
        captured_at = instant_of(snap.value("AccurateTime", "SnapTime"), zone_of(message.time_zone))
        if captured_at is None:
            raise NotUnderstood("The event has no time that can be read in AccurateTime or SnapTime.")
        is_there = plate.value("IsExist").lower() not in {"false", "0"}
        return Understood(
            [
                Sighting(
                    plate=text_of(plate.value("PlateNumber")) if is_there else "",
                    captured_at=captured_at,
                    confidence=dahua_confidence(plate.value("Confidence"), message),
                    source_camera=camera,
                    country=country_of(plate.value("Region")),
                    lane=int(number_of(snap.value("LanNo", "Lane", "LaneNumber")) or 0),
                    direction=direction_of(snap.value("Direction")),
                    colour=text_of(vehicle.value("VehicleColor")),
                    make=text_of(vehicle.value("VehicleSign")),
                    picture=_picture(parts, event),
                )
            ]
        )

    def reply(self, message: VendorMessage) -> AdapterReply:
        """As `Adapter`."""
        del message
        return AdapterReply(body=_REPLY)


def _is_sign_of_life(message: VendorMessage) -> bool:
    return any(word in message.topic.lower() for word in _SIGNS_OF_LIFE)


def _root(parts: Sequence[Part]) -> Element:
    for part in parts:
        first = bytes(part.content[:64]).lstrip(b"\xef\xbb\xbf\0 \t\r\n")[:1]
        if first in {b"{", b"["}:
            return tree_of_json(part.content)
        if first == b"<":
            return tree_of_xml(part.content)
    raise NotUnderstood("The message has neither JSON nor XML in it.")


def _picture(parts: Sequence[Part], event: Element) -> Picture | None:
    cutout = picture_of(event.at("CutoutPic").value("Content"))
    if cutout and (found := picture(cutout)):
        return found
    whole: bytes | memoryview | None = picture_of(event.at("NormalPic").value("Content"))
    if not whole:
        jpegs = [part.content for part in parts if part.is_jpeg]
        whole = jpegs[0] if len(jpegs) == 1 else None
    return cut_picture(whole, event.at("Plate")) if whole else None


ADAPTER = DahuaItsapi()
