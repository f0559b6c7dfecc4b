"""A checked bundle held against what somebody kept: an older bundle, an older checkpoint, a receipt."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .checking import CHECKPOINT
from .derived import commitments, root_at
from .errors import Altered, Fault, Unusable
from .notes import Checkpoint, Note
from .opened import parse_opened, path_of
from .tree import TILE_HASHES, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .archive import Archive
    from .checking import Report
    from .notes import Key

_RECEIPT = {"log", "entry", "leaf", "event", "at"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A bundle that was checked without a fault, and what it holds."""

    archive: Archive
    report: Report

    @property
    def checkpoint(self) -> Checkpoint:
        """Its signed state."""
        if self.report.checkpoint is None or self.report.full is None:
            raise Unusable("Only a bundle without a fault can be held against something.")
        return self.report.checkpoint

    def commitment(self, index: int) -> bytes:
        """What the log holds as that entry."""
        number = index // TILE_HASHES
        width = min(TILE_HASHES, self.checkpoint.size - number * TILE_HASHES)
        return commitments(self.archive, number, width)[index % TILE_HASHES]

    def root_at(self, size: int) -> bytes:
        """The root that it had at that size."""
        return root_at(self.archive, self.checkpoint.size, self.report.full or (), size)


def since(older: Checked, newer: Checked) -> list[Fault]:
    """Whether the newer bundle begins with all of the older; the first entry that differs is named."""
    before, after = older.checkpoint, newer.checkpoint
    faults = _began(before, newer)
    if not faults or before.origin != after.origin or before.size > after.size:
        return faults
    first = next(
        index
        for index in range(before.size)
        if index % TILE_HASHES or not _same_tile(older, newer, index // TILE_HASHES)
        if older.commitment(index) != newer.commitment(index)
    )
    return [
        Fault(f"entry {first}", "it is not what it was in the older bundle: the log's past was rewritten.")
    ]


def after_checkpoint(raw: bytes, keys: Sequence[Key], newer: Checked) -> list[Fault]:
    """Whether the bundle begins with the state that an older checkpoint tells.

    Raises:
        Altered: the checkpoint is none, or not signed by one of the keys.
    """
    where = "the older checkpoint"
    note = Note.parse(where, raw)
    older = Checkpoint.parse(note)
    if not note.signers([key for key in keys if key.name == older.origin]):
        raise Altered(where, "none of the keys that you gave signed it.")
    return _began(older, newer)


def _began(older: Checkpoint, newer: Checked) -> list[Fault]:
    after = newer.checkpoint
    if older.origin != after.origin:
        return [Fault(CHECKPOINT, f"the older one is of another log, {older.origin}.")]
    if older.size > after.size:
        gone = f"entry {after.size} and what followed it, up to {older.size - 1}, is gone"
        return [Fault(CHECKPOINT, f"the log was longer before: {gone}.")]
    if newer.root_at(older.size) != older.root:
        return [
            Fault(
                f"entries 0 to {older.size - 1}",
                "they are not what they were when the older checkpoint was signed: the log's past was rewritten."
                " An older bundle (--since) would show where.",
            )
        ]
    return []


def _same_tile(older: Checked, newer: Checked, number: int) -> bool:
    """Whether both have this tile full, and alike, so that none of its entries need be read."""
    one, other = older.report.full or (), newer.report.full or ()
    return number < min(len(one), len(other)) and one[number] == other[number]


def receipt(raw: bytes, bundle: Checked) -> tuple[str, list[Fault]]:
    """What a receipt comes to: a sentence where the log holds it, else the faults.

    Raises:
        Unusable: it is no receipt.
    """
    try:
        told = json.loads(raw)
        if set(told) != _RECEIPT or not isinstance(told["entry"], int):
            raise ValueError  # noqa: TRY301 - told as the others are, below
        index, leaf = told["entry"], bytes.fromhex(told["leaf"])
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Unusable("This file is no receipt; give one that was kept as it came.") from None
    state, where = bundle.checkpoint, f"receipt of entry {index}"
    if told["log"] != state.origin:
        return "", [Fault(where, f"it is of another log, {told['log']}.")]
    if not 0 <= index < state.size:
        return "", [Fault(where, f"this bundle's log has {state.size} entries; take a newer bundle.")]
    if leaf_hash(bundle.commitment(index)) != leaf:
        return "", [Fault(where, f"the log's entry {index} is not the one that was shown.")]
    if index not in bundle.report.opened:
        return f"The log holds entry {index} of the receipt; what it says is not in this bundle.", []
    entry = parse_opened(path_of(index), bundle.archive.read(path_of(index)))
    if (entry.event, entry.at) != (told["event"], told["at"]):
        return "", [Fault(where, f"the log says {entry.event} at {entry.at}: the receipt was altered.")]
    return f"The log holds the receipt: entry {index}, {entry.event}, {entry.at}.", []
