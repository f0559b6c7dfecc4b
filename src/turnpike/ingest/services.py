"""Taking reads in: checked, stored durably, matched, recorded, and only then answered."""

from __future__ import annotations

import asyncio
import gc
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import DatabaseError, connections

from turnpike import config
from turnpike.cameras.services import CaseMissing, camera_id_for_key
from turnpike.hotlists.services import prepare_matching
from turnpike.images.services import PatchStore
from turnpike.ingest.checking import Checker
from turnpike.ingest.committing import Committer
from turnpike.ingest.endpoint import Endpoint
from turnpike.ingest.errors import KEY_UNKNOWN, KeyRefused, NotAdmitted, OtherCamera, Refused, TryLater
from turnpike.ingest.grouping import GroupWriter
from turnpike.ingest.line import CheckingLine, Replies, Taken
from turnpike.ingest.quarantine import MaskedRead, newest
from turnpike.ingest.retries import RetryHashes
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from turnpike.ingest.bodies import Posted
    from turnpike.ingest.checking import Message
    from turnpike.ingest.endpoint import type_receive, type_scope, type_send
    from turnpike.ingest.messages import Answer
    from turnpike.reads.services import ReadStore

__all__ = ["Ingest", "MaskedRead", "Refused", "TryLater", "handle", "newest_quarantined"]

_CHECKING_THREADS = 2
"""Source: ours; one that unpacks or looks at pictures holds up no other."""

newest_quarantined = newest
_running: list[Ingest] = []


async def handle(scope: type_scope, receive: type_receive, send: type_send) -> None:
    """Answer one HTTP request to `/api/v1/reads`; 503 where this process has no started `Ingest`."""
    endpoint = _running[-1].endpoint if _running else _CLOSED
    await endpoint.handle(scope, receive, send)


class Ingest:
    """The taking of reads into one store: threads that check, one that writes.

    Between `start` and `stop`, which both wait and so are not for an event loop, `handle` serves from this.
    """

    def __init__(self, store: ReadStore) -> None:
        settings = config.load()
        self._committer = Committer(store, PatchStore(settings.patches_path))
        max_bytes = settings.batch_max_mb << 20
        self._checker = Checker(
            RetryHashes(settings.key("event-keys")), max_reads=settings.batch_max_reads, max_bytes=max_bytes
        )
        self._writer = GroupWriter(self._committer.commit, self._committer.settle, connections.close_all)
        self._line = CheckingLine(self._check_some, connections.close_all, threads=_CHECKING_THREADS)
        self._replies: Replies | None = None
        self.endpoint = Endpoint(self._identify, self._take, max_body_bytes=max_bytes)

    def start(self) -> None:
        """Match what an earlier process stored but did not match, then begin to take messages."""
        # Before the first message, which would wait for it: a million entries take seconds.
        prepare_matching()
        self._committer.catch_up()
        # What is there by now stays: it need not be looked through again with each full collection.
        gc.collect()
        gc.freeze()
        self._writer.start()
        self._line.start()
        _running.append(self)

    def stop(self) -> None:
        """Take no more messages, and write and answer those that wait."""
        _running.remove(self)
        self._line.stop()
        self._writer.stop()

    async def _identify(self, key: str) -> str | None:
        return await asyncio.to_thread(_camera_for_key, key)

    async def _take(self, key: str, posted: Posted) -> Answer:
        self._writer.check_room()
        if self._replies is None:
            self._replies = Replies(asyncio.get_running_loop())
        reply = self._replies.expect()
        self._line.put(Taken(key, posted, reply))
        return await reply.future

    def _check_some(self, some: list[Taken]) -> None:
        for taken in some:
            try:
                self._writer.submit(self._checked(taken), taken.reply)
            except Exception as error:  # noqa: BLE001 - whoever waits is answered, whatever it was
                taken.reply.set_exception(error)

    def _checked(self, taken: Taken) -> Message:
        camera_id = _camera_for_key(taken.key)
        if camera_id is None:
            raise KeyRefused(KEY_UNKNOWN)
        try:
            return self._checker.check(taken.posted, camera_id=camera_id, received_at=datetime.now(UTC))
        except OtherCamera:
            record(AuditEvent.READS_REFUSED, actor="system", details={"camera": camera_id})
            raise


def _camera_for_key(key: str) -> str | None:
    try:
        return camera_id_for_key(key)
    except CaseMissing as error:
        raise NotAdmitted(str(error)) from error
    except DatabaseError as error:
        # The next request of this thread begins with a connection of its own.
        connections.close_all()
        raise TryLater("The centre's records cannot be read now; send the message again later.") from error


async def _identify_nobody(_: str) -> str | None:
    raise TryLater("The centre is starting or stopping; send the message again later.")


async def _take_nothing(_: str, __: Posted) -> Answer:
    raise TryLater("The centre is starting or stopping; send the message again later.")


_CLOSED = Endpoint(_identify_nobody, _take_nothing, max_body_bytes=1)
