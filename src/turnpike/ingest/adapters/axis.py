"""AXIS License Plate Verifier, and what else speaks the FF Group's JSON protocol (1.0 to 1.6): a POST for each new, updated and lost vehicle.

JSON, or multipart of JSON and a picture. Values come as numbers or as text.

| Field | Becomes |
|---|---|
| `plateUTF8`, `plateUnicode`, `plateText`, `plateASCII` | plate; escapes such as a written-out backslash-u0041 are read |
| `capture_timestamp` | captured at: Unix time in seconds, ms, us or ns |
| `datetime` | else captured at: `YYYYMMDD HHMMSSFFF`, with its `±HHMM`, or of the feed's time zone |
| `plateConfidence` | confidence, 0 to 1 or 0 to 100 |
| `carState` | `new`, `update(d)`, `lost`: one pass |
| `carID` with the hour | the pass; the camera counts anew at each start |
| `sensorProviderID`, `camera_info.SerialNumber`, `cameraId` | the camera, where one sender speaks for several |
| `carMoveDirection` | `in` is towards the camera, `out` away, else the camera's role |
| `plateCountry` | country, of three letters |
| `roiID` | lane |
| `vehicle_info.color`, `.make` | colour, make |
| `ImageArray` of `ImageType` `plate`, or the multipart picture where `imageType` is `plate` | the plate's picture |
| the same of type `frame`, with `plateCoordinates` | else what the plate's picture is cut from, in its pixels |

Source: FF Group, "JSON Fields (Protocol 1.6)"; public integrations for `ImageArray`. No camera of ours. Not used: `packetCounter`, `geotag`,
`frame_timestamp`, `timeProcessing`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from turnpike.ingest.vendor_countries import country_of
from turnpike.ingest.vendor_messages import (
    AdapterReply,
    CameraSetting,
    NotUnderstood,
    Phase,
    Sighting,
    Understood,
)
from turnpike.ingest.vendor_parts import parts_of, tree_of_json
from turnpike.ingest.vendor_pictures import jpeg_size, picture, scaled_box
from turnpike.ingest.vendor_values import (
    guessed_confidence_of,
    instant_of,
    number_of,
    picture_of,
    text_of,
    zone_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo

    from turnpike.ingest.vendor_messages import Picture, VendorMessage
    from turnpike.ingest.vendor_parts import Part
    from turnpike.ingest.vendor_tree import Element
    from turnpike.reads.services import Direction

_PHASES = {"new": Phase.NEW, "update": Phase.UPDATE, "updated": Phase.UPDATE, "lost": Phase.ENDED}
_DIRECTIONS: Mapping[str, Direction] = {"in": "towards", "out": "away"}
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_WRITTEN = re.compile(r"(\d{8})[ T]?(\d{6})(\d{1,6})?\s*([+-]\d{2}:?\d{2}|Z)?")
_NS_FROM, _US_FROM = 1e17, 1e14
_FIRST_YEAR = 2000
_MAX_PLATE_CHARACTERS = 1024  # with each of them escaped
_EDGES = 4


class Axis:
    """License Plate Verifier's JSON."""

    name = "axis"
    title = "AXIS License Plate Verifier"
    settings: Mapping[str, str] = {}
    on_the_camera: Sequence[CameraSetting] = (
        CameraSetting(
            "Apps > AXIS License Plate Verifier > Integration > Push events: Protocol", "HTTP POST"
        ),
        CameraSetting("Server URL", "{url}"),
        CameraSetting("Select event types to push", "New, Update and Lost"),
        CameraSetting("Images", "License plate crop alone, as JPEG"),
        CameraSetting("Send event data in multipart, Event buffer", "off, on"),
        CameraSetting("System > Date and time", "automatic (NTP)"),
    )

    def understand(self, message: VendorMessage) -> Understood:
        """As `Adapter`."""
        parts = parts_of(message)
        event = _event(parts)
        captured_at = _captured_at(event, zone_of(message.time_zone))
        if captured_at is None:
            raise NotUnderstood("The event has no time that can be read in capture_timestamp or datetime.")
        car = text_of(event.value("carID"))
        phase = _PHASES.get(event.value("carState").lower(), Phase.WHOLE)
        # An event of a vehicle that has no number is alone.
        in_pass = bool(car) and phase is not Phase.WHOLE
        counter = text_of(event.value("packetCounter"))
        return Understood(
            [
                Sighting(
                    plate=_plate(event),
                    captured_at=captured_at,
                    confidence=guessed_confidence_of(event.value("plateConfidence")),
                    source_camera=text_of(
                        event.value("sensorProviderID", "camera_info/SerialNumber", "cameraId")
                    ),
                    event_id=f"{counter} {captured_at.isoformat()}" if counter else "",
                    pass_id=f"{car} {captured_at:%Y-%m-%d %H}" if in_pass else "",
                    phase=phase if in_pass else Phase.WHOLE,
                    country=country_of(event.value("plateCountry")),
                    lane=int(number_of(event.value("roiID")) or 0),
                    direction=_DIRECTIONS.get(event.value("carMoveDirection").lower(), ""),
                    colour=text_of(event.value("vehicle_info/color")),
                    make=text_of(event.value("vehicle_info/make")),
                    picture=_picture(parts, event),
                )
            ]
        )

    def reply(self, message: VendorMessage) -> AdapterReply:
        """As `Adapter`."""
        del message
        return AdapterReply()


def _event(parts: Sequence[Part]) -> Element:
    for part in parts:
        if bytes(part.content[:64]).lstrip(b"\xef\xbb\xbf\0 \t\r\n")[:1] == b"{":
            event = tree_of_json(part.content)
            if event.value("carState", "carID", "plateText", "plateUTF8", "plateUnicode"):
                return event
    raise NotUnderstood("The message has no JSON of a License Plate Verifier's event.")


def _plate(event: Element) -> str:
    for name in ("plateUTF8", "plateUnicode", "plateText", "plateASCII"):
        # Four hexadecimal digits are always one character, a lone surrogate among them: that is no plate's.
        written = event.value(name)[:_MAX_PLATE_CHARACTERS]
        written = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), written)
        if plate := text_of(written):
            return plate
    return ""


def _captured_at(event: Element, zone: tzinfo) -> datetime | None:
    number = number_of(event.value("capture_timestamp").strip())
    whole = event.value("capture_timestamp")
    if (
        number is not None
        and whole.isascii()
        and whole.isdigit()
        and len(whole) <= len("1558090540000000000")
    ):
        number = float(whole)
        number /= 1e6 if number >= _NS_FROM else 1e3 if number >= _US_FROM else 1
        if (found := instant_of(number, UTC)) is not None and found.year >= _FIRST_YEAR:
            return found
    written = _WRITTEN.fullmatch(event.value("datetime").strip())
    if written is None:
        return instant_of(event.value("datetime"), zone)
    day, time, fraction, offset = written.groups()
    return instant_of(f"{day}T{time}.{(fraction or '0').ljust(6, '0')}{offset or ''}", zone)


def _pictures(parts: Sequence[Part], event: Element) -> Iterator[tuple[str, bytes | memoryview]]:
    """Each picture with its kind, such as `plate`."""
    for image in event.all("ImageArray"):
        kind = image.value("ImageType").lower()
        if kind in {"plate", "frame"} and (content := picture_of(image.value("BinaryImage"))):
            yield kind, content
    jpegs = [part.content for part in parts if part.is_jpeg]
    if len(jpegs) == 1:
        yield event.value("imageType").lower(), jpegs[0]


def _picture(parts: Sequence[Part], event: Element) -> Picture | None:
    cut = None
    for kind, content in _pictures(parts, event):
        if kind == "plate" and (alone := picture(content)):
            return alone
        edges = [number_of(edge.text) or 0.0 for edge in event.all("plateCoordinates")]
        if kind == "frame" and len(edges) == _EDGES:
            left, top, width, height = edges
            box = scaled_box((left, top, left + width, top + height), jpeg_size(content))
            cut = picture(content, box) if box else cut
    return cut


ADAPTER = Axis()
