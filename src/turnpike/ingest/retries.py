"""How a retry is recognised: by hashes under a secret key, so that none gives a plate away.

A plain hash would: there are so few plates and milliseconds that each could be tried.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

EVENT_KEY_BYTES = 8
DIGEST_BYTES = 32


class RetryHashes:
    """Hashes under one 32-byte secret (BLAKE2b, RFC 7693); each kind of hash has a space of its own."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of_event(self, camera_id: str, event_id: str) -> int:
        """The 64-bit key of a camera's own event id."""
        return self._event_key(b"event id", camera_id, event_id)

    def of_sighting(self, camera_id: str, captured_at: datetime, plate: str) -> int:
        """The 64-bit key of a read whose camera gives no event ids; `captured_at` is UTC."""
        return self._event_key(b"sighting", camera_id, captured_at.isoformat(), plate)

    def of_payload(self, camera_id: str, payload: bytes) -> bytes:
        """The 32-byte digest of a read exactly as it was posted."""
        content = camera_id.encode() + b"\0" + payload
        return hashlib.blake2b(
            content, digest_size=DIGEST_BYTES, key=self._secret, person=b"payload"
        ).digest()

    def _event_key(self, kind: bytes, *parts: str) -> int:
        # No camera id and no instant holds a NUL, and what may hold one comes last: no two reads run together.
        content = "\0".join(parts).encode()
        digest = hashlib.blake2b(content, digest_size=EVENT_KEY_BYTES, key=self._secret, person=kind).digest()
        return int.from_bytes(digest, "little")
