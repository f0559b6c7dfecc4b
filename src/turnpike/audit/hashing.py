"""The two hashes of an RFC 6962 tree.

Source: RFC 6962 section 2.1 (unchanged in RFC 9162 section 2.1.1): SHA-256 with 0x00 before a leaf's data
and 0x01 before two nodes, so that no leaf can pass for a node.
"""

from __future__ import annotations

import hashlib

HASH_BYTES = 32

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """The 32-byte hash of a leaf whose data is `data`, of any length."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The 32-byte hash of the node over the 32-byte hashes `left` and `right`."""
    return hashlib.sha256(b"\x01" + left + right).digest()
