"""A bundle held against the keys: everything derived again, every file accounted for, each fault with its place."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .derived import Derived, derive
from .errors import Altered, Fault
from .notes import Checkpoint, Note
from .opened import Opened, check_opened, erased_range, gaps, path_of
from .tree import TILE_HASHES, tile_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from .archive import Archive
    from .notes import Key

FORMAT = "turnpike-bundle/1"
CHECKPOINT, KEYS, INDEX, SIGNATURE = "checkpoint", "keys.json", "bundle.json", "bundle.note"
_SIGNED = {CHECKPOINT, KEYS, INDEX}
_TOLD = {"format", "log", "size", "made_at", "whole", "opened"}
_MOST_DIGITS = 19
"""Of an index. Source: a log has at most 2^63 - 1 entries."""


@dataclass(frozen=True, slots=True)
class Index:
    """What the bundle says of itself; `whole` claims that every entry is opened that was not erased by rule."""

    log: str
    size: int
    made_at: str
    whole: bool
    opened: tuple[range, ...]


@dataclass(slots=True)
class Report:
    """What was found; without faults every line of it holds."""

    faults: list[Fault] = field(default_factory=list)
    checkpoint: Checkpoint | None = None
    index: Index | None = None
    signed_by: tuple[Key, ...] = ()
    cosigned: dict[str, datetime] = field(default_factory=dict)
    full: tuple[bytes, ...] | None = None
    opened: set[int] = field(default_factory=set)
    erased: list[range] = field(default_factory=list)
    missing: list[range] = field(default_factory=list)


def check(
    archive: Archive,
    keys: Sequence[Key],
    witnesses: Sequence[Key] = (),
    *,
    cosignatures: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
    each: Callable[[Opened], None] = lambda _: None,
) -> Report:
    """Check the whole bundle. `cosignatures` is how many of the witnesses must have cosigned: all, unless told otherwise.

    `progress` hears how many entries were derived; `each` is shown every opened entry that agrees.
    """
    report = Report()
    signed = _checkpoint(archive, keys, witnesses, cosignatures, report)
    _index(archive, keys, report)
    size = report.checkpoint.size if report.checkpoint else report.index.size if report.index else None
    if size is None:
        return report
    if size > TILE_HASHES * len(archive.names):
        report.faults.append(Fault("tile/", f"most files of a log of {size} entries are missing."))
        return report
    _names(archive, size, report)
    trusted = report.checkpoint.root if report.checkpoint and signed else None
    derived = derive(archive, size, trusted, progress)
    _take(report, derived)

    def agreed(entry: Opened) -> None:
        report.opened.add(entry.index)
        stretch = erased_range(entry)
        if stretch is not None:
            report.erased.append(stretch)
        each(entry)

    report.faults += check_opened(archive, size, _opened_files(archive), agreed)
    report.missing = gaps(size, report.opened, report.erased)
    if report.index and report.index.whole and not report.faults:
        report.faults += [
            Fault(_entries(one), "contents are missing, and no entry says that they were erased by rule.")
            for one in report.missing
        ]
    return report


def _checkpoint(
    archive: Archive, keys: Sequence[Key], witnesses: Sequence[Key], needed: int | None, report: Report
) -> bool:
    """Take the checkpoint into the report; whether one of the keys signed it."""
    try:
        note = Note.parse(CHECKPOINT, archive.read(CHECKPOINT))
        report.checkpoint = Checkpoint.parse(note)
        report.signed_by = note.signers([key for key in keys if key.name == report.checkpoint.origin])
    except Altered as altered:
        report.faults.append(altered.fault)
        return False
    if not report.signed_by:
        report.faults.append(
            Fault(
                CHECKPOINT,
                "none of the keys that you gave signed it. It was altered, is another log's, or the log has another key now.",
            )
        )
        return False
    for witness in witnesses:
        try:
            at = note.cosigned_at(witness)
            if at is not None:
                report.cosigned[witness.name] = at
        except Altered as altered:
            report.faults.append(altered.fault)
    wanted = len(witnesses) if needed is None else needed
    if len(report.cosigned) < wanted:
        report.faults.append(
            Fault(
                CHECKPOINT, f"{len(report.cosigned)} of your witnesses cosigned it, and {wanted} are needed."
            )
        )
    return True


def _index(archive: Archive, keys: Sequence[Key], report: Report) -> None:
    index = None
    try:
        index = parse_index(archive.read(INDEX))
    except Altered as altered:
        report.faults.append(altered.fault)
    try:
        _check_keys(archive.read(KEYS))
    except Altered as altered:
        report.faults.append(altered.fault)
    try:
        log, signed = _signed_files(archive, keys)
    except Altered as altered:
        report.faults.append(altered.fault)
        return
    told = {fault.where for fault in report.faults}
    for name, sha256 in signed.items():
        if name not in told and hashlib.sha256(archive.read(name)).hexdigest() != sha256:
            fault = Fault(name, "it is not the file that the bundle was made with: it was altered.")
            report.faults.append(fault)
    state = report.checkpoint
    if index is None or any(fault.where == INDEX for fault in report.faults):
        return
    if index.log != log or (state and (index.log, index.size) != (state.origin, state.size)):
        report.faults.append(
            Fault(INDEX, "it is of another log or size than the checkpoint: files of two bundles were mixed.")
        )
    else:
        report.index = index


def _signed_files(archive: Archive, keys: Sequence[Key]) -> tuple[str, dict[str, str]]:
    """For which log `bundle.note` signs, and the SHA-256 of each file that it signs."""
    note = Note.parse(SIGNATURE, archive.read(SIGNATURE))
    form, log, *lines = [*note.text.split("\n")[:-1], "", ""]
    signed = {name: sha256 for sha256, _, name in (line.partition(" ") for line in lines if line)}
    if form != FORMAT or set(signed) != _SIGNED:
        raise Altered(SIGNATURE, "it does not say what it is a signature of: it was altered.")
    if len(note.signers([key for key in keys if key.name == log])) != len(note.signatures):
        raise Altered(SIGNATURE, "it is signed by a key that you did not give, or was altered.")
    return log, signed


def _check_keys(raw: bytes) -> None:
    """That `keys.json` is a record of keys. It is there to be read: nothing is trusted because it stands in it."""
    try:
        told = json.loads(raw)
        if isinstance(told["keys"], list):
            return
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise Altered(KEYS, "it is no record of keys: it was altered.")


def parse_index(raw: bytes) -> Index:
    """What `bundle.json` says.

    Raises:
        Altered: it is none of this format.
    """
    strange = Altered(
        INDEX, f"it is not written in the format {FORMAT}; take a newer verifier, if there is one."
    )
    try:
        told = json.loads(raw)
        if set(told) != _TOLD or told["format"] != FORMAT or not isinstance(told["whole"], bool):
            raise strange
        ranges = tuple(range(int(start), int(stop)) for start, stop in told["opened"])
        if any(one.start < 0 or len(one) == 0 or one.stop > int(told["size"]) for one in ranges):
            raise strange
        return Index(str(told["log"]), int(told["size"]), str(told["made_at"]), told["whole"], ranges)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        raise strange from None


def _names(archive: Archive, size: int, report: Report) -> None:
    """That the bundle has the files that it should have, and no other; missing tiles are told by whoever reads them."""
    stated = {CHECKPOINT, KEYS, INDEX, SIGNATURE}
    expected = set(tile_paths(size)) | stated
    if report.index is None:
        expected |= {path_of(index) for index in _opened_files(archive)}
    else:
        listed = {path_of(index) for one in report.index.opened for index in one if index < size}
        report.faults += [
            Fault(name, "it is missing: the bundle was made with it.")
            for name in sorted(listed - archive.names)
        ]
        expected |= listed
    report.faults += [
        Fault(repr(name), "no bundle has such a file: it was added.")
        for name in sorted(archive.names - expected)
    ]


def _opened_files(archive: Archive) -> list[int]:
    middles = (name.removeprefix("entries/").removesuffix(".json") for name in archive.names)
    return sorted(
        int(one)
        for one in middles
        if one.isascii() and one.isdigit() and len(one) <= _MOST_DIGITS and path_of(int(one)) in archive.names
    )


def _take(report: Report, derived: Derived) -> None:
    told = {fault.where for fault in report.faults}
    report.faults += [fault for fault in derived.faults if fault.where not in told]
    report.full = derived.full


def _entries(one: range) -> str:
    return f"entry {one.start}" if len(one) == 1 else f"entries {one.start} to {one.stop - 1}"
