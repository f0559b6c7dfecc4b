"""The one function that writes the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from django.db import DatabaseError, connection, transaction

from turnpike.audit import services as audit
from turnpike.ledger.entries import Contents, Details, Receipt, seal_contents
from turnpike.ledger.errors import LedgerError
from turnpike.ledger.flushing import GroupFlush, Unwritten
from turnpike.ledger.models import TreeHead
from turnpike.ledger.receipts import Slip, hand_out, looker_of
from turnpike.ledger.signing_keys import signers_for_writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.ledger.events import AuditEvent

# Without a model for each row an insert takes a tenth of the time, for which all that wait would wait.
_INSERT_ENTRY = 'INSERT INTO ledger_entry ("index", commitment, sealed, looker) VALUES (%s, %s, %s, %s)'
_INSERT_SALT = 'INSERT INTO ledger_salt ("index", salt) VALUES (%s, %s)'
_INSERT_NODE = 'INSERT INTO ledger_node (level, "index", hash) VALUES (%s, %s, %s)'


@dataclass(frozen=True, slots=True)
class _New:
    """An entry that has no place yet."""

    salt: bytes
    contents: bytes
    commitment: bytes
    looker: bytes | None


def record(event: AuditEvent, *, actor: str, details: Details | None = None) -> Receipt:
    """Write one entry; when this returns, the entry is committed to the disk.

    Entries that come at the same time are written together. `details` holds plain values only. It must not be called inside an open
    transaction, since a rollback would take the entry back.

    Raises:
        LedgerError: the entry could not be written; what asked for it must not go on.
    """
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    contents = msgspec.json.encode(Contents(event.value, at, actor, dict(details or {})))
    salt = audit.new_salt()
    looker = looker_of(actor) if event.is_look else None
    new = _New(salt, contents, audit.commitment(salt, contents), looker)
    try:
        # Within a transaction it goes by itself, and is refused; only a test's own frame around everything is let through.
        receipt = _write([new])[0] if connection.in_atomic_block else _TOGETHER.put(new)
    except (DatabaseError, Unwritten) as error:
        cause = error.__cause__ if isinstance(error, Unwritten) else error
        if isinstance(cause, Exception) and not isinstance(cause, DatabaseError):
            raise cause  # noqa: B904 - the fault itself, such as a key that is lost
        raise LedgerError(
            "The ledger cannot be written, so nothing is shown; call the administrator."
        ) from cause
    if event.is_look:
        hand_out(Slip.of(event, at, receipt))
    return receipt


def _write(group: Sequence[_New]) -> list[Receipt]:
    """All of the group or none of it, on the disk; other processes wait for the head's row."""
    with transaction.atomic(durable=True):
        head, _ = TreeHead.objects.select_for_update().get_or_create(id=1)
        frontier = audit.Frontier.from_bytes(bytes(head.frontier)) if head.size else audit.Frontier()
        start = frontier.size
        frontier, nodes = frontier.extend(new.commitment for new in group)
        root = frontier.root()
        _insert(group, start, nodes)
        head.size = frontier.size
        head.frontier = frontier.to_bytes()
        newest, *others = signers_for_writing()
        checkpoint = audit.Checkpoint(newest.name, frontier.size, root)
        head.checkpoint = audit.sign_checkpoint(checkpoint, newest, *others)
        head.save()
    return [
        Receipt(newest.name, index, audit.leaf_hash(new.commitment), frontier.size, root)
        for index, new in enumerate(group, start)
    ]


def _insert(group: Sequence[_New], start: int, nodes: Sequence[audit.WholeNode]) -> None:
    entries = [
        (index, new.commitment, seal_contents(index, new.salt, new.contents), new.looker)
        for index, new in enumerate(group, start)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT_ENTRY, entries)
        cursor.executemany(_INSERT_SALT, [(index, new.salt) for index, new in enumerate(group, start)])
        if nodes:
            cursor.executemany(_INSERT_NODE, [(node.level, node.index, node.hash) for node in nodes])


_TOGETHER: GroupFlush[_New, Receipt] = GroupFlush(_write)
