"""That an entry is in the log, and that the log has only grown: proofs, and their verification.

Leaves are given as data, not as hashes. Making a proof hashes all leaves once (about a microsecond each);
verifying one takes some log2(size) hashes and trusts nothing but the roots.

Source: RFC 6962 sections 2.1 to 2.1.2 for making, RFC 9162 sections 2.1.3.2 and 2.1.4.2 for verifying.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from turnpike.audit.errors import AuditError, TamperError
from turnpike.audit.hashing import EMPTY_ROOT, HASH_BYTES, leaf_hash, node_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The 32-byte root of the tree over `leaves`."""
    level = [leaf_hash(leaf) for leaf in leaves]
    while len(level) > 1:
        # A node without a sibling moves up as it is: the same tree as splitting at powers of two.
        alone = level[len(level) & ~1 :]
        level = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)] + alone
    return level[0] if level else EMPTY_ROOT


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The hashes, from the leaf upwards, that lead from leaf `index` to the root of all `leaves`.

    Raises:
        AuditError: there is no leaf `index`.
    """
    if not 0 <= index < len(leaves):
        raise AuditError("No entry has that position; ask for one below the log's size.")
    start, end, path = 0, len(leaves), []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(root_of(leaves[middle:end]))
            end = middle
        else:
            path.append(root_of(leaves[start:middle]))
            start = middle
    return tuple(reversed(path))


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    """The hashes that show that the tree over the first `old_size` leaves is a beginning of all `leaves`.

    Raises:
        AuditError: the old size is negative or above the number of leaves.
    """
    if not 0 <= old_size <= len(leaves):
        raise AuditError("The log was never of that size; ask for one up to its present size.")
    if old_size == 0:
        return ()
    start, end, path = 0, len(leaves), []
    while old_size < end:
        middle = start + _split(end - start)
        if old_size <= middle:
            path.append(root_of(leaves[middle:end]))
            end = middle
        else:
            path.append(root_of(leaves[start:middle]))
            start = middle
    if start > 0:  # else the verifier knows this subtree: it is the whole old tree
        path.append(root_of(leaves[start:end]))
    return tuple(reversed(path))


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Returns when `leaf` (data) stands at `index` in the tree of `size` leaves with this `root`.

    Raises:
        TamperError: it does not, or the proof does not show it.
    """
    _demand(0 <= index < size, "No entry can have that position in a log of that size.")
    computed, position, last = leaf_hash(leaf), index, size - 1
    for sibling in _checked(proof):
        _demand(last > 0, "The inclusion proof is too long.")
        if position & 1 or position == last:
            computed = node_hash(sibling, computed)
            position, last = _climb_right_edge(position, last)
        else:
            computed = node_hash(computed, sibling)
        position, last = position >> 1, last >> 1
    _demand(last == 0, "The inclusion proof is too short.")
    _demand(hmac.compare_digest(computed, root), "The entry is not in the log with that root.")


def verify_consistency(
    *, old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Returns when the tree with `new_root` begins with all of the tree with `old_root`.

    Raises:
        TamperError: it does not, or the proof does not show it.
    """
    _demand(0 <= old_size <= new_size, "A log never shrinks.")
    if old_size in (0, new_size):
        _demand(not proof, "No proof is needed between these sizes, yet one was given.")
        expected = EMPTY_ROOT if old_size == 0 else new_root
        _demand(hmac.compare_digest(old_root, expected), "Two roots were given for one size.")
        _demand(new_size > 0 or new_root == EMPTY_ROOT, "The empty log has another root.")
        return
    hashes = list(_checked(proof))
    _checked((old_root, new_root))
    if old_size.bit_count() == 1:  # a whole subtree: its root is the old root and left out of the proof
        hashes.insert(0, old_root)
    _demand(bool(hashes), "The consistency proof is too short.")
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        _demand(last > 0, "The consistency proof is too long.")
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            position, last = _climb_right_edge(position, last)
        else:
            new = node_hash(new, sibling)
        position, last = position >> 1, last >> 1
    _demand(last == 0, "The consistency proof is too short.")
    _demand(hmac.compare_digest(old, old_root), "The older root is not a beginning of the newer log.")
    _demand(hmac.compare_digest(new, new_root), "The newer root does not continue the older log.")


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def _climb_right_edge(position: int, last: int) -> tuple[int, int]:
    """Skips the levels at which the node has no sibling, because it ends the tree."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _checked(proof: Sequence[bytes]) -> Sequence[bytes]:
    _demand(all(len(part) == HASH_BYTES for part in proof), "Roots and the parts of a proof have 32 bytes.")
    return proof


def _demand(condition: bool, sentence: str) -> None:  # noqa: FBT001 - reads as an assertion that stays on
    if not condition:
        raise TamperError(sentence)
