"""A stream of reads cut anew, a month at a time and in large pieces: each becomes a part of a month that need not be merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

_MONTHS_AT_ONCE = 2
"""A month's last reads come in after the next one's first, not after those of the month after that."""
_RECEIVED_AT = "received_at"


def by_month(batches: Iterable[pa.RecordBatch], most_rows: int) -> Iterator[pa.RecordBatch]:
    """The same reads, in about the same order, in batches of one month of `received_at` and at most so many rows.

    At most two months' reads are held back at any moment, so less than twice as many rows.
    """
    waiting: dict[int, list[pa.RecordBatch]] = {}
    for batch in batches:
        for month, part in _months(batch):
            parts = waiting.setdefault(month, [])
            if parts and parts[0].schema != part.schema:  # loading tells what is wrong with which
                yield _joined(parts)
                parts.clear()
            taken, missing = 0, most_rows - sum(one.num_rows for one in parts)
            while part.num_rows - taken >= missing:
                yield _joined([*parts, part.slice(taken, missing)])
                parts.clear()
                taken, missing = taken + missing, most_rows
            if taken < part.num_rows:
                parts.append(part.slice(taken))
        while len(waiting) > _MONTHS_AT_ONCE:
            yield from _rest(waiting.pop(min(waiting)))
    for month in sorted(waiting):
        yield from _rest(waiting[month])


def months_of(received_s: NDArray[np.int64]) -> NDArray[np.int64]:
    """The month of each second since 1970, counted from that January; by UTC."""
    return received_s.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)


def _months(batch: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
    received_ms = batch.column(_RECEIVED_AT).cast(pa.int64()).to_numpy(zero_copy_only=False)
    months = months_of(received_ms // 1000)
    found = np.unique(months).tolist()
    for month in found:
        yield month, batch if len(found) == 1 else batch.take(pa.array(np.flatnonzero(months == month)))


def _rest(parts: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    if parts:
        yield _joined(parts)


def _joined(parts: list[pa.RecordBatch]) -> pa.RecordBatch:
    return parts[0] if len(parts) == 1 else pa.concat_batches(parts)
