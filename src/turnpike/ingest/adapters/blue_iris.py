"""Blue Iris with CodeProject.AI or another reader of plates: a JSON text with macros, posted by an alert's action.

Source: README of ALPR Database (github.com/algertc/ALPR-Database), whose set-up this takes as it is: the same text, posted to the feed's address.

| Field, and the macro in it | Becomes |
|---|---|
| `ai_dump` (`&JSON`): of each item with `api` "alpr", `found.predictions[].plate`; or `.label` "Plate: …" | plate |
| `.confidence`, 0 to 1 | confidence |
| `timestamp` (`&ALERT_TIME`), of the feed's zone where it has no offset | captured at |
| `camera` (`&CAM`) | the sender's name of the camera |
| `ALERT_CLIP` and `ALERT_PATH` with the plate's place | event id |
| `Image` (`&ALERT_JPEG`) with `.x_min, .y_min, .x_max, .y_max` | the plate's picture, where the feed says that both are of one size |
| `plate_number` (`&PLATE`), or `memo` (`&MEMO`): "PLATE:87%,car:91%" | plates, where there is no `ai_dump` |
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from turnpike.ingest.json_values import NOTHING, items, jpeg, over_the_most, part, scalar, whole
from turnpike.ingest.sighting_values import identity_of, instant_written, plate_of
from turnpike.ingest.vendor_messages import (
    MAX_SIGHTINGS,
    AdapterReply,
    CameraSetting,
    NotUnderstood,
    Picture,
    Sighting,
    Understood,
)
from turnpike.ingest.vendor_pictures import jpeg_size, scaled_box
from turnpike.ingest.vendor_values import guessed_confidence_of, text_of, zone_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from turnpike.ingest.vendor_messages import VendorMessage

_POST_TEXT = (
    '{ "ai_dump":&JSON, "Image":"&ALERT_JPEG", "camera":"&CAM", "ALERT_PATH":"&ALERT_PATH",'
    ' "ALERT_CLIP":"&ALERT_CLIP", "timestamp":"&ALERT_TIME" }'
)
_NO_PLATES = (
    "The alert's AI results hold none of plates; choose a plate model for this camera's alerts in Blue Iris."
)
_NO_FIELDS = "The message has neither ai_dump, plate_number nor memo; set the alert's POST text as the feed's page shows it."
_BAD_TIME = "The alert has no time, or one in a form that is not known; put &ALERT_TIME into the POST text."
_EMPTY_MACRO = re.compile(rb'("ai_dump"\s*:)\s*(?=[,}])')
_LABELLED = re.compile(r"\s*(?:plate\s*:)?\s*\[?([^\]:]*)\]?\s*", re.IGNORECASE)
_US_TIME = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}),?\s+(\d{1,2}):(\d\d):(\d\d)(\.\d+)?\s*([ap]m)?", re.IGNORECASE
)
_MAX_MEMO = 1024
_HEAD_BYTES = 4096
# What the memo names beside plates. Source: the classes of the COCO data set that are met on roads, and those of the plate models.
_OTHER_THINGS = frozenset(
    {
        "person",
        "people",
        "bicycle",
        "bike",
        "car",
        "motorcycle",
        "motorbike",
        "airplane",
        "bus",
        "train",
        "truck",
        "boat",
        "van",
        "vehicle",
        "pickup",
        "suv",
        "cat",
        "dog",
        "horse",
        "sheep",
        "cow",
        "bear",
        "deer",
        "bird",
        "rabbit",
        "fox",
        "raccoon",
        "skunk",
        "squirrel",
        "backpack",
        "umbrella",
        "handbag",
        "suitcase",
        "bench",
        "plate",
        "dayplate",
        "nightplate",
        "licenseplate",
        "nothing",
        "cancelled",
        "trafficlight",
        "firehydrant",
        "stopsign",
        "parkingmeter",
    }
)


class _Alert(msgspec.Struct):
    ai_dump: Raw = NOTHING
    image: Raw = msgspec.field(default=NOTHING, name="Image")
    camera: Raw = NOTHING
    alert_path: Raw = msgspec.field(default=NOTHING, name="ALERT_PATH")
    alert_clip: Raw = msgspec.field(default=NOTHING, name="ALERT_CLIP")
    timestamp: Raw = NOTHING
    plate_number: Raw = NOTHING
    memo: Raw = NOTHING


class _Analysis(msgspec.Struct):
    api: Raw = NOTHING
    found: Raw = NOTHING
    predictions: Raw = NOTHING


class _Prediction(msgspec.Struct):
    plate: Raw = NOTHING
    label: Raw = NOTHING
    confidence: Raw = NOTHING
    x_min: Raw = NOTHING
    y_min: Raw = NOTHING
    x_max: Raw = NOTHING
    y_max: Raw = NOTHING


class BlueIris:
    """Alerts of Blue Iris."""

    name = "blue-iris"
    title = "Blue Iris"
    settings: Mapping[str, str] = {
        "same_size": "yes where alert pictures have the size of those that the AI looks at: then the plate is cut out and kept; else leave empty",
    }
    on_the_camera: Sequence[CameraSetting] = (
        CameraSetting("Camera, Alerts, On alert, Add web request: address", "{url}"),
        CameraSetting("the same: method", "POST"),
        CameraSetting("the same: content type", "application/json"),
        CameraSetting("the same: POST text", _POST_TEXT),
    )

    def understand(self, message: VendorMessage) -> Understood:
        """As `Adapter`."""
        alert = _alert(message.body)
        if alert.ai_dump is NOTHING and alert.plate_number is NOTHING and alert.memo is NOTHING:
            raise NotUnderstood(_NO_FIELDS)
        camera = text_of(scalar(alert.camera))
        captured_at = _captured_at(alert, message)
        where = identity_of("|".join(text_of(scalar(raw)) for raw in (alert.alert_clip, alert.alert_path)))
        is_named = where != "|"
        if bytes(alert.ai_dump) == bytes(NOTHING) and (scalar(alert.plate_number) or scalar(alert.memo)):
            plates = list(_plates_named(alert))
            pictures: list[Picture | None] = [None] * len(plates)
        else:
            predictions = _predictions(alert.ai_dump)
            plates = [_plate(one) for one in predictions] or [("", None)]
            image = jpeg(alert.image) if message.settings.get("same_size", "").lower() == "yes" else None
            pictures = [_picture(image, one) for one in predictions] or [None]
        sightings = [
            Sighting(
                plate=plate,
                captured_at=captured_at,
                confidence=guessed_confidence_of(confidence),
                source_camera=camera,
                event_id=f"{where} {at}" if is_named else "",
                picture=picture,
            )
            for at, ((plate, confidence), picture) in enumerate(zip(plates, pictures, strict=True))
        ]
        return Understood(sightings[:MAX_SIGHTINGS], faults=over_the_most(len(sightings)))

    def reply(self, message: VendorMessage) -> AdapterReply:
        """As `Adapter`."""
        del message
        return AdapterReply()


def _alert(body: bytes) -> _Alert:
    try:
        return whole(body, _Alert)
    except NotUnderstood:
        # A macro without a value leaves its place empty, which is no JSON.
        head, mended = _EMPTY_MACRO.subn(rb"\1null", body[:_HEAD_BYTES])
        if not mended:
            raise
        return whole(head + body[_HEAD_BYTES:], _Alert)


def _captured_at(alert: _Alert, message: VendorMessage) -> datetime:
    written = scalar(alert.timestamp)
    zone = zone_of(message.time_zone)
    if isinstance(written, str) and (match := _US_TIME.fullmatch(written.strip())):
        month, day, year, hour, minute, second, fraction, half = match.groups()
        hours = int(hour) % 12 + 12 * (half.lower() == "pm") if half else int(hour)
        written = f"{year}-{month:0>2}-{day:0>2}T{hours:02}:{minute}:{second}{fraction or ''}"
    captured_at = instant_written(written, zone)
    if captured_at is None:
        raise NotUnderstood(_BAD_TIME)
    return captured_at


def _predictions(dump: Raw) -> list[_Prediction]:
    """What the readers of plates found, of one analysis or a list of them.

    Raises:
        NotUnderstood: no reader of plates has looked.
    """
    analyses = [part(one, _Analysis) for one in items(dump)] or [part(dump, _Analysis)]
    predictions: list[_Prediction] = []
    has_looked = False
    for analysis in analyses:
        found = (
            part(analysis.found, _Analysis).predictions
            if analysis.found is not NOTHING
            else analysis.predictions
        )
        made = [part(one, _Prediction) for one in items(found)]
        of_plates = [one for one in made if one.plate is not NOTHING or _is_labelled(one)]
        predictions += of_plates
        has_looked |= bool(of_plates) or text_of(scalar(analysis.api)).lower() == "alpr"
    if not has_looked:
        raise NotUnderstood(_NO_PLATES)
    return predictions


def _is_labelled(prediction: _Prediction) -> bool:
    return text_of(scalar(prediction.label)).lower().startswith("plate:")


def _plate(prediction: _Prediction) -> tuple[str, object]:
    if prediction.plate is not NOTHING:
        return plate_of(scalar(prediction.plate)), scalar(prediction.confidence)
    match = _LABELLED.fullmatch(text_of(scalar(prediction.label)))
    plate = plate_of(match[1]) if match else ""
    return plate, scalar(prediction.confidence)


def _plates_named(alert: _Alert) -> Iterator[tuple[str, object]]:
    number = scalar(alert.plate_number)
    if number is not None:
        yield plate_of(number), None
        return
    memo = scalar(alert.memo)
    is_named = False
    for named in (memo[:_MAX_MEMO] if isinstance(memo, str) else "").split(","):
        label, _, sure = named.rpartition(":") if ":" in named else (named, "", "")
        match = _LABELLED.fullmatch(label)
        plate = plate_of(match[1]) if match else ""
        if plate and plate.lower().replace(" ", "") not in _OTHER_THINGS:
            is_named = True
            yield plate, sure
    if not is_named:
        yield "", None


def _picture(image: bytes | None, prediction: _Prediction) -> Picture | None:
    edges = (prediction.x_min, prediction.y_min, prediction.x_max, prediction.y_max)
    box = scaled_box([scalar(edge) for edge in edges], jpeg_size(image)) if image else None
    return Picture(image, box) if image and box else None


ADAPTER = BlueIris()
