"""Entries for the pure matcher, without records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from turnpike.hotlists.entry_table import EntryTable
from turnpike.hotlists.kinds import MatchKind
from turnpike.hotlists.matcher import Match, to_us
from turnpike.hotlists.plate_columns import words_of
from turnpike.plates.services import confusable_variants

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


class Wanted(NamedTuple):
    """An entry, as much of it as matching needs."""

    entry_id: int
    plate: str
    weed_at: datetime = LATER


def table(entries: Iterable[Wanted]) -> EntryTable:
    rows = list(entries)
    return EntryTable.of(
        np.array([row.entry_id for row in rows], np.int64),
        words_of([row.plate for row in rows]).copy(),
        np.array([to_us(row.weed_at) for row in rows], np.int64),
    )


def oracle(entries: Iterable[Wanted], plates: Sequence[str], now: datetime = NOW) -> list[Match]:
    """What matching must find, by a way that knows nothing of skeletons, arrays or bisection; in its order."""
    standing = [(wanted, confusable_variants(wanted.plate)) for wanted in entries if wanted.weed_at > now]
    found = [
        Match(position, wanted.entry_id, MatchKind.EXACT if wanted.plate == plate else MatchKind.NEAR)
        for position, plate in enumerate(plates)
        for wanted, variants in standing
        if wanted.plate == plate or plate in variants
    ]
    return sorted(found, key=lambda match: (match.position, match.entry_id))
