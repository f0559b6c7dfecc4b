"""How a retry is recognised: by hashes under a secret key, so that none gives a plate away.

A plain hash would: there are so few plates and milliseconds that each could be tried. The keys of a message's
events are made together, in microseconds for a thousand: AES-128 in CBC-MAC over all of them at once. Each text is
preceded by a block that no other camera, kind or length shares, without which CBC-MAC would not be safe.
Source: Bellare, Kilian, Rogaway, The Security of the Cipher Block Chaining Message Authentication Code (2000).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DIGEST_BYTES = 32
_BLOCK_BYTES = 16
_WORDS = 2
"""64-bit numbers in a block."""


class RetryHashes:
    """Hashes under one 32-byte secret; each kind of hash has a space of its own."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        key = self._blake2b(b"", kind=b"event keys", size=_BLOCK_BYTES)
        # Single blocks at a time: the chaining is done below, for all texts in step.
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305

    def of_events(self, camera_id: str, event_ids: Sequence[str]) -> NDArray[np.uint64]:
        """The 64-bit keys of a camera's own event ids."""
        return self._keys(b"event id", camera_id, event_ids)

    def of_plates(self, camera_id: str, plates: Sequence[str]) -> NDArray[np.uint64]:
        """The 64-bit keys of reads whose camera gives no event ids; with the instant they are a sighting's."""
        return self._keys(b"sighting", camera_id, plates)

    def of_payload(self, camera_id: str, payload: bytes) -> bytes:
        """The 32-byte digest of a read exactly as it was posted (BLAKE2b, RFC 7693)."""
        return self._blake2b(camera_id.encode() + b"\0" + payload, kind=b"payload", size=DIGEST_BYTES)

    def _keys(self, kind: bytes, camera_id: str, texts: Sequence[str]) -> NDArray[np.uint64]:
        written = [text.encode() for text in texts]
        lengths = np.fromiter(map(len, written), np.int64, len(written))
        blocks = -(-lengths // _BLOCK_BYTES)
        most = int(blocks.max(initial=1)) or 1
        words = (
            np.array(written, dtype=f"S{most * _BLOCK_BYTES}")
            .view(np.uint64)
            .reshape(len(written), most * _WORDS)
        )
        first = np.frombuffer(self._blake2b(camera_id.encode(), kind=kind, size=_BLOCK_BYTES), np.uint64)
        state = np.tile(first, (len(written), 1))
        state[:, 0] ^= lengths.astype(np.uint64)
        state = self._encrypted(state)
        keys = state[:, 0].copy()
        for block in range(most):
            state = self._encrypted(state ^ words[:, _WORDS * block : _WORDS * (block + 1)])
            last = blocks == block + 1
            keys[last] = state[last, 0]
        return keys

    def _encrypted(self, blocks: NDArray[np.uint64]) -> NDArray[np.uint64]:
        # A context a call: one may not be used by two threads.
        contents = self._cipher.encryptor().update(blocks.tobytes())
        return np.frombuffer(contents, np.uint64).reshape(-1, _WORDS)

    def _blake2b(self, content: bytes, *, kind: bytes, size: int) -> bytes:
        return hashlib.blake2b(content, digest_size=size, key=self._secret, person=kind).digest()
