"""The one way to write an audit entry, and the ways to read and check what was written."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import msgspec
from django.db import DatabaseError, transaction

from turnpike import config
from turnpike.audit import services as audit
from turnpike.ledger.errors import LedgerError, LedgerTampered
from turnpike.ledger.events import AuditEvent
from turnpike.ledger.models import Entry, TreeHead

__all__ = [
    "AuditEvent",
    "Inclusion",
    "LedgerEntry",
    "LedgerError",
    "LedgerState",
    "LedgerTampered",
    "Receipt",
    "entries",
    "entry",
    "inclusion",
    "record",
    "state",
    "verify",
]

_WRITING = threading.Lock()
_DETAIL = str | int | float | bool | None | list[str]
type_details = Mapping[str, _DETAIL]


class _Contents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry's contents, in the order in which they are committed to."""

    event: str
    at: str
    actor: str
    details: dict[str, _DETAIL]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a requester keeps of an entry: its place in the tree, the leaf, and the tree that holds it."""

    index: int
    leaf: bytes
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry, opened. `at` is UTC; `actor` is an account's user name, or `system`."""

    index: int
    event: AuditEvent
    at: datetime
    actor: str
    details: Mapping[str, _DETAIL]


@dataclass(frozen=True, slots=True)
class LedgerState:
    """The newest tree: its size in entries, and its signed checkpoint (C2SP tlog-checkpoint text)."""

    size: int
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That an entry stands in the newest tree: RFC 6962 path from its leaf to the signed root, 32 bytes each."""

    index: int
    leaf: bytes
    size: int
    root: bytes
    path: tuple[bytes, ...]


@lru_cache(maxsize=1)
def _signer() -> audit.Signer:
    return audit.Signer(f"{_origin()}", config.load().key("ledger-signing"))


def _origin() -> str:
    return "turnpike.invalid/ledger"


def record(event: AuditEvent, *, actor: str, details: type_details | None = None) -> Receipt:
    """Write one entry; when this returns, the entry is committed to the disk.

    `details` holds plain values only. It must not be called inside an open transaction, since a rollback
    would take the entry back.

    Raises:
        LedgerError: the entry could not be written; what asked for it must not go on.
    """
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    contents = msgspec.json.encode(_Contents(event.value, at, actor, dict(details or {})))
    salt = audit.new_salt()
    leaf = audit.leaf_hash(audit.commitment(salt, contents))
    try:
        with _WRITING, transaction.atomic(durable=True):
            head, _ = TreeHead.objects.select_for_update().get_or_create(id=1)
            frontier = audit.Frontier.from_bytes(bytes(head.frontier)) if head.size else audit.Frontier()
            index = frontier.size
            frontier = frontier.append(leaf)
            root = frontier.root()
            sealed = audit.seal(config.load().key("ledger-sealing"), contents, bound_to=_binding(index))
            Entry.objects.create(index=index, leaf=leaf, salt=salt, sealed=sealed)
            head.size = frontier.size
            head.frontier = frontier.to_bytes()
            head.checkpoint = audit.sign_checkpoint(
                audit.Checkpoint(_origin(), frontier.size, root), _signer()
            )
            head.save()
    except DatabaseError as error:
        raise LedgerError("The ledger cannot be written, so nothing is shown; call the administrator.") from error
    return Receipt(index=index, leaf=leaf, size=frontier.size, root=root)


def _binding(index: int) -> bytes:
    return b"turnpike ledger entry %d" % index


def _open(row: Entry) -> LedgerEntry:
    contents = msgspec.json.decode(_unsealed(row), type=_Contents)
    return LedgerEntry(
        index=row.index,
        event=AuditEvent(contents.event),
        at=datetime.fromisoformat(contents.at),
        actor=contents.actor,
        details=contents.details,
    )


def _unsealed(row: Entry) -> bytes:
    try:
        return audit.unseal(
            config.load().key("ledger-sealing"), bytes(row.sealed), bound_to=_binding(row.index)
        )
    except audit.SealError as error:
        raise LedgerTampered(f"Ledger entry {row.index} cannot be opened: its contents were altered.") from error


def entries(*, before: int | None = None, limit: int = 50) -> tuple[LedgerEntry, ...]:
    """The newest entries, newest first; with `before`, those of a lower index.

    Who shows them must first `record` that they were looked at.
    """
    rows = Entry.objects.order_by("-index")
    if before is not None:
        rows = rows.filter(index__lt=before)
    return tuple(_open(row) for row in rows[:limit])


def entry(index: int) -> LedgerEntry | None:
    """One entry, opened, or nothing where the ledger is not that long."""
    row = Entry.objects.filter(index=index).first()
    return _open(row) if row else None


def state() -> LedgerState:
    """The newest tree's size and signed checkpoint."""
    head = TreeHead.objects.filter(id=1).first()
    return LedgerState(head.size, head.checkpoint) if head else LedgerState(0, "")


def inclusion(index: int) -> Inclusion:
    """The proof that entry `index` is in the newest tree, made from the stored contents and checked.

    It derives every leaf again, so that it takes some microseconds an entry.

    Raises:
        LedgerError: the ledger has no such entry.
        LedgerTampered: the proof does not lead to the signed root.
    """
    head = TreeHead.objects.filter(id=1).first()
    if head is None or not 0 <= index < head.size:
        raise LedgerError("The ledger has no such entry; ask for one below its size.")
    rows = Entry.objects.filter(index__lt=head.size).order_by("index")
    committed = [
        audit.commitment(bytes(row.salt), _unsealed(row)) for row in rows.iterator(chunk_size=1_000)
    ]
    try:
        checkpoint = audit.open_checkpoint(head.checkpoint, _signer().verifier)
        path = audit.inclusion_proof(committed, index)
        audit.verify_inclusion(
            leaf=committed[index], index=index, size=checkpoint.size, proof=path, root=checkpoint.root
        )
    except audit.AuditError as error:
        raise LedgerTampered(f"Ledger entry {index} is not in the signed tree.") from error
    return Inclusion(index, audit.leaf_hash(committed[index]), checkpoint.size, checkpoint.root, path)


def verify() -> LedgerState:
    """Derive every leaf and the root again from the stored contents, and hold them against the signature.

    Raises:
        LedgerTampered: naming the first entry, or the checkpoint, that does not agree.
    """
    # One transaction, so that the head and the rows are of the same moment.
    with transaction.atomic():
        head = TreeHead.objects.filter(id=1).first()
        if head is None:
            if Entry.objects.exists():
                raise LedgerTampered("The ledger has entries but no checkpoint: the tree's head was removed.")
            return LedgerState(0, "")
        frontier = audit.Frontier()
        for expected, leaf in enumerate(_leaves()):
            if expected >= head.size:
                raise LedgerTampered(f"Ledger entry {expected} is beyond the signed tree: it was added from outside.")
            frontier = frontier.append(leaf)
    if frontier.size != head.size:
        raise LedgerTampered(f"Ledger entry {frontier.size} and what follows it is missing.")
    try:
        checkpoint = audit.open_checkpoint(head.checkpoint, _signer().verifier)
    except audit.AuditError as error:
        raise LedgerTampered("The ledger's checkpoint is not signed by its key.") from error
    if (checkpoint.size, checkpoint.root) != (frontier.size, frontier.root()):
        raise LedgerTampered("The ledger's entries do not add up to its signed checkpoint.")
    return LedgerState(head.size, head.checkpoint)


def _leaves() -> Iterator[bytes]:
    for expected, row in enumerate(Entry.objects.order_by("index").iterator(chunk_size=1_000)):
        if row.index != expected:
            raise LedgerTampered(f"Ledger entry {expected} is missing.")
        leaf = audit.leaf_hash(audit.commitment(bytes(row.salt), _unsealed(row)))
        if leaf != bytes(row.leaf):
            raise LedgerTampered(f"Ledger entry {row.index} does not match its leaf: its contents were altered.")
        yield leaf
