"""Receipts: what whoever looked at something keeps of it, and holds against the log later.

A slip is small enough to be copied by hand: which entry of which log, its hash, when and what kind of look. Somebody who was
shown a row and has no slip that the log knows, or whose slip the log does not know, was shown it past the door.
"""

from __future__ import annotations

import hmac
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from turnpike.ledger.entries import Receipt, opened, sealing_key
from turnpike.ledger.errors import ContentsErased, LedgerTampered, SlipError
from turnpike.ledger.models import Entry
from turnpike.ledger.proving import inclusion
from turnpike.ledger.signing_keys import origin, origins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turnpike.ledger.entries import LedgerEntry
    from turnpike.ledger.events import AuditEvent

_LOOKER_BYTES = 16
_MOST_BYTES = 4096
"""Of a receipt's file. Source: ours; one has some 300."""
_handed: ContextVar[list[Slip] | None] = ContextVar("handed", default=None)


class Slip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A receipt as a person keeps it: `entry` in `log`, counted from 0, whose leaf hash is `leaf` (64 hexadecimal digits)."""

    log: str
    entry: int
    leaf: str
    event: str
    at: str

    @classmethod
    def of(cls, event: AuditEvent, at: str, receipt: Receipt) -> Slip:
        """The slip of an entry that was written at `at` (ISO 8601, UTC)."""
        return cls(receipt.log, receipt.index, receipt.leaf.hex(), event.value, at)

    @property
    def as_file(self) -> bytes:
        """The slip as JSON, to be kept."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


@dataclass(frozen=True, slots=True)
class OwnLook:
    """One look of a person's own, with its slip."""

    entry: LedgerEntry
    slip: Slip


@contextmanager
def handed_out() -> Iterator[list[Slip]]:
    """Gathers the slip of every look that is recorded within, in this context and those copied from it."""
    slips: list[Slip] = []
    token = _handed.set(slips)
    try:
        yield slips
    finally:
        _handed.reset(token)


def hand_out(slip: Slip) -> None:
    """Give the slip to whoever gathers them, once its entry is committed."""
    gathered = _handed.get()
    if gathered is not None:
        gathered.append(slip)


def looker_of(actor: str) -> bytes:
    """The 16 bytes under which an actor's looks are found again; whoever has the records alone cannot tell whose they are."""
    return hmac.digest(sealing_key(), b"turnpike ledger looker " + actor.encode(), "sha256")[:_LOOKER_BYTES]


def own_looks(actor: str, *, before: int | None = None, limit: int = 50) -> tuple[OwnLook, ...]:
    """What this person looked at, newest first; with `before`, of a lower index.

    Raises:
        LedgerTampered: an entry cannot be opened, or is somebody else's.
    """
    rows = Entry.objects.filter(looker=looker_of(actor)).order_by("-index")
    if before is not None:
        rows = rows.filter(index__lt=before)
    log = origin()
    return tuple(_own(row, actor, log) for row in rows[:limit])


def own_look(actor: str, index: int) -> OwnLook | None:
    """One such look, or nothing where that entry is no look of theirs."""
    row = Entry.objects.filter(looker=looker_of(actor), index=index).first()
    return _own(row, actor, origin()) if row else None


def read_slip(text: bytes) -> Slip:
    """The slip in a receipt's file.

    Raises:
        SlipError: it is none.
    """
    try:
        return msgspec.json.decode(text[:_MOST_BYTES], type=Slip)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SlipError(
            "This file is no receipt of Turnpike's; give one that was kept as it came."
        ) from error


def check_slip(slip: Slip) -> int:
    """Hold a slip against the log; the log's size, where it holds that entry and its contents are still what they were.

    The leaf that the slip names is proven to stand in the signed tree. Once the contents were erased by rule, kind and time cannot be
    held against anything any more.

    Raises:
        SlipError: the log is another, or does not hold what the slip says.
        LedgerTampered: the log itself does not agree with its signed tree.
    """
    if slip.log not in origins():
        raise SlipError(f"The receipt is of another log, {slip.log}; ask whoever keeps that one.")
    row = Entry.objects.filter(index=slip.entry).first() if 0 <= slip.entry < 2**63 else None
    if row is None or not hmac.compare_digest(row.leaf.hex(), slip.leaf):
        raise SlipError(
            f"The log does not hold this receipt: its entry {slip.entry} is not the one that was shown."
        )
    try:
        entry = opened(row)
        said = (entry.event.value, entry.at.isoformat(timespec="milliseconds"))
    except ContentsErased:
        said = (slip.event, slip.at)
    if said != (slip.event, slip.at):
        raise SlipError(
            "The log holds the entry, of another kind or time than the receipt says: the receipt was altered."
        )
    return inclusion(slip.entry).size


def _own(row: Entry, actor: str, log: str) -> OwnLook:
    entry = opened(row)
    if entry.actor != actor or not entry.event.is_look:
        raise LedgerTampered(
            f"Ledger entry {row.index} is kept as another person's look than its contents say."
        )
    at = entry.at.isoformat(timespec="milliseconds")
    return OwnLook(entry, Slip(log, entry.index, row.leaf.hex(), entry.event.value, at))
