"""Messages of makers as files: `vendors/ADAPTER/{good,odd,hostile}-*.*`, and beside each what is understood of it.

`NAME.message.json`, where it is there, says what comes with the body: content type, topic, time zone, settings. `scripts/vendor_fixtures.py` writes
`NAME.expected.json` anew.
"""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from turnpike.ingest.adapters import adapters
from turnpike.ingest.vendor_messages import NotUnderstood, Sighting, VendorMessage

FOLDER = Path(__file__).with_name("vendors")
RECEIVED_AT = datetime(2026, 3, 29, 12, 0, 5, tzinfo=UTC)
_DEFAULTS = {
    field.name: field.default
    for field in dataclasses.fields(Sighting)
    if field.default is not dataclasses.MISSING
}


def bodies(adapter: str) -> list[Path]:
    """The messages of one adapter's folder."""
    return [
        path
        for path in sorted((FOLDER / adapter).iterdir())
        if not path.name.endswith((".expected.json", ".message.json"))
    ]


def message(path: Path) -> VendorMessage:
    """The message of a file, with what comes beside it."""
    beside = path.with_name(f"{path.stem}.message.json")
    given = json.loads(beside.read_text()) if beside.exists() else {}
    return VendorMessage(path.read_bytes(), RECEIVED_AT, **given)


def expected_at(path: Path) -> Path:
    """Where it stands what is understood of a message."""
    return path.with_name(f"{path.stem}.expected.json")


def outcome(adapter: str, given: VendorMessage) -> object:
    """What an adapter makes of a message, as in the files: fields that say nothing left out, a picture as its size and box."""
    try:
        understood = adapters()[adapter].understand(given)
    except NotUnderstood:
        return {"not_understood": True}
    return [_told(sighting) for sighting in understood.sightings]


def _told(sighting: Sighting) -> dict[str, object]:
    told: dict[str, object] = {}
    for field in dataclasses.fields(Sighting):
        value = getattr(sighting, field.name)
        if field.name in _DEFAULTS and value == _DEFAULTS[field.name]:
            continue
        told[field.name] = _value(value)
    return told


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if dataclasses.is_dataclass(value):
        content = getattr(value, "content", None)
        if isinstance(content, bytes):
            box = getattr(value, "box", None)
            return {"bytes": len(content), "box": list(dataclasses.astuple(box)) if box else None}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, tuple):
        return [_value(one) for one in value]
    return value
