"""An entry's contents: what is committed to, sealed, and opened again."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from turnpike import config
from turnpike.audit import services as audit
from turnpike.ledger.errors import ContentsErased, LedgerTampered
from turnpike.ledger.events import AuditEvent

if TYPE_CHECKING:
    from turnpike.ledger.models import Entry

_SEALED_UNDER = b"turnpike ledger contents under "

Detail = str | int | float | bool | None | list[str]
Details = Mapping[str, Detail]


class Contents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry's contents, in the order in which they are committed to."""

    event: str
    at: str
    actor: str
    details: dict[str, Detail]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a requester keeps of an entry: the log's name, its place in the tree, the leaf, and the signed tree that holds it.

    Entries that were written to the disk together have one tree: that of all of them.
    """

    log: str
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
    details: Details


@lru_cache(maxsize=1)
def sealing_key() -> bytes:
    """The key under which contents are sealed; read once, since a check of the log opens them all."""
    return config.load().key("ledger-sealing")


def seal_contents(index: int, salt: bytes, contents: bytes) -> bytes:
    """The contents as they are stored: bound to their place, under a key that cannot be had again once the salt is destroyed."""
    return audit.seal(_key_under(salt), contents, bound_to=_binding(index))


def unsealed(row: Entry) -> bytes:
    """The exact bytes that were committed to, held against their commitment.

    Raises:
        ContentsErased: neither salt nor contents are there any more; whether by rule, `verify` says.
        LedgerTampered: the stored bytes are not what was sealed for this place.
    """
    return open_contents(row.index, bytes(row.commitment), row.salt, bytes(row.sealed))


def open_contents(index: int, commitment: bytes, salt: bytes | None, sealed: bytes) -> bytes:
    """As `unsealed`, of the columns of an entry."""
    if salt is None and not sealed:
        raise ContentsErased(f"The contents of ledger entry {index} were erased.")
    if salt is None:
        raise LedgerTampered(f"Ledger entry {index} cannot be opened: its salt is missing.")
    try:
        contents = audit.unseal(_key_under(salt), sealed, bound_to=_binding(index))
        if hmac.compare_digest(audit.commitment(salt, contents), commitment):
            return contents
    except audit.AuditError:
        pass
    raise LedgerTampered(f"Ledger entry {index} cannot be opened: its contents were altered.")


def opened(row: Entry) -> LedgerEntry:
    """The entry, readable. Errors as `unsealed`."""
    return readable(row.index, unsealed(row))


def readable(index: int, committed: bytes) -> LedgerEntry:
    """The entry whose contents, the bytes committed to, are these."""
    contents = msgspec.json.decode(committed, type=Contents)
    return LedgerEntry(
        index=index,
        event=AuditEvent(contents.event),
        at=datetime.fromisoformat(contents.at),
        actor=contents.actor,
        details=contents.details,
    )


def _key_under(salt: bytes) -> bytes:
    return hmac.digest(sealing_key(), _SEALED_UNDER + salt, "sha256")


def _binding(index: int) -> bytes:
    return b"turnpike ledger entry %d" % index
