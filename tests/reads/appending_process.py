"""A process that appends without end, or once; the durability tests kill it or trace it.

    python -m tests.reads.appending_process PATH FIRST COUNT

Numbers reads from FIRST on, COUNT of them or without end where COUNT is 0, in groups of two batches of two,
and writes the last number of each group to stdout once the group is acknowledged.
"""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

from tests.reads.samples import a_batch, a_read

from turnpike.reads.services import NewBatch, ReadStore

GROUP = 4


def batch(numbers: range) -> NewBatch:
    """One batch of the reads with these numbers; the number is the event and the plate."""
    return a_batch(*[a_read(number, plate=f"N{number}") for number in numbers])


def main(path: str, first: str, total: str) -> None:
    """Append, and say so."""
    store = ReadStore.open(Path(path))
    os.write(1, b"open\n")
    for start in count(int(first), GROUP):
        if int(total) and start >= int(first) + int(total):
            break
        middle, end = start + GROUP // 2, start + GROUP
        store.append([batch(range(start, middle)), batch(range(middle, end))])
        os.write(1, b"%d\n" % (end - 1))


if __name__ == "__main__":
    main(*sys.argv[1:])
