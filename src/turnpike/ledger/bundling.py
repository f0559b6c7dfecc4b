"""The log as one file for an outsider: its tree, whole, and the entries that are opened for them.

The format is described in `docs/verify.md`. Whoever hands a bundle out must first `record` that it was taken.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from turnpike.audit import services as audit
from turnpike.ledger.checking import erased_by
from turnpike.ledger.entries import readable
from turnpike.ledger.errors import LedgerError, LedgerTampered
from turnpike.ledger.proving import commitments, inclusion
from turnpike.ledger.publishing import publication
from turnpike.ledger.reading import contents, state, still_open
from turnpike.ledger.signing_keys import key_record, open_signed, signer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from turnpike.ledger.reading import OpenedContents

BUNDLE_FORMAT = "turnpike-bundle/1"
_ROWS = 1_000
_MADE = (1980, 1, 1, 0, 0, 0)
"""The time of each file in the zip: the earliest there is, so that it tells nothing."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a written bundle holds: the log's size in entries, and how many of them are opened."""

    size: int
    opened: int


def write_bundle(
    file: IO[bytes], indexes: Iterable[int] | None = None, *, checkpoint: str | None = None
) -> Bundle:
    """Write a bundle of the log into `file`, which need not be seekable; entries of `indexes` are opened in it, or all of them.

    `checkpoint` is the signed state to bundle. If none is given, it is the published one, which has its witnesses' cosignatures,
    or the newest where an entry that is to be opened is not published yet. It derives every leaf again, and opens each entry's contents.

    Raises:
        LedgerError: the log has no entry of such an index, or is empty.
        LedgerTampered: what is stored does not add up to the checkpoint.
    """
    wanted = None if indexes is None else sorted(set(indexes))
    note = checkpoint or _state_with(wanted)
    if not note:
        raise LedgerError("The ledger has no entry yet; there is nothing to bundle.")
    signed = _signed_state(note)
    if wanted and not 0 <= wanted[0] <= wanted[-1] < signed.size:
        raise LedgerError(f"The ledger's signed state has {signed.size} entries; choose among those, from 0.")
    with zipfile.ZipFile(file, "w") as archive:
        _write(archive, "checkpoint", note.encode())
        root = audit.write_tree(
            _commitments(signed.size), lambda tile, data: _write(archive, tile.path, data)
        )
        if root != signed.root:
            raise LedgerTampered("The ledger's entries do not add up to its signed checkpoint.")
        opened = _write_opened(archive, signed.size, wanted)
        keys = _json(key_record())
        _write(archive, "keys.json", keys)
        index = _json(
            {
                "format": BUNDLE_FORMAT,
                "log": signed.origin,
                "size": signed.size,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "whole": wanted is None,
                "opened": _runs(opened),
            }
        )
        _write(archive, "bundle.json", index)
        # The tree's files lead to the signed root, and opened entries to the tree; these would be signed by nobody.
        others = {"bundle.json": index, "checkpoint": note.encode(), "keys.json": keys}
        lines = "".join(f"{hashlib.sha256(data).hexdigest()} {name}\n" for name, data in others.items())
        signature = audit.sign_note(f"{BUNDLE_FORMAT}\n{signed.origin}\n{lines}", signer())
        _write(archive, "bundle.note", signature.encode())
    return Bundle(signed.size, len(opened))


def _write_opened(archive: zipfile.ZipFile, size: int, wanted: list[int] | None) -> list[int]:
    """Write what opens those entries, or all of them; those that it could still open.

    Raises:
        LedgerError: contents of all were wanted, and some were erased by an entry that this state does not hold.
    """
    opened: list[int] = []
    erased: set[int] = set()
    for one in still_open(range(size) if wanted is None else wanted):
        _write(archive, f"entries/{one.index}.json", _as_file(one))
        opened.append(one.index)
        erased.update(erased_by(readable(one.index, one.contents)))
    if wanted is None:
        _check_erasures(size, erased.union(opened))
    return opened


def opened_entry(index: int) -> bytes:
    """The file that opens one entry to whoever has a proof of it. Who hands it out must first `record` so.

    Raises:
        LedgerError: the log has no such entry, or its contents were erased.
        LedgerTampered: they were altered.
    """
    return _as_file(contents(index))


def proof_of(index: int) -> str:
    """The proof that entry `index` stands in the newest signed state: a C2SP tlog-proof, with the commitment as its extra data.

    Raises:
        LedgerError: the log has no such entry.
        LedgerTampered: the entry was altered, or the proof does not lead to the signed root.
    """
    proven = inclusion(index)
    lines = ["c2sp.org/tlog-proof@v1", f"extra {_base64(commitments(index, index + 1)[0])}", f"index {index}"]
    return "\n".join([*lines, *(_base64(part) for part in proven.path)]) + f"\n\n{proven.checkpoint}"


def _check_erasures(size: int, accounted: set[int]) -> None:
    """What is gone and unaccounted for may have been erased by an entry that this state does not hold yet: then it tells too little.

    Raises:
        LedgerError: that is so.
    """
    later = still_open(range(size, state().size))
    erased = {index for one in later for index in erased_by(readable(one.index, one.contents))}
    if erased and any(index in erased for index in range(size) if index not in accounted):
        raise LedgerError(
            "Contents were erased since that state was signed; bundle a newer one, once it is published."
        )


def _state_with(wanted: list[int] | None) -> str:
    """The published state, or the newest where the published one does not reach the last of these entries."""
    published = publication()
    return published.checkpoint if published.size > (wanted[-1] if wanted else 0) else state().checkpoint


def _signed_state(note: str) -> audit.Checkpoint:
    try:
        return open_signed(note)
    except audit.AuditError as error:
        raise LedgerTampered("The ledger's checkpoint is not signed by its key.") from error


def _commitments(size: int) -> Iterator[bytes]:
    """What the tree holds of the entries below `size`."""
    for first in range(0, size, _ROWS):
        yield from commitments(first, min(first + _ROWS, size))


def _as_file(one: OpenedContents) -> bytes:
    told = {"index": one.index, "salt": one.salt.hex(), "contents": _base64(one.contents)}
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def _runs(indexes: list[int]) -> list[list[int]]:
    """Ascending indexes as runs, each with the index after its last."""
    runs: list[list[int]] = []
    for index in indexes:
        if runs and runs[-1][1] == index:
            runs[-1][1] += 1
        else:
            runs.append([index, index + 1])
    return runs


def _write(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _MADE), data)


def _json(told: dict[str, object]) -> bytes:
    return json.dumps(told, indent=1).encode() + b"\n"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
