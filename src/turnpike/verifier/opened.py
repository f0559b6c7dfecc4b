"""Opened entries: their contents and salts, held against what the log committed to; and which may be missing, by rule.

Source: RFC 2104 for the commitment, HMAC-SHA-256 of the contents under a salt of 32 bytes.
"""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .derived import commitments
from .errors import Altered, Fault
from .notes import unbase64
from .tree import TILE_HASHES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .archive import Archive

ERASED = "log.contents_erased"
"""The event whose entries say which contents were erased by rule."""
_SALT_BYTES = 32
_SAID = {"event", "at", "actor", "details"}


@dataclass(frozen=True, slots=True)
class Opened:
    """One entry, readable: the exact bytes committed to, and what they say."""

    index: int
    salt: bytes
    contents: bytes
    event: str
    at: str
    actor: str
    details: Mapping[str, object]

    @property
    def commitment(self) -> bytes:
        """What the log holds of it."""
        return hmac.digest(self.salt, self.contents, "sha256")


def path_of(index: int) -> str:
    """The file of an opened entry."""
    return f"entries/{index}.json"


def parse_opened(where: str, raw: bytes) -> Opened:
    """The entry in the bytes of the file `where`; nothing is held against the log yet.

    Raises:
        Altered: they are none, or written otherwise than such a file is.
    """
    strange = Altered(where, "it is not written as an opened entry is: it was altered.")
    try:
        given = json.loads(raw)
        index, salt = int(given["index"]), bytes.fromhex(given["salt"])
        contents = unbase64(given["contents"])
        said = json.loads(contents or b"")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise strange from None
    if contents is None or raw != _written(index, salt, contents) or len(salt) != _SALT_BYTES:
        raise strange
    if not isinstance(said, dict) or set(said) != _SAID or not isinstance(said["details"], dict):
        raise strange
    if not all(isinstance(said[name], str) for name in ("event", "at", "actor")):
        raise strange
    return Opened(index, salt, contents, said["event"], said["at"], said["actor"], said["details"])


def _written(index: int, salt: bytes, contents: bytes) -> bytes:
    told = {"index": index, "salt": salt.hex(), "contents": base64.b64encode(contents).decode()}
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def check_opened(
    archive: Archive, size: int, indexes: Iterable[int], each: Callable[[Opened], None]
) -> list[Fault]:
    """Hold each opened entry against its commitment; `each` is called with those that agree, lowest first."""
    faults: list[Fault] = []
    committed: dict[int, list[bytes] | None] = {}
    for index in sorted(indexes):
        where, number = path_of(index), index // TILE_HASHES
        if index >= size:
            faults.append(Fault(where, f"the log has only {size} entries."))
            continue
        if number not in committed:
            committed = {number: _commitments(archive, number, min(TILE_HASHES, size - number * TILE_HASHES))}
        in_tile = committed[number]
        try:
            entry = parse_opened(where, archive.read(where))
        except Altered as altered:
            faults.append(altered.fault)
            continue
        if entry.index != index:
            faults.append(Fault(where, f"it says that it is entry {entry.index}: it was altered or moved."))
        elif in_tile is not None and entry.commitment != in_tile[index % TILE_HASHES]:
            moved = entry.commitment in in_tile
            belongs = (
                f": it is entry {number * TILE_HASHES + in_tile.index(entry.commitment)}'s" if moved else ""
            )
            faults.append(
                Fault(
                    where,
                    f"contents or salt are not what the log committed to as entry {index}{belongs}; one was altered.",
                )
            )
        else:
            each(entry)
    return faults


def _commitments(archive: Archive, number: int, width: int) -> list[bytes] | None:
    try:
        return commitments(archive, number, width)
    except Altered:
        return None  # told already, where the tree was derived


def erased_range(entry: Opened) -> range | None:
    """Which entries' contents this entry says were erased; nothing where it says no such thing, or something impossible."""
    if entry.event != ERASED:
        return None
    start, until = entry.details.get("from"), entry.details.get("until")
    if not isinstance(start, int) or not isinstance(until, int) or not 0 <= start <= until <= entry.index:
        return None
    return range(start, until)


def gaps(size: int, opened: set[int], erased: list[range]) -> list[range]:
    """The runs of entries that are neither opened nor said to be erased."""
    found: list[range] = []
    stretches = sorted(erased, key=lambda one: one.start)
    at, next_one = 0, 0
    while at < size:
        while next_one < len(stretches) and stretches[next_one].stop <= at:
            next_one += 1
        stretch = stretches[next_one] if next_one < len(stretches) else None
        if stretch is not None and stretch.start <= at:
            at = stretch.stop
        else:
            if at not in opened:
                joined = found and found[-1].stop == at
                found[-1:] = (
                    [range(found[-1].start if joined else at, at + 1)]
                    if joined
                    else [*found[-1:], range(at, at + 1)]
                )
            at += 1
    return found
