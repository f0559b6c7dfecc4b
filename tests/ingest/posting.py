"""Messages as cameras send them."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np

from turnpike.images.services import cut_patch
from turnpike.reads.services import NewRead, columns_of, new_reads

if TYPE_CHECKING:
    from turnpike.ingest.checking import Message

SOURCE = {"software": "turnpike-edge/0.1.0", "model": "tests"}


def a_patch(shade: int = 90) -> bytes:
    """A small JPEG, another one for each shade of 0 to 255."""
    image = np.full((20, 80, 3), shade, dtype=np.uint8)
    image[5:15, 10:70] = 255 - shade
    return cut_patch(image, (0, 0, 80, 20))


def a_read(**changes: Any) -> dict[str, Any]:
    """One good read with an event id of its own; a change to None leaves the field out."""
    read = {
        "event_id": uuid.uuid4().hex,
        "plate": "AB12 CDE",
        "confidence": 0.93,
        "captured_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        **changes,
    }
    return {name: value for name, value in read.items() if value is not None}


def with_patch(**changes: Any) -> dict[str, Any]:
    """One good read with its picture."""
    return a_read(patch=base64.b64encode(a_patch()).decode(), **changes)


def a_message(*reads: Any) -> bytes:
    """The body of one message."""
    return json.dumps({"source": SOURCE, "reads": reads}).encode()


def reads_of(message: Message) -> tuple[NewRead, ...]:
    """What would be stored of a checked message."""
    return new_reads(columns_of(message.batch), range(len(message.indexes)))


def post(
    url: str, key: str, body: bytes, *, client: httpx.Client | None = None, media: str = "application/json"
) -> httpx.Response:
    """One message, posted."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": media}
    if client is not None:
        return client.post(url, content=body, headers=headers)
    return httpx.post(url, content=body, headers=headers, timeout=60, trust_env=False)
