"""What stands in the tree for an entry, and how its contents are kept beside the tree.

The tree holds one commitment an entry: 32 bytes that show no type, time, plate or name and that, once the
salt is destroyed, nobody can link to contents again, not even by guessing them. The contents are sealed and
kept in the records database.
"""

from __future__ import annotations

import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from turnpike.audit.errors import AuditError, SealError

SALT_BYTES = 32
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
_VERSION = b"\x01"


def new_salt() -> bytes:
    """32 random bytes for one entry."""
    return secrets.token_bytes(SALT_BYTES)


def commitment(salt: bytes, contents: bytes) -> bytes:
    """The 32-byte leaf data of an entry: HMAC-SHA-256 of `contents` under the 32-byte `salt`.

    Hiding while the salt is secret, binding always. Source: RFC 2104; a salt of one fixed length is needed
    for binding, since HMAC pads short keys with zeros.

    Raises:
        AuditError: the salt is not 32 bytes.
    """
    if len(salt) != SALT_BYTES:
        raise AuditError(f"A salt has {SALT_BYTES} bytes; make it with new_salt().")
    return hmac.digest(salt, contents, "sha256")


def seal(key: bytes, plaintext: bytes, *, bound_to: bytes) -> bytes:
    """`plaintext` encrypted under the 32-byte `key`: version byte, 12-byte random nonce, AES-256-GCM.

    `bound_to` says where it belongs (an entry's position, say) and is not stored: what is sealed cannot be
    moved elsewhere unseen. 29 bytes longer than the plaintext. Source: NIST SP 800-38D, section 8.3: at
    most 2^32 messages under one key with random nonces.

    Raises:
        SealError: the key is not 32 bytes.
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    return _VERSION + nonce + _cipher(key).encrypt(nonce, plaintext, _VERSION + bound_to)


def unseal(key: bytes, sealed: bytes, *, bound_to: bytes) -> bytes:
    """The plaintext of what `seal` made with the same `key` and `bound_to`.

    Raises:
        SealError: another key, another place, altered or cut short.
    """
    cipher = _cipher(key)
    if len(sealed) < len(_VERSION) + NONCE_BYTES + TAG_BYTES or not sealed.startswith(_VERSION):
        raise SealError("These are no sealed contents of a known version; restore them from a backup.")
    nonce, encrypted = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return cipher.decrypt(nonce, encrypted, _VERSION + bound_to)
    except InvalidTag:
        raise SealError(
            "Sealed contents do not open: they were altered or moved, or the key is another; check the key."
        ) from None


def _cipher(key: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise SealError(f"A sealing key has {KEY_BYTES} bytes; give one of that length.")
    return AESGCM(key)
