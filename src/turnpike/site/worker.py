"""What the one worker process owns, opened and closed with the server's lifespan.

The embedded read store can be owned by one process only, so the data folder is locked, and commands that
need the store ask this worker over its Unix socket.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from contextlib import suppress
from typing import IO

import msgspec
from django.core.management import call_command
from django.db import connection

from turnpike import config
from turnpike.access import services as access
from turnpike.cameras import services as cameras
from turnpike.hotlists import services as hotlists
from turnpike.ingest import services as ingest
from turnpike.ledger import services as ledger
from turnpike.reads import services as reads
from turnpike.sealer import services as sealer
from turnpike.site.locking import lock_data_folder
from turnpike.site.loops import Loop
from turnpike.site.publishing import Publishing
from turnpike.site.upkeep import clear_away
from turnpike.site.watching import Watching

_log = logging.getLogger(__name__)


class Health(msgspec.Struct, frozen=True):
    """What `turnpike doctor` is told by a running worker."""

    reads: int
    schema: int
    ledger_entries: int


class Worker:
    """The store, the ingest writer and the control socket of one process."""

    def __init__(self) -> None:
        self._lock: IO[str] | None = None
        self._socket: asyncio.Server | None = None
        self._ingest: ingest.Ingest | None = None
        self._sealer: sealer.SealerProcess | None = None
        self._loops: tuple[Loop, ...] = ()
        self._watching: Watching | None = None

    async def start(self) -> None:
        """Lock the data folder, bring the records up to date, open the store, begin to take reads.

        Raises:
            AlreadyServed: another process owns the data folder.
            ConfigurationError: the folder is shared with others, a key is lost, or a witness's key is none.
            SealerUnavailable: the sealer does not start.
        """
        os.umask(0o077)
        settings = config.load()
        self._lock = lock_data_folder(settings)
        settings.check_keys()
        ledger.configured_witnesses()
        _follow_parent()
        _end_streams_when_asked_to_stop()
        if not settings.sealer_socket:
            self._sealer = _own_sealer(settings)
            await asyncio.to_thread(self._sealer.start)
        await asyncio.to_thread(call_command, "migrate", verbosity=0)
        await asyncio.to_thread(access.put_in_force)
        # Before the first read is taken, since a long list takes seconds.
        await asyncio.to_thread(hotlists.prepare_matching)
        store = await asyncio.to_thread(reads.ReadStore.open, settings.reads_path)
        reads.attach(store)
        # Before the first read, so that it is heard.
        self._watching = Watching()
        await asyncio.to_thread(self._watching.start)
        self._ingest = ingest.Ingest(store)
        await asyncio.to_thread(self._ingest.start)
        self._loops = (Loop("upkeep", clear_away), Loop("publishing", Publishing().turn))
        for loop in self._loops:
            loop.start()
        settings.socket_path.unlink(missing_ok=True)
        # Nobody else can enter the folder in which it is bound.
        self._socket = await asyncio.start_unix_server(_answer, settings.socket_path)
        settings.socket_path.chmod(0o600)

    async def stop(self) -> None:
        """Finish what is being written, then close all in the opposite order."""
        if self._socket is not None:
            self._socket.close()
            with suppress(FileNotFoundError):
                config.load().socket_path.unlink()
        for loop in reversed(self._loops):
            await asyncio.to_thread(loop.stop)
        if self._ingest is not None:
            await asyncio.to_thread(self._ingest.stop)
            if self._watching is not None:
                await asyncio.to_thread(self._watching.stop)
            store = reads.attached_store()
            reads.detach()
            await asyncio.to_thread(store.close)
        if self._sealer is not None:
            await asyncio.to_thread(self._sealer.stop)
        if self._lock is not None:
            self._lock.close()


def _own_sealer(settings: config.Config) -> sealer.SealerProcess:
    limits = sealer.Limits(
        settings.relation_checks_a_minute,
        settings.relation_checks_a_day,
        settings.relation_checks_about_one_a_day,
    )
    return sealer.SealerProcess(settings.sealer_path, settings.sealer_socket_path, limits)


def _follow_parent() -> None:
    """End this worker when its supervisor is gone, so that a killed server leaves nothing running."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, name="follow-parent", daemon=True).start()


def _end_streams_when_asked_to_stop() -> None:
    """The server waits for open connections before it ends the lifespan, and a wall's stream has no end."""
    loop = asyncio.get_running_loop()

    def end(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(hotlists.exchange.close)

    for number in (signal.SIGTERM, signal.SIGINT):
        # Beside the server's own handler, which asyncio is told of through its wake-up file and not through this.
        signal.signal(number, end)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One line asks, one line of JSON answers."""
    try:
        question = (await reader.readline()).decode(errors="replace").strip()
        if question == "health":
            writer.write(msgspec.json.encode(await asyncio.to_thread(_health)) + b"\n")
        elif question.startswith("place "):
            place = await asyncio.to_thread(access.read_place, question.removeprefix("place "))
            writer.write(msgspec.json.encode(place) + b"\n")
        elif question.partition(" ")[0] == "cameras":
            told = await asyncio.to_thread(_cameras, question.partition(" ")[2])
            writer.write(msgspec.json.encode(told) + b"\n")
        elif question == "feeds":
            writer.write(msgspec.json.encode(await asyncio.to_thread(ingest.report)) + b"\n")
        else:
            writer.write(b'{"error":"Ask for: health, feeds, cameras, cameras CAMERA, or place READ."}\n')
        await writer.drain()
    finally:
        writer.close()


def _cameras(camera_id: str) -> cameras.Report:
    try:
        return cameras.reported(camera_id)
    finally:
        connection.close()


def _health() -> Health:
    store = reads.attached_store()
    integrity = store.integrity()
    return Health(reads=integrity.reads, schema=integrity.schema_version, ledger_entries=ledger.state().size)
