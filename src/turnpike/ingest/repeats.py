"""Which messages came within the last day, so that one that is sent again is answered and not taken twice.

Only 64-bit hashes under a key are kept, in memory: some three million, 40 MB at most. Beyond that the oldest are forgotten, and with a restart all;
then it is the store that recognises the read.
"""

from __future__ import annotations

import hashlib
import time
from array import array
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

REMEMBERED_S = 24 * 3600.0
_MOST_IN_ONE = 2**17
_MOST_OLDER = 24
_ONE_S = 3600.0
_HASH_BYTES = 8


@dataclass(frozen=True, slots=True)
class _Older:
    ended_s: float
    hashes: array[int]

    def holds(self, number: int) -> bool:
        place = bisect_left(self.hashes, number)
        return place < len(self.hashes) and self.hashes[place] == number


class Repeats:
    """Hashes of messages by feed and body. For one thread, an event loop's; only `forget` may be called from others."""

    def __init__(self, key: bytes, clock: Callable[[], float] = time.monotonic) -> None:
        self._key = key
        self._clock = clock
        self._newest: set[int] = set()
        self._begun_s = clock()
        self._older: deque[_Older] = deque(maxlen=_MOST_OLDER)

    def number_of(self, feed: str, topic: str, body: bytes | bytearray) -> int:
        """The hash of a message (BLAKE2b, keyed)."""
        digest = hashlib.blake2b(key=self._key, digest_size=_HASH_BYTES, person=b"feed message")
        digest.update(f"{feed}\0{topic}\0".encode())
        digest.update(body)
        return int.from_bytes(digest.digest())

    def knows(self, number: int) -> bool:
        """Whether such a message was taken within the last day, as far as is remembered."""
        while self._older and self._clock() - self._older[0].ended_s > REMEMBERED_S:
            self._older.popleft()
        if number in self._newest:
            return True
        return any(older.holds(number) for older in self._older)

    def remember(self, number: int) -> None:
        """It is taken now."""
        now_s = self._clock()
        if len(self._newest) >= _MOST_IN_ONE or now_s - self._begun_s > _ONE_S:
            # Sorted they take a tenth of the memory, and are looked up nearly as fast.
            self._older.append(_Older(now_s, array("Q", sorted(self._newest))))
            self._newest, self._begun_s = set(), now_s
        self._newest.add(number)

    def forget(self, number: int) -> None:
        """It said only that its sender lives, so the same again is news. Any thread may call this, soon after."""
        self._newest.discard(number)
