"""Which entries a seed draws: by a rule short enough to be followed by hand, so that nobody here can choose.

    for n in 0, 1, 2, …:  SHA-256 of the text "SEED:n" (UTF-8), read as one number, modulo the number of entries

An index that was drawn before is passed over.
"""

from __future__ import annotations

import hashlib
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def drawn(seed: str, start: int, stop: int) -> Iterator[int]:
    """The indexes from `start` up to `stop`, exclusive, in the order in which the seed draws them; each once, all in the end.

    The 256-bit number is far above any log's size, so that the remainder favours none by more than 2^-190.
    """
    span = stop - start
    seen: set[int] = set()
    for number in count():
        if len(seen) == span:
            return
        digest = hashlib.sha256(f"{seed}:{number}".encode()).digest()
        place = int.from_bytes(digest) % span
        if place not in seen:
            seen.add(place)
            yield start + place
