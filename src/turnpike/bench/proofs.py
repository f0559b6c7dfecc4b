"""Proofs from the published log's tiles on the disk, beside pymerkle in an environment of its own.

The peer holds its whole tree in memory; ours reads tiles and keeps as many as a reader does. Both prove entries
drawn by chance from the same tree, which their equal roots show.
"""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from turnpike.audit import services as audit
from turnpike.bench.errors import BenchFailed
from turnpike.bench.models import Findings
from turnpike.bench.peer_environment import PeerMissing, ask_peer
from turnpike.bench.timing import per_s, timed_ms

if TYPE_CHECKING:
    from collections.abc import Callable

ENTRIES, ENTRIES_SHORT = 1_000_000, 2_000
SECONDS, SECONDS_SHORT = 5.0, 0.3
_PEER = "pymerkle==7.0.0"


def measure_proofs(*, short: bool) -> Findings:
    """How many a second, one thread; of a million entries, unless short.

    Raises:
        BenchFailed: the peer's tree has another root, so that the two did not do the same.
    """
    entries, for_s = (ENTRIES_SHORT, SECONDS_SHORT) if short else (ENTRIES, SECONDS)
    with tempfile.TemporaryDirectory(prefix="turnpike-bench-") as made:
        log = audit.TileFolder(Path(made))
        began = time.perf_counter()
        log.write_up_to(entries, _leaf_data)
        figures = {
            "tree_entries": entries,
            "tiles_written_per_s": round(entries / (time.perf_counter() - began), 1),
            "tiles_mb": round(_bytes_in(Path(made)) / 1e6, 1),
        }
        figures |= _proven(log, entries, for_s=for_s)
        root = log.reader.root(entries)
    try:
        peer = ask_peer(
            "pymerkle_process.py", requirement=_PEER, asked={"entries": entries, "seconds": for_s}
        )
    except PeerMissing as missing:
        return Findings(figures, notes=(str(missing),))
    if peer.pop("root") != root.hex():
        raise BenchFailed(
            "pymerkle built another tree of the same entries; pin the version it was compared with."
        )
    theirs = {name: round(float(figure), 1) for name, figure in peer.items()}
    return Findings(
        figures,
        peers={"pymerkle": theirs},
        ratios={
            f"{kind}_speed_vs_pymerkle": round(figures[name] / theirs[name], 1)
            for kind, name in (
                ("inclusion", "inclusion_proofs_per_s"),
                ("consistency", "consistency_proofs_per_s"),
            )
        },
    )


def _proven(log: audit.TileFolder, size: int, *, for_s: float) -> dict[str, float]:
    chance = random.Random(1)  # noqa: S311 - which entries are proven is no secret
    latest = min(size, 10_000)
    tiles = [*range(0, size, audit.TILE_WIDTH)]
    chance.shuffle(tiles)
    reader = log.reader
    reader.forget()
    began = time.perf_counter()
    for index in tiles:  # each from a tile that was not read before; afterwards all are in memory
        reader.inclusion(index, size)
    first = len(tiles) / (time.perf_counter() - began)

    def pace(prove: Callable[[], object]) -> float:
        return round(per_s(timed_ms(prove, for_s=for_s)), 1)

    return {
        "inclusion_proofs_per_s": pace(lambda: reader.inclusion(chance.randrange(size), size)),
        "consistency_proofs_per_s": pace(lambda: reader.consistency(chance.randint(1, size), size)),
        "latest_inclusion_proofs_per_s": pace(
            lambda: reader.inclusion(size - 1 - chance.randrange(latest), size)
        ),
        "first_inclusion_proofs_per_s": round(first, 1),
    }


def _leaf_data(start: int, stop: int) -> list[bytes]:
    """As long as commitments are; the peer's process makes the same."""
    return [index.to_bytes(audit.HASH_BYTES) for index in range(start, stop)]


def _bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
