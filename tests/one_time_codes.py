"""What an authenticator app shows: time-based one-time codes (RFC 6238), written anew so that tests do not ask the code under test."""

from __future__ import annotations

import base64
import hmac
import struct
import time


def code_now(secret: str, *, steps: int = 0) -> str:
    """The 6 digits of the present 30 seconds, or of some steps later."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.new(base64.b32decode(secret), counter, "sha1").digest()
    start = digest[-1] & 15
    (number,) = struct.unpack(">I", digest[start : start + 4])
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"
