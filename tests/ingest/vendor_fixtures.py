"""Fixtures of makers' messages, a folder an adapter: `tests/ingest/vendors/<adapter>/{good,odd,hostile}-<words>.{json,xml,txt,bin}`.

Beside `good-front.xml` stand

- `good-front.expected.json`: the list of sightings; or `{"not_understood": true}`; or, where there is more to say, an object with
  `sightings`, `faults` (how many), `alive`, `software`, `model`. What has its default value is left out, and a picture is told by its length and box.
- `good-front.message.json`, where it matters: `content_type`, `topic`, `time_zone`, `settings`. Without it, the content type is by the file's ending,
  and the time zone UTC.

`python -m tests.ingest.vendor_fixtures ADAPTER` writes what is expected anew, for a person to read before it is committed.
"""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from turnpike.ingest.adapters import adapters
from turnpike.ingest.vendor_messages import NotUnderstood, Picture, VendorMessage

if TYPE_CHECKING:
    from turnpike.ingest.vendor_messages import Adapter, Sighting

FOLDER = Path(__file__).parent / "vendors"
KINDS = ("good", "odd", "hostile")
RECEIVED_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
_MEDIA = {".json": "application/json", ".xml": "application/xml", ".txt": "text/plain", ".bin": ""}
_BOUNDARY = re.compile(rb"--([^\r\n]{1,70})\r?\n")


@dataclass(frozen=True, slots=True)
class Fixture:
    """One message of a maker, as a file."""

    adapter: str
    path: Path

    @property
    def kind(self) -> str:
        """good, odd or hostile."""
        return self.path.name.partition("-")[0]

    @property
    def message(self) -> VendorMessage:
        """As it would come."""
        beside = self.path.with_suffix(".message.json")
        facts = json.loads(beside.read_text()) if beside.exists() else {}
        body = self.path.read_bytes()
        media = _MEDIA[self.path.suffix]
        if not media and (found := _BOUNDARY.match(body)):
            media = f"multipart/form-data; boundary={found[1].decode()}"
        return VendorMessage(body, RECEIVED_AT, **{"content_type": media, **facts})

    @property
    def expected(self) -> Any:
        """What is to be understood."""
        return json.loads(self.path.with_suffix(".expected.json").read_text())


def fixtures_of(adapter: str) -> list[Fixture]:
    """Every message in the adapter's folder."""
    return [
        Fixture(adapter, path)
        for path in sorted((FOLDER / adapter).glob("*"))
        if path.suffix in _MEDIA and not path.name.endswith((".expected.json", ".message.json"))
    ]


def told(adapter: Adapter, message: VendorMessage) -> Any:
    """What the adapter makes of the message, as the files of what is expected say it."""
    try:
        understood = adapter.understand(message)
    except NotUnderstood:
        return {"not_understood": True}
    found = {
        "sightings": [_of_sighting(sighting) for sighting in understood.sightings],
        "faults": len(understood.faults),
        "alive": list(understood.alive),
        "software": understood.software,
        "model": understood.model,
    }
    found = {name: value for name, value in found.items() if value}
    return found["sightings"] if [*found] == ["sightings"] else found


def _of_sighting(sighting: Sighting) -> dict[str, Any]:
    found = {}
    for field in dataclasses.fields(sighting):
        value = getattr(sighting, field.name)
        if field.name in {"plate", "captured_at"} or value != field.default:
            found[field.name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Picture):
        box = value.box
        return {
            "bytes": len(value.content),
            **({"box": [box.x, box.y, box.width, box.height]} if box else {}),
        }
    if isinstance(value, tuple):
        return [list(one) for one in value]
    return value


if __name__ == "__main__":
    for name in sys.argv[1:]:
        for fixture in fixtures_of(name):
            text = json.dumps(told(adapters()[name], fixture.message), indent=2, ensure_ascii=False)
            fixture.path.with_suffix(".expected.json").write_text(text + "\n")
