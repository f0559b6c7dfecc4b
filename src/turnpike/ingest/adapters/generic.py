"""Any JSON, by a mapping that the operator writes once.

| Setting | Means |
|---|---|
| `plate`, `captured_at` | path to the value, such as `data.plate` or `results.0.plate`; needed |
| `confidence`, `camera`, `event_id`, `country`, `direction`, `picture` | the same, where there is one |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from turnpike.ingest.vendor_messages import (
    AdapterReply,
    CameraSetting,
    NotUnderstood,
    Picture,
    Sighting,
    Understood,
)
from turnpike.ingest.vendor_values import (
    guessed_confidence_of,
    instant_of,
    picture_of,
    text_of,
    zone_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from turnpike.ingest.vendor_messages import VendorMessage


class Generic:
    """JSON objects whose fields a mapping names."""

    name = "json"
    title = "Any JSON, by a mapping"
    settings: Mapping[str, str] = {
        "plate": "Path to the plate, such as data.plate",
        "captured_at": "Path to the time, ISO 8601 or Unix",
        "confidence": "Path to the confidence, 0 to 1 or 0 to 100; may be empty",
        "camera": "Path to the sender's own name of the camera; may be empty",
        "event_id": "Path to an id that a retry repeats; may be empty",
        "picture": "Path to the plate's picture, JPEG in base64; may be empty",
    }
    on_the_camera: Sequence[CameraSetting] = (CameraSetting("Address to post to", "{url}"),)

    def understand(self, message: VendorMessage) -> Understood:
        """As `Adapter`."""
        try:
            content = msgspec.json.decode(message.body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise NotUnderstood("The message is not well-formed JSON.") from error

        def value(name: str) -> object:
            path = message.settings.get(name, "")
            return _at(content, path) if path else None

        captured_at = instant_of(value("captured_at"), zone_of(message.time_zone))
        if captured_at is None:
            raise NotUnderstood("There is no time where the mapping says; check the path of captured_at.")
        picture = picture_of(value("picture"))
        return Understood(
            [
                Sighting(
                    plate=text_of(value("plate")),
                    captured_at=captured_at,
                    confidence=guessed_confidence_of(value("confidence")),
                    source_camera=text_of(value("camera")),
                    event_id=text_of(value("event_id")),
                    picture=Picture(picture) if picture else None,
                )
            ]
        )

    def reply(self, message: VendorMessage) -> AdapterReply:
        """As `Adapter`."""
        del message
        return AdapterReply()


def _at(content: object, path: str) -> object:
    for step in path.split("."):
        if isinstance(content, dict):
            content = content.get(step)
        elif isinstance(content, list) and step.isdigit() and int(step[:9]) < len(content):
            content = content[int(step[:9])]
        else:
            return None
    return content


ADAPTER = Generic()
