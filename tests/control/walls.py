"""What a browser makes of the wall's event stream, and what happens on the road meanwhile."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from tests.alert_world import stored_read

from turnpike.hotlists import services as hotlists
from turnpike.ledger import services as ledger

if TYPE_CHECKING:
    from django.test import AsyncClient

STREAM = "/alerts/stream"
SOON_S = 10.0
"""Room for a machine busy with other tests. What is promised within a second comes by a signal, which
`signals_only` shows, or by a look at the records every `RECHECK_S`, which is held to a second below."""


@dataclass
class Event:
    """One server-sent event."""

    kind: str
    number: str
    data: Any


class Wall:
    """What a browser makes of a stream."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self._chunks = aiter(response.streaming_content)
        self._buffer = b""

    async def next(self) -> Event | None:
        """The next event; None when the stream has ended. Comments and the retry time are passed over."""
        while True:
            while b"\n\n" not in self._buffer:
                try:
                    self._buffer += await anext(self._chunks)
                except StopAsyncIteration:
                    return None
            block, self._buffer = self._buffer.split(b"\n\n", 1)
            fields = dict(line.decode().split(": ", 1) for line in block.split(b"\n"))
            if "data" in fields:
                return Event(fields["event"], fields.get("id", ""), json.loads(fields["data"]))

    async def soon(self) -> Event:
        """The next event."""
        async with asyncio.timeout(SOON_S):
            event = await self.next()
        assert event is not None, "the stream has ended"
        return event

    async def end(self) -> list[Event]:
        """All events until the stream ends by itself."""
        events = []
        async with asyncio.timeout(SOON_S):
            while (event := await self.next()) is not None:
                events.append(event)
        return events


async def open_wall(client: AsyncClient, **headers: str) -> Wall:
    response = await client.get(STREAM, headers=headers)
    assert response.status_code == 200
    return Wall(response)


@sync_to_async
def drive_past(plate: str = "AB12CDE") -> int:
    """A read of the plate arrives; the id of its hit."""
    (hit,) = hotlists.match([stored_read(plate)])
    return hit.pk


@sync_to_async
def seen_entries() -> list[str]:
    """The hits that the ledger says were seen, oldest first."""
    found = [entry for entry in ledger.entries(limit=200) if entry.event is ledger.AuditEvent.ALERT_SEEN]
    return [str(entry.details["hit"]) for entry in reversed(found)]
