"""Events fetched from cameras that send them only to whoever asks: into the spool like those that are posted.

A camera sends an event once and hears nothing of what became of it. So an event is spooled before the next is read: where the spool takes none, reading
waits, and what the camera cannot send meanwhile waits in it, as far as it can; what is lost all the same is counted and told.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from turnpike import config
from turnpike.ingest.fetching import LOOKED_UP_S, FetchedFeeds
from turnpike.ingest.stream_reading import CameraReading, Fetched, Held
from turnpike.ingest.stream_settings import FOLDER, StreamCamera, networks_of, stream_camera_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from turnpike.ingest.feeding import FeedFacts, SpooledMessage
    from turnpike.ingest.fetching import ConnectionState
    from turnpike.ingest.stream_settings import type_network

_Given = TypeVar("_Given")


@dataclass(frozen=True, slots=True)
class StreamTarget:
    """A camera, and how many messages a minute its feed may bring."""

    camera: StreamCamera
    messages_a_minute: int


class StreamFeeds(FetchedFeeds[StreamTarget]):
    """Keeps one connection for each feed that names a camera; all of them in the event loop of one thread.

    `put` gives a future that is done once the message is durable, or raises `TryLater`; `feeds` gives those that are open. `networks` are those in
    which cameras may be, as the setting `stream_networks` has them.
    """

    def __init__(
        self,
        put: Callable[[SpooledMessage], Future[None]],
        feeds: Callable[[], Sequence[FeedFacts]],
        *,
        folder: Path | None = None,
        networks: Sequence[type_network] | None = None,
        looked_up_s: float = LOOKED_UP_S,
    ) -> None:
        settings = config.load()
        allowed = networks_of(settings.stream_networks) if networks is None else networks
        shared = Fetched(put, folder or settings.data_dir / FOLDER, allowed, Held())
        super().__init__(
            feeds,
            _target,
            lambda name, target: _Connection(
                CameraReading(name, target.camera, target.messages_a_minute, shared), self._loop
            ),
            peer="camera",
            looked_up_s=looked_up_s,
        )

    def start(self) -> None:
        """Begin to fetch."""
        self._loop = asyncio.new_event_loop()
        self._loop_thread = threading.Thread(
            target=self._loop.run_forever, name="camera-streams", daemon=True
        )
        self._loop_thread.start()
        super().start()

    def stop(self) -> None:
        """End all connections; what came whole is in the spool."""
        super().stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._loop_thread.join()
        self._loop.close()


class _Connection:
    """A camera's reading as a task of the loop, for the thread that looks at the feeds."""

    def __init__(self, reading: CameraReading, loop: asyncio.AbstractEventLoop) -> None:
        self._reading = reading
        self._loop = loop
        self._task: asyncio.Task[None] | None = None

    @property
    def state(self) -> ConnectionState:
        """How it stands now."""
        return self._reading.state

    def is_to_begin_anew(self) -> bool:
        """Never: it begins anew by itself."""
        return False

    def start(self) -> None:
        """Begin to connect; gives at once."""
        self._in_loop(self._begin())

    def stop(self, *, forget: bool = False) -> None:
        """End the connection; a camera keeps nothing for anybody."""
        del forget
        self._in_loop(self._end())

    async def _begin(self) -> None:
        self._task = asyncio.create_task(self._reading.run())

    async def _end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def _in_loop(self, what: Coroutine[None, None, _Given]) -> _Given:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result()


def _target(facts: FeedFacts) -> StreamTarget | None:
    camera = stream_camera_of(facts.adapter, facts.settings)
    return StreamTarget(camera, facts.messages_a_minute) if camera is not None else None
