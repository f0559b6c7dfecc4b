"""Messages of makers' cameras that could not be understood or taken: kept sealed and without pictures, and put through again after a fix.

Each is entered into the ledger and kept before the spool lets it go. What a page shows of one is never its contents.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Length
from django.utils import timezone

from turnpike import __version__, config
from turnpike.audit.services import seal, unseal
from turnpike.ingest.errors import TryLater
from turnpike.ingest.feeding import SpooledMessage
from turnpike.ingest.models import QuarantinedMessage
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from turnpike.ingest.retries import RetryHashes

MAX_KEPT_BYTES = 2**16
"""Of one message without its pictures; a longer one is only counted. Source: ours; the makers' own have a few thousand."""
MAX_KEPT_OF_A_FEED = 1_000
MAX_KEPT = 20_000
"""Messages with their contents; what comes beyond is counted with the newest of its feed and reason. Source: ours; a camera that is set up
wrongly sends the same fault thousands of times a day, and a hundred of them say all."""
MAX_REPLAYED = 1_000
_PUT_S = 30.0
_READABLE_SHARE = 0.7
_PICTURES = re.compile(
    rb"(?:\xff\xd8\xff|\x89PNG\r\n).*?(?=\r\n--|\Z)"  # a file, until the next part of the message
    rb"|(?<![A-Za-z0-9+/\\%_-])[A-Za-z0-9+/\\%_-]{256,}={0,2}"  # base64 in one run
    rb"|(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{60,76}\r?\n){4,}[A-Za-z0-9+/]{0,76}={0,2}",  # or in lines
    re.DOTALL,
)
_UNREADABLE = bytes(set(range(256)) - set(range(32, 127)) - set(b"\t\r\n"))


@dataclass(frozen=True, slots=True)
class Aside:
    """A message to be kept aside, and why, in a sentence of ours."""

    message: SpooledMessage
    adapter: str
    reason: str


@dataclass(frozen=True, slots=True)
class MaskedMessage:
    """A quarantined message as a page may show it: nothing of its contents. `others` more came with the same fault, uncounted here."""

    id: int
    feed: str
    adapter: str
    received_at: datetime
    reason: str
    software: str
    payload_bytes: int
    others: int
    can_be_replayed: bool


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    content_type: str
    topic: str
    body: bytes


def without_pictures(body: bytes) -> bytes | None:
    """The message without whatever may be a picture, which is not to be kept; None where the rest is too long, or hardly text."""
    rest = _PICTURES.sub(b"", body)
    if len(rest) > MAX_KEPT_BYTES or len(rest.translate(None, _UNREADABLE)) < _READABLE_SHARE * len(rest):
        return None
    return rest


def keep(asides: Sequence[Aside], hashes: RetryHashes) -> None:
    """Enter these into the ledger and keep them; on return both are on the disk. One that is kept already is kept once.

    Raises:
        LedgerError: they could not be entered, and nothing is kept.
        django.db.DatabaseError: they could not be kept.
    """
    wanted = {
        (aside.message.feed, hashes.of_payload(aside.message.feed, aside.message.body)): aside
        for aside in asides
    }
    known = {
        (feed, bytes(digest))
        for feed, digest in QuarantinedMessage.objects.filter(
            payload_digest__in={digest for _, digest in wanted}
        ).values_list("feed", "payload_digest")
    }
    fresh = {place: aside for place, aside in wanted.items() if place not in known}
    if not fresh:
        return
    record(
        AuditEvent.MESSAGES_QUARANTINED,
        actor="system",
        details={"feeds": _counted(feed for feed, _ in fresh)},
    )
    room = _room({feed for feed, _ in fresh})
    rows, beyond = [], Counter[tuple[str, str, str]]()
    for (feed, digest), aside in fresh.items():
        if room[feed] > 0 and room[""] > 0:
            room[feed] -= 1
            room[""] -= 1
            rows.append(_row(aside, digest))
        else:
            beyond[feed, aside.adapter, aside.reason] += 1
    with transaction.atomic():
        QuarantinedMessage.objects.bulk_create(rows, ignore_conflicts=True)
        for (feed, adapter, reason), count in beyond.items():
            _count_beyond(feed, adapter, reason, count)


def newest(limit: int) -> tuple[MaskedMessage, ...]:
    """The newest quarantined messages, newest first, masked."""
    return tuple(
        MaskedMessage(*row[:-1], can_be_replayed=row[-1] > 0)
        for row in QuarantinedMessage.objects.annotate(kept_bytes=Length("sealed")).values_list(
            "id",
            "feed",
            "adapter",
            "received_at",
            "reason",
            "software",
            "payload_bytes",
            "others",
            "kept_bytes",
        )[:limit]
    )


def replay(
    ids: Iterable[int],
    *,
    actor: str,
    put: Callable[[SpooledMessage], Future[None]],
) -> int:
    """Put these messages back into the spool, to be understood as if they had just come, and say how many; 1,000 at most.

    Those that are gone or whose contents were not kept are passed over. What fails again is in quarantine again, with its new reason; what is stored
    already is recognised.

    Raises:
        TryLater: the spool does not take all; those that it took are not in quarantine any more.
        LedgerError: the entry could not be written, and nothing was put back.
    """
    rows = [row for row in QuarantinedMessage.objects.filter(pk__in=list(ids)[:MAX_REPLAYED]) if row.sealed]
    if not rows:
        return 0
    record(
        AuditEvent.MESSAGES_REPLAYED,
        actor=actor,
        details={"feeds": _counted(row.feed for row in rows)},
    )
    waiting: list[tuple[int, Future[None]]] = []
    done = []
    try:
        # One at a time: those before one that is refused are waited for all the same.
        for row in rows:
            future = put(_opened(row))
            waiting.append((row.pk, future))
    finally:
        for key, future in waiting:
            with suppress(TryLater, TimeoutError):
                future.result(_PUT_S)
                done.append(key)
        QuarantinedMessage.objects.filter(pk__in=done).delete()
    if len(done) < len(rows):
        raise TryLater(f"{len(done)} of {len(rows)} messages were put back; try the others again later.")
    return len(done)


def clear_old(now: datetime) -> int:
    """Let those go that were kept for `quarantine_days`, told in the ledger first; says how many."""
    due = QuarantinedMessage.objects.filter(kept_at__lt=now - timedelta(days=config.load().quarantine_days))
    rows = list(due.values_list("pk", "feed", "others")[:MAX_KEPT])
    if not rows:
        return 0
    counts = Counter[str]()
    for _, feed, others in rows:
        counts[feed] += 1 + others
    record(
        AuditEvent.MESSAGES_GONE,
        actor="system",
        details={
            "feeds": [f"{feed}: {count}" for feed, count in sorted(counts.items())],
            "why": "quarantine_days are over",
        },
    )
    QuarantinedMessage.objects.filter(pk__in=[key for key, _, _ in rows]).delete()
    return sum(counts.values())


def _opened(row: QuarantinedMessage) -> SpooledMessage:
    digest = bytes(row.payload_digest)
    content = unseal(config.load().key("quarantine"), bytes(row.sealed), bound_to=digest)
    kept = msgspec.msgpack.decode(content, type=_Kept)
    return SpooledMessage(row.feed, row.received_at, kept.content_type, kept.topic, kept.body)


def _row(aside: Aside, digest: bytes) -> QuarantinedMessage:
    message = aside.message
    body = without_pictures(message.body)
    kept = b"" if body is None else msgspec.msgpack.encode(_Kept(message.content_type, message.topic, body))
    return QuarantinedMessage(
        feed=message.feed,
        adapter=aside.adapter,
        received_at=message.received_at,
        reason=aside.reason[:300],
        software=__version__,
        payload_digest=digest,
        payload_bytes=len(message.body),
        sealed=seal(config.load().key("quarantine"), kept, bound_to=digest) if kept else b"",
        kept_at=timezone.now(),
    )


def _count_beyond(feed: str, adapter: str, reason: str, count: int) -> None:
    alike = QuarantinedMessage.objects.filter(feed=feed, reason=reason[:300]).first()
    if alike is None:
        # Where so many of other faults are kept, this one at least has a line.
        alike = QuarantinedMessage.objects.create(
            feed=feed, adapter=adapter, received_at=timezone.now(), reason=reason[:300], software=__version__,
            payload_digest=sha256(reason.encode()).digest(), payload_bytes=0, sealed=b"", kept_at=timezone.now(),
        )  # fmt: skip
        count -= 1
    QuarantinedMessage.objects.filter(pk=alike.pk).update(others=F("others") + count)


def _room(feeds: Iterable[str]) -> dict[str, int]:
    """How many more may be kept of each feed; under the empty name, of all."""
    room = {feed: MAX_KEPT_OF_A_FEED - QuarantinedMessage.objects.filter(feed=feed).count() for feed in feeds}
    return room | {"": MAX_KEPT - QuarantinedMessage.objects.count()}


def _counted(feeds: Iterable[str]) -> list[str]:
    return [f"{feed}: {count}" for feed, count in sorted(Counter(feeds).items())]
