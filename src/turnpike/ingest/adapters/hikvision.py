"""Hikvision cameras and recorders: ISAPI `EventNotificationAlert`, as "alarm server" or "HTTP listening" sends it,
or as `streams` fetches it.

Multipart of `anpr.xml` and JPEGs, the XML alone, or the same as JSON. Two namespaces (hikvision.com, isapi.org): local names alone count.

| Field | Becomes |
|---|---|
| `eventType` | `ANPR` is a read; any other event is a sign of life |
| `dateTime` | captured at, with its offset, or of the feed's time zone |
| `ANPR/pictureInfoList/pictureInfo/absTime` | the same to the millisecond, where it is within a minute of it |
| `UUID` | with the time the event's id: makers' UUIDs count from 1970 at each start and come again |
| `ANPR/licensePlate`, `originalLicensePlate` | plate; the text as it was read |
| `ANPR/confidenceLevel` | confidence, 0 to 100 |
| `ANPR/line`, `laneNo`, `lane` | lane |
| `ANPR/direction` | `forward` is towards the camera, `reverse` away, else the camera's role |
| `ANPR/vehicleInfo/color` | colour; `vehicleLogoRecog` is a number of the maker's own and is left out |
| `ANPR/country` | country where it is letters; the maker's own number is left out |
| `licensePlatePicture.jpg` | the plate's picture |
| `detectionPicture.jpg` with `plateRect` | else what the plate's picture is cut from; the box is in thousandths of the picture |
| `channelID`, or what the feed's setting names | the camera, where a recorder speaks for several |

Source: captures and public integrations, no camera of ours; ../shared/vendor-events.md. Not used: `plateCharBelieve`, `plateColor`, `speedLimit`,
`vehicleInfo/speed`, `listType`, `vehicelRect`, GPS.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from turnpike.ingest.stream_settings import STREAM_SETTINGS, stream_camera_of
from turnpike.ingest.vendor_countries import country_of
from turnpike.ingest.vendor_messages import (
    AdapterReply,
    CameraSetting,
    NotUnderstood,
    Sighting,
    Understood,
)
from turnpike.ingest.vendor_parts import parts_of, tree_of_json, tree_of_xml
from turnpike.ingest.vendor_pictures import jpeg_size, picture, scaled_box
from turnpike.ingest.vendor_tree import NONE
from turnpike.ingest.vendor_values import confidence_of, instant_of, number_of, text_of, zone_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from turnpike.ingest.vendor_messages import Picture, VendorMessage
    from turnpike.ingest.vendor_parts import Part
    from turnpike.ingest.vendor_tree import Element
    from turnpike.reads.services import Direction

_DIRECTIONS: Mapping[str, Direction] = {"forward": "towards", "reverse": "away"}
_NAMED_BY = {"channelid", "channelname", "deviceid", "deviceuuid", "ipaddress", "macaddress"}
_APART = timedelta(minutes=1)
_WHOLE = 1000
_PERCENT = 100.0
_REPLY = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<ResponseStatus version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">'
    b"<statusCode>1</statusCode><statusString>OK</statusString><subStatusCode>ok</subStatusCode></ResponseStatus>"
)


class Hikvision:
    """ISAPI events."""

    name = "hikvision"
    title = "Hikvision (ISAPI)"
    settings: Mapping[str, str] = {
        **STREAM_SETTINGS,
        "camera": "What tells a recorder's cameras apart: channelID, channelName, deviceID, ipAddress or macAddress; channelID where this is empty",
    }
    on_the_camera: Sequence[CameraSetting] = (
        CameraSetting("Configuration > Network > Network Service > HTTP Listening: Protocol", "HTTP"),
        CameraSetting("Destination IP or host name", "{host}"),
        CameraSetting("Port", "{port}"),
        CameraSetting("URL", "{path}"),
        CameraSetting(
            "Configuration > Road Traffic > Picture: uploaded pictures", "License plate picture alone"
        ),
        CameraSetting(
            "Configuration > Event > Road Traffic > Linkage: Notify Surveillance Center",
            "ticked, day and night",
        ),
        CameraSetting("Configuration > System > Time Settings: NTP", "on"),
        CameraSetting(
            "Or, where Turnpike is to fetch the events: User Management: a user of its own, with “Remote: Notify Surveillance Center”",
            "its name and password go into this feed's settings, with the camera's address; no HTTP Listening",
        ),
    )

    def check(self, settings: Mapping[str, str]) -> None:
        """As `ChecksSettings`."""
        stream_camera_of(self.name, settings)

    def understand(self, message: VendorMessage) -> Understood:
        """As `Adapter`."""
        parts = parts_of(message)
        alert = _alert(parts)
        camera = text_of(alert.value(_named_by(message)))
        anpr = alert.at("ANPR")
        if alert.value("eventType").upper() != "ANPR" and anpr is NONE:
            return Understood(alive=[camera])
        captured_at = _captured_at(alert, anpr, message)
        uuid = text_of(alert.value("UUID"))
        plate = text_of(anpr.value("licensePlate"))
        as_read = text_of(anpr.value("originalLicensePlate"))
        return Understood(
            [
                Sighting(
                    plate=plate,
                    captured_at=captured_at,
                    confidence=confidence_of(anpr.value("confidenceLevel"), most=_PERCENT),
                    source_camera=camera,
                    event_id=f"{uuid} {captured_at.isoformat()}" if uuid else "",
                    raw_text=as_read if as_read != plate else "",
                    country=country_of(anpr.value("country")),
                    lane=int(number_of(anpr.value("line", "laneNo", "lane")) or 0),
                    direction=_DIRECTIONS.get(anpr.value("direction").lower(), ""),
                    colour=text_of(anpr.value("vehicleInfo/color")),
                    picture=_picture(parts, anpr),
                )
            ]
        )

    def reply(self, message: VendorMessage) -> AdapterReply:
        """As `Adapter`."""
        del message
        return AdapterReply("application/xml", _REPLY)


def _named_by(message: VendorMessage) -> str:
    named = message.settings.get("camera", "").strip()
    return named if named.lower() in _NAMED_BY else "channelID"


def _alert(parts: Sequence[Part]) -> Element:
    for part in parts:
        first = bytes(part.content[:64]).lstrip(b"\xef\xbb\xbf\0 \t\r\n")[:1]
        if first == b"<":
            return _named(tree_of_xml(part.content))
        if first == b"{":
            root = tree_of_json(part.content)
            return root if root.at("eventType") is not NONE else _named(root)
    raise NotUnderstood("The message has neither the XML nor the JSON of an ISAPI event.")


def _named(root: Element) -> Element:
    alert = root.first("EventNotificationAlert")
    if alert is NONE:
        raise NotUnderstood("The message is no EventNotificationAlert; send ANPR events to this address.")
    return alert


def _captured_at(alert: Element, anpr: Element, message: VendorMessage) -> datetime:
    zone = zone_of(message.time_zone)
    written = alert.value("dateTime")
    captured_at = instant_of(written, zone)
    exact_text = anpr.first("absTime").text
    if len(exact_text) == len("20240507174803847") and exact_text.isascii() and exact_text.isdigit():
        # It names no offset: it is the one of dateTime.
        offset = written[19:] if captured_at is not None and len(written) > len("2024-05-07T17:48:03") else ""
        exact = instant_of(
            f"{exact_text[:8]}T{exact_text[8:14]}.{exact_text[14:]}{_only_offset(offset)}", zone
        )
        if exact is not None and (captured_at is None or abs(exact - captured_at) < _APART):
            return exact
    if captured_at is None:
        raise NotUnderstood("The event has no time that can be read in dateTime.")
    return captured_at


def _only_offset(text: str) -> str:
    """`+01:00` or `Z` of `.5+01:00`."""
    at = max(text.rfind("+"), text.rfind("-"), text.rfind("Z"))
    return text[at:] if at >= 0 else ""


def _picture(parts: Sequence[Part], anpr: Element) -> Picture | None:
    """The plate's own picture, else what its box is cut from; none where the box is not in it."""
    jpegs = {f"{part.name} {part.file_name}": part.content for part in parts if part.is_jpeg}
    for names, content in jpegs.items():
        if "licenseplatepicture" in names:
            return picture(content)
    for info in anpr.at("pictureInfoList").all("pictureInfo"):
        named, rect = info.value("fileName").lower(), info.at("plateRect")
        kind = info.value("type").lower()
        for names, content in jpegs.items():
            if not (named and named in names) and not (kind and kind in names):
                continue
            x, y = number_of(rect.value("X")), number_of(rect.value("Y"))
            width, height = number_of(rect.value("width")), number_of(rect.value("height"))
            if None not in (x, y, width, height):
                edges = (x, y, (x or 0) + (width or 0), (y or 0) + (height or 0))
                if (box := scaled_box(edges, jpeg_size(content), whole=_WHOLE)) is not None:
                    return picture(content, box)
    return None


ADAPTER = Hikvision()
