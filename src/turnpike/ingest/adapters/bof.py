"""The UK police's capture message to a back office (BOF): SOAP `sendCapture`, `sendCompactCapture`, `sendCompoundCapture` and `addBinaryCaptureData`.

Not checked against the authority, the NAS technical specification v3.4: the order of a compact capture's fields can be set, and so checked against a sender.

| Field | Becomes |
|---|---|
| `vrm` | plate |
| `captureTime`, `captureDate` | captured at: ISO 8601, of the feed's time zone where it names none |
| `cameraIdentifier` with `sourceIdentifier` and `feedIdentifier` | the camera, as `feed/source/camera`, or less where some are missing |
| `confidencePercentage` | confidence, 0 to 100 |
| `motionTowardCamera` | `true` is towards the camera, `false` away, else the camera's role |
| `plateImage` | the plate's picture |
| `captures`, at most 50 | a read each |

A compact capture is one text of values between bars. No event id: a repeat is known by plate and time. `addBinaryCaptureData` is answered and counts
as a sign of life, no more: its picture comes after the read is stored. `overviewImage` is the scene, and never kept. `username` and `signature` are
not looked at: the feed's address is the secret. Source: ../shared/vendor-events.md and public code. Not used: `latitude`, `longitude`,
`cameraPresetPosition`, `cameraPan`, `cameraTilt`, `cameraZoom`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from turnpike.ingest.vendor_messages import (
    MAX_SIGHTINGS,
    AdapterReply,
    CameraSetting,
    Fault,
    NotUnderstood,
    Sighting,
    Understood,
)
from turnpike.ingest.vendor_parts import parts_of, tree_of_json, tree_of_xml
from turnpike.ingest.vendor_pictures import picture
from turnpike.ingest.vendor_tree import Element
from turnpike.ingest.vendor_values import confidence_of, instant_of, picture_of, text_of, zone_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo

    from turnpike.ingest.vendor_messages import VendorMessage
    from turnpike.reads.services import Direction

ORDER = (
    "username|signature|vrm|feedIdentifier|sourceIdentifier|cameraIdentifier|captureTime|latitude|longitude|cameraPresetPosition|"
    "cameraPan|cameraTilt|cameraZoom|confidencePercentage|motionTowardCamera"
)
"""Of a compact capture's fields. Source: ../shared/vendor-events.md, not the authority."""
_OPERATION = re.compile(
    rb"<(?:[A-Za-z_][\w.-]{0,40}:)?(sendCapture|sendCompactCapture|sendCompoundCapture|addBinaryCaptureData)[\s>/]"
)
_MIN_BARS = 5
"""In a text that is a compact capture. Source: ours; no other text of these messages has any."""
_MAX_COMPACT_CHARACTERS = 4096
_DIRECTIONS: Mapping[str, Direction] = {
    "true": "towards", "1": "towards", "y": "towards", "yes": "towards",
    "false": "away", "0": "away", "n": "away", "no": "away",
}  # fmt: skip
_NO_TIME = "The capture has no time that can be read in captureTime."
_PERCENT = 100.0
_CAMERA = ("feedIdentifier|feedID", "sourceIdentifier|sourceID", "cameraIdentifier|cameraID")


class Bof:
    """Captures as to a back office."""

    name = "bof"
    title = "UK police BOF capture (SOAP)"
    settings: Mapping[str, str] = {
        "order": f"Order of the fields in a compact capture, with bars between; where this is empty, {ORDER}",
    }
    on_the_camera: Sequence[CameraSetting] = (
        CameraSetting("BOF web service address (endpoint)", "{url}"),
        CameraSetting("Operation", "sendCompactCapture or sendCompoundCapture"),
        CameraSetting("User name, signature", "any: the address is the secret, and is to be kept as one"),
    )

    def understand(self, message: VendorMessage) -> Understood:
        """As `Adapter`."""
        root = _root(message)
        zone = zone_of(message.time_zone)
        for holder in root.within():
            if any(child.name == "binarydatatype" for child in holder.children):
                return Understood(alive=[_camera(holder)])
        sightings, faults = [], []
        for count, capture in enumerate(_captures(root, message)):
            if count == MAX_SIGHTINGS:
                raise NotUnderstood(f"The message holds over {MAX_SIGHTINGS} captures.")
            sighting = _sighting(capture, zone)
            if sighting is None:
                faults.append(Fault(_NO_TIME, _camera(capture)))
            else:
                sightings.append(sighting)
        if not sightings and not faults:
            raise NotUnderstood("The message holds no capture.")
        return Understood(sightings, faults)

    def reply(self, message: VendorMessage) -> AdapterReply:
        """As `Adapter`: that of the operation that was asked for."""
        found = _OPERATION.search(message.body, 0, 4096)
        name = found[1].decode() if found else "sendCompactCapture"
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
            f"<soap:Body><{name}Response><return>true</return></{name}Response></soap:Body></soap:Envelope>"
        )
        return AdapterReply("text/xml; charset=utf-8", body.encode())


def _root(message: VendorMessage) -> Element:
    for part in parts_of(message):
        first = bytes(part.content[:64]).lstrip(b"\xef\xbb\xbf\0 \t\r\n")[:1]
        if first == b"<":
            return tree_of_xml(part.content)
        if first in {b"{", b"["}:
            return tree_of_json(part.content)
    raise NotUnderstood("The message has neither XML nor JSON in it.")


def _captures(root: Element, message: VendorMessage) -> Iterator[Element]:
    """Each capture as an element that has its fields, however it was written."""
    order = [name.strip().lower() for name in (message.settings.get("order", "").strip() or ORDER).split("|")]
    for holder in root.within():
        compact = [
            child.text[:_MAX_COMPACT_CHARACTERS]
            for child in holder.children
            if child.text.count("|") >= _MIN_BARS
        ]
        # What stands beside such a text, as the camera may, is of it where the text does not say.
        beside = [child for child in holder.children if "|" not in child.text] if compact else []
        for text in compact:
            values = [
                Element(name, value.strip()) for name, value in zip(order, text.split("|"), strict=False)
            ]
            yield Element("capture", "", [*(value for value in values if value.text), *beside])
        if not compact and any(child.name in {"vrm", "platenumber"} for child in holder.children):
            yield holder


def _camera(capture: Element) -> str:
    parts = [text_of(capture.value(*names.split("|"))) for names in _CAMERA]
    return "/".join(part for part in parts if part)


def _sighting(capture: Element, zone: tzinfo) -> Sighting | None:
    captured_at = instant_of(capture.value("captureTime", "captureDate", "captureDateTime"), zone)
    if captured_at is None:
        return None
    content = picture_of(capture.value("plateImage"))
    return Sighting(
        plate=text_of(capture.value("vrm", "plateNumber")),
        captured_at=captured_at,
        confidence=confidence_of(capture.value("confidencePercentage"), most=_PERCENT),
        source_camera=_camera(capture),
        direction=_DIRECTIONS.get(capture.value("motionTowardCamera").lower(), ""),
        picture=picture(content) if content else None,
    )


ADAPTER = Bof()
