"""Reads held against the entries that alert now, and what becomes of the finds."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from django.db import transaction
from django.utils import timezone

from turnpike.access.services import SharedField, fields_open_for_matching
from turnpike.hotlists.alerts import alert_of, exchange
from turnpike.hotlists.current import current
from turnpike.hotlists.kinds import EntryState
from turnpike.hotlists.models import Entry, Hit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from turnpike.hotlists.matcher import Match, Matcher
    from turnpike.hotlists.plate_columns import PlateColumn
    from turnpike.reads.services import StoredRead

Key = TypeVar("Key")
_AT_ONCE = 500
"""Rows of one query. Source: ours; half of what the smallest database takes as one question."""


def prepare_matching() -> Matcher:
    """The matcher of this process, loaded by now; for a million entries that takes seconds.

    Raises:
        DatabaseError: the records cannot be asked.
    """
    return current.get()


def match(reads: Sequence[StoredRead], *, clock: Callable[[], datetime] = timezone.now) -> tuple[Hit, ...]:
    """`match_column` of reads that are objects already."""
    return match_column(
        [read.plate for read in reads],
        lambda positions: [reads[position] for position in positions],
        clock=clock,
    )


def match_column(
    plates: PlateColumn,
    reads_at: Callable[[Sequence[int]], Sequence[StoredRead]],
    *,
    clock: Callable[[], datetime] = timezone.now,
) -> tuple[Hit, ...]:
    """Match stored reads against the entries that alert now, and publish what is new to every wall.

    Called with each group of reads once it is committed. `reads_at` makes the reads at some positions of the column, in ascending order; it
    is called at most once, for the few that agree with an entry. A read that is matched again, since its batch was
    sent again, makes neither a second hit nor a second alert. Returns the new hits.
    """
    now = clock()
    matches = current.get().match(plates, now=now)
    if not matches:
        return ()
    positions = sorted({found.position for found in matches})
    reads = dict(zip(positions, reads_at(positions), strict=True))
    with transaction.atomic():
        hits = tuple(Hit.objects.bulk_create(_new_hits(matches, reads, now)))
    for hit in hits:
        # Not before commit, where the caller has a transaction of its own: a wall shows nothing that may vanish.
        transaction.on_commit(partial(exchange.publish, alert_of(hit)))
    return hits


def _new_hits(matches: Sequence[Match], reads: dict[int, StoredRead], now: datetime) -> list[Hit]:
    """The hits, less those that are there already, those of entries closed since the matcher heard of them, and those of another controller's reads that no agreement opens for matching."""
    entries = _alerting({found.entry_id for found in matches}, now)
    opened = _open_positions(reads)
    known = _known({read.read_id.text for read in reads.values()})
    hits: list[Hit] = []
    for found in matches:
        read, entry = reads[found.position], entries.get(found.entry_id)
        pair = (found.entry_id, read.read_id.text)
        if entry is not None and found.position in opened and pair not in known:
            known.add(pair)
            hits.append(_hit(entry, read, found, now))
    return hits


def _open_positions(reads: dict[int, StoredRead]) -> set[int]:
    opened = fields_open_for_matching([(read.camera_id, read.captured_at) for read in reads.values()])
    return {position for position, fields in zip(reads, opened, strict=True) if SharedField.TEXT in fields}


def _alerting(entry_ids: Collection[int], now: datetime) -> dict[int, Entry]:
    wanted = Entry.objects.select_related("hotlist").filter(state=EntryState.AUTHORISED, weed_at__gt=now)
    return {entry.pk: entry for some in _parts(entry_ids) for entry in wanted.filter(pk__in=some)}


def _known(read_ids: Collection[str]) -> set[tuple[int, str]]:
    pairs = Hit.objects.order_by().values_list("entry_id", "read_id")
    return {pair for some in _parts(read_ids) for pair in pairs.filter(read_id__in=some)}


def _parts(keys: Collection[Key]) -> list[list[Key]]:
    every = list(keys)
    return [every[at : at + _AT_ONCE] for at in range(0, len(every), _AT_ONCE)]


def _hit(entry: Entry, read: StoredRead, found: Match, now: datetime) -> Hit:
    return Hit(
        entry=entry,
        read_id=read.read_id.text,
        camera_id=read.camera_id,
        captured_at=read.captured_at,
        received_at=read.received_at,
        read_plate=read.plate,
        confidence=read.confidence,
        has_patch=read.has_patch,
        kind=found.kind,
        matched_at=now,
    )
