"""What the sealer said of alerts' plates, kept for as long as nothing that it answered on has changed."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_VIEWERS = 256
_MOST_PLATES = 5_000
"""Of one viewer. Source: ours; more than a wall shows in a shift, and some 150 MB in all at most."""


@dataclass(frozen=True, slots=True)
class Flagged:
    """A plate of a look that needs an outside authoriser: its mark, and why, sealed."""

    mark: bytes
    why: bytes


class FlagCache:
    """By viewer: the flag of each plate that was asked about, or None, under one set of declarations and picks.

    A declaration that comes or goes makes another set, of which nothing is known. What outsiders have given is not kept here.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, bytes], dict[str, Flagged | None]] = OrderedDict()
        self._guard = threading.Lock()

    def of(self, viewer: str, tokens: Sequence[bytes], picked: Sequence[bytes]) -> dict[str, Flagged | None]:
        """What is known under exactly these tokens and picks, to be added to."""
        stands_on = hashlib.sha256(b"".join(sorted(tokens)) + b"|" + b"".join(sorted(picked)))
        key = (viewer, stands_on.digest())
        with self._guard:
            known = self._known.pop(key, None)
            if known is None or len(known) > _MOST_PLATES:
                known = {}
            self._known[key] = known
            while len(self._known) > _MOST_VIEWERS:
                self._known.popitem(last=False)
            return known
