"""The secrets of feeds: addresses of 256 random bits, and passwords for cameras that have to be asked for one.

Neither is kept: of an address its SHA-256, and of a password what HTTP's digest needs in its place, sealed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.audit.services import seal, unseal

if TYPE_CHECKING:
    from turnpike.config import Config

REALM = "turnpike feed"
_TOKEN_CHARACTERS = 43
"""Of 62 kinds: 256 bits. No signs among them, which some cameras' forms alter and which are easily misread on a ladder."""
_PASSWORD_CHARACTERS = 20
"""Of 62 kinds: 119 bits. Source: ours; the shortest field for a password that makers' cameras have holds 20 or more."""
_LETTERS = string.ascii_letters + string.digits
_MD5_BYTES = 16


@dataclass(frozen=True, slots=True)
class PasswordHashes:
    """What RFC 7616 calls H(A1), in hex, by each algorithm; whoever has them can pass for the camera, as with the password itself."""

    md5: str
    sha256: str


def new_token() -> str:
    """43 letters and digits for an address."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_TOKEN_CHARACTERS))


def token_digest(token: str) -> bytes:
    """What is kept of an address."""
    return hashlib.sha256(token.encode()).digest()


def new_password() -> str:
    """20 letters and digits, which every camera's form takes."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_PASSWORD_CHARACTERS))


def password_hashes(username: str, password: str) -> PasswordHashes:
    """Both hashes of a password. Source: RFC 7616, section 3.4.2."""
    whole = f"{username}:{REALM}:{password}".encode()
    # Old cameras know MD5 alone. What it hashes here is random and long: neither guessed nor found by collision.
    return PasswordHashes(
        hashlib.md5(whole, usedforsecurity=False).hexdigest(), hashlib.sha256(whole).hexdigest()
    )


def feed_key(settings: Config, purpose: str) -> bytes:
    """A 32-byte key for one purpose, derived of the centre's key of events."""
    return hmac.digest(settings.key("event-keys"), f"feeds: {purpose}".encode(), "sha256")


def seal_password(settings: Config, feed: str, hashes: PasswordHashes) -> bytes:
    """The hashes of a feed's password as they are kept."""
    content = bytes.fromhex(hashes.md5 + hashes.sha256)
    return seal(feed_key(settings, "passwords"), content, bound_to=feed.encode())


def open_password(settings: Config, feed: str, sealed: bytes) -> PasswordHashes:
    """The hashes that were kept.

    Raises:
        SealError: they were altered or moved, or the centre's key is another.
    """
    content = unseal(feed_key(settings, "passwords"), sealed, bound_to=feed.encode())
    return PasswordHashes(content[:_MD5_BYTES].hex(), content[_MD5_BYTES:].hex())
