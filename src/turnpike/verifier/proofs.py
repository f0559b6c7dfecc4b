"""One entry's proof, without the rest of the log. Source: C2SP tlog-proof, with the commitment as its extra data."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .derived import commitments
from .errors import Altered
from .notes import Checkpoint, Note, unbase64
from .tree import TILE_HASHES, fold, leads_to, leaf_hash, node_hash

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .comparing import Checked
    from .notes import Key
    from .opened import Opened

HEADER = b"c2sp.org/tlog-proof@v1\n"
WHERE = "proof"


@dataclass(frozen=True, slots=True)
class Proven:
    """That an entry stands in a signed state of the log, and which witnesses saw that state when."""

    index: int
    checkpoint: Checkpoint
    cosigned: dict[str, datetime]


def make_proof(bundle: Checked, index: int) -> bytes:
    """The proof that entry `index` stands in the bundle's log.

    Raises:
        Altered: the log has no such entry.
    """
    size = bundle.checkpoint.size
    if not 0 <= index < size:
        raise Altered(f"entry {index}", f"the log has only {size} entries.")
    number = index // TILE_HASHES
    width = min(TILE_HASHES, size - number * TILE_HASHES)
    leaves = [leaf_hash(one) for one in commitments(bundle.archive, number, width)]
    above = [*(bundle.report.full or ())]
    if len(above) * TILE_HASHES < size:
        rest = size - len(above) * TILE_HASHES
        above.append(fold([leaf_hash(one) for one in commitments(bundle.archive, len(above), rest)]))
    path = _siblings(leaves, index % TILE_HASHES) + _siblings(above, number)
    lines = [b"extra " + base64.b64encode(bundle.commitment(index)), b"index %d" % index]
    lines += [base64.b64encode(one) for one in path]
    return HEADER + b"\n".join(lines) + b"\n\n" + bundle.archive.read("checkpoint")


def check_proof(
    raw: bytes, keys: Sequence[Key], witnesses: Sequence[Key], needed: int | None, entry: Opened | None
) -> Proven:
    """What a proof proves; with `entry`, that it is this entry which stands there.

    Raises:
        Altered: it proves nothing.
    """
    head, blank, below = raw.partition(b"\n\n")
    lines = head.decode(errors="replace").split("\n")
    extra = unbase64(lines[1].removeprefix("extra ")) if len(lines) > 1 else None
    place = lines[2].removeprefix("index ") if len(lines) > 2 else ""  # noqa: PLR2004 - header, extra, index
    path = [unbase64(line) for line in lines[3:]]
    shaped = (
        blank
        and head.startswith(HEADER.rstrip())
        and extra is not None
        and f"extra {lines[1][6:]}" == lines[1]
    )
    if not shaped or extra is None or not place.isdecimal() or lines[2] != f"index {int(place)}":
        raise Altered(WHERE, "it is not written as a proof is: it was altered or cut short.")
    note = Note.parse(WHERE, below)
    state = Checkpoint.parse(note)
    if not note.signers([key for key in keys if key.name == state.origin]):
        raise Altered(WHERE, "none of the keys that you gave signed its checkpoint.")
    found = {witness.name: note.cosigned_at(witness) for witness in witnesses}
    cosigned = {name: at for name, at in found.items() if at is not None}
    if len(cosigned) < (len(witnesses) if needed is None else needed):
        raise Altered(WHERE, f"only {len(cosigned)} of your witnesses cosigned its checkpoint.")
    index, whole = int(place), [one for one in path if one is not None]
    if len(whole) != len(path) or not leads_to(leaf_hash(extra), index, state.size, whole, state.root):
        raise Altered(WHERE, f"it does not show that entry {index} stands in the signed log: it was altered.")
    if entry is not None and (entry.index, entry.commitment) != (index, extra):
        raise Altered(
            f"entry {entry.index}", f"it is not what the log holds as entry {index}: it was altered."
        )
    return Proven(index, state, cosigned)


def _siblings(nodes: Sequence[bytes], at: int) -> list[bytes]:
    level, path = list(nodes), []
    while len(level) > 1:
        if at ^ 1 < len(level):
            path.append(level[at ^ 1])
        odd = level[len(level) // 2 * 2 :]
        level = [node_hash(level[n], level[n + 1]) for n in range(0, len(level) - 1, 2)] + odd
        at //= 2
    return path
