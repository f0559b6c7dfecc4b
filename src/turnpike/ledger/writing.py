"""The one function that writes the ledger."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from django.db import DatabaseError, transaction

from turnpike.audit import services as audit
from turnpike.ledger.entries import ORIGIN, Contents, Details, Receipt, looker_of, seal_contents, signer
from turnpike.ledger.errors import LedgerError
from turnpike.ledger.models import Entry, TreeHead
from turnpike.ledger.receipts import Slip, hand_out

if TYPE_CHECKING:
    from turnpike.ledger.events import AuditEvent

_WRITING = threading.Lock()


def record(event: AuditEvent, *, actor: str, details: Details | None = None) -> Receipt:
    """Write one entry; when this returns, the entry is committed to the disk.

    `details` holds plain values only. It must not be called inside an open transaction, since a rollback
    would take the entry back.

    Raises:
        LedgerError: the entry could not be written; what asked for it must not go on.
    """
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    contents = msgspec.json.encode(Contents(event.value, at, actor, dict(details or {})))
    salt = audit.new_salt()
    committed = audit.commitment(salt, contents)
    leaf = audit.leaf_hash(committed)
    try:
        with _WRITING, transaction.atomic(durable=True):
            head, _ = TreeHead.objects.select_for_update().get_or_create(id=1)
            frontier = audit.Frontier.from_bytes(bytes(head.frontier)) if head.size else audit.Frontier()
            index = frontier.size
            frontier = frontier.append(committed)
            root = frontier.root()
            Entry.objects.create(
                index=index,
                leaf=leaf,
                salt=salt,
                sealed=seal_contents(index, contents),
                looker=looker_of(actor) if event.is_look else None,
            )
            head.size = frontier.size
            head.frontier = frontier.to_bytes()
            head.checkpoint = audit.sign_checkpoint(audit.Checkpoint(ORIGIN, frontier.size, root), signer())
            head.save()
    except DatabaseError as error:
        raise LedgerError(
            "The ledger cannot be written, so nothing is shown; call the administrator."
        ) from error
    receipt = Receipt(index=index, leaf=leaf, size=frontier.size, root=root)
    if event.is_look:
        hand_out(Slip.of(event, at, receipt))
    return receipt
