"""What became of a file of history: for the person who loads it, and for the ledger."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from turnpike.ingest.history.checking import SENTENCES, Why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.ingest.history.journal import Done

MOST_LINES = 20
"""Of each reason so many lines are told; the list of refused rows has all."""


class RefusedRows(msgspec.Struct, frozen=True):
    """Rows refused for one reason, with the first of their lines."""

    why: str
    rows: int
    first_lines: list[int]


class ImportReport(msgspec.Struct, frozen=True):
    """`loaded` is in all, `loaded_before` of it by earlier runs of the same import; a line in Parquet is a row's number from 1.

    `sha256` is of the content as far as it was read, unpacked and in UTF-8, or of a Parquet file as it lies there.
    """

    rows: int
    loaded: int
    loaded_before: int
    refused: int
    blank_lines: int
    refusals: list[RefusedRows]
    left_empty: dict[str, int]
    repeated_hour: int
    cameras: dict[str, int]
    captured_from: str
    captured_until: str
    sha256: str
    finished: bool
    elapsed_s: float
    reads_per_s: int
    refused_list: str


def report_of(
    pieces: Sequence[Done], *, before: int, sha256: bytes, finished: bool, elapsed_s: float, refused_list: str
) -> ImportReport:
    """The sums over these pieces, of which the first `before` were done by earlier runs."""
    why: Counter[int] = Counter()
    cameras: Counter[str] = Counter()
    left_empty: Counter[str] = Counter()
    lines: dict[int, list[int]] = {}
    for piece in pieces:
        why.update(piece.why)
        cameras.update(piece.cameras)
        left_empty.update(piece.left_empty)
        for reason, first in piece.first_lines.items():
            lines.setdefault(reason, []).extend(first)
    loaded, earlier = (sum(piece.loaded for piece in some) for some in (pieces, pieces[:before]))
    blank = sum(piece.blank for piece in pieces)
    spans = [piece for piece in pieces if piece.loaded]
    return ImportReport(
        rows=loaded + why.total() + blank,
        loaded=loaded,
        loaded_before=earlier,
        refused=why.total(),
        blank_lines=blank,
        refusals=[
            RefusedRows(SENTENCES[Why(reason)], rows, lines[reason][:MOST_LINES])
            for reason, rows in why.most_common()
        ],
        left_empty=dict(left_empty),
        repeated_hour=sum(piece.repeated_hour for piece in pieces),
        cameras=dict(sorted(cameras.items())),
        captured_from=_instant(min(piece.first_ms for piece in spans)) if spans else "",
        captured_until=_instant(max(piece.last_ms for piece in spans)) if spans else "",
        sha256=sha256.hex(),
        finished=finished,
        elapsed_s=round(elapsed_s, 3),
        reads_per_s=round((loaded - earlier) / elapsed_s) if elapsed_s else 0,
        refused_list=refused_list,
    )


def _instant(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
