"""The peer of the published log: pymerkle's tree in memory. Run in an environment of its own, without Turnpike."""

from __future__ import annotations

import json
import random
import sys
import time
from typing import TYPE_CHECKING

from pymerkle import InmemoryTree

if TYPE_CHECKING:
    from collections.abc import Callable

_LEAF_BYTES = 32


def main() -> None:
    """Asked how many entries and for how many seconds; answers the root and how many proofs a second."""
    asked = json.load(sys.stdin)
    entries, seconds = int(asked["entries"]), float(asked["seconds"])
    tree = InmemoryTree(algorithm="sha256")
    for index in range(entries):
        tree.append_entry(index.to_bytes(_LEAF_BYTES, "big"))
    chance = random.Random(1)  # noqa: S311 - which entries are proven is no secret
    answer = {
        "root": tree.get_root(entries).hex(),
        "inclusion_proofs_per_s": _pace(
            lambda: tree.prove_inclusion(chance.randint(1, entries), entries), seconds
        ),
        "consistency_proofs_per_s": _pace(
            lambda: tree.prove_consistency(chance.randint(1, entries), entries), seconds
        ),
    }
    sys.stdout.write(json.dumps(answer))


def _pace(prove: Callable[[], object], seconds: float) -> float:
    """How many a second, after as long of the same, in which its cache fills."""
    paces = []
    for _ in range(2):
        began, made = time.perf_counter(), 0
        while time.perf_counter() < began + seconds:
            prove()
            made += 1
        paces.append(made / (time.perf_counter() - began))
    return paces[-1]


if __name__ == "__main__":
    main()
