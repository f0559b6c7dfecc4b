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
from turnpike.ledger.errors import LedgerTampered
from turnpike.ledger.events import AuditEvent

if TYPE_CHECKING:
    from turnpike.ledger.models import Entry

ORIGIN = "turnpike.invalid/ledger"
"""The log's name in its checkpoints; an installation of its own name comes with witnesses."""

_LOOKER_BYTES = 16

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
    details: Details


@lru_cache(maxsize=1)
def signer() -> audit.Signer:
    """The log's own key."""
    return audit.Signer(ORIGIN, config.load().key("ledger-signing"))


@lru_cache(maxsize=1)
def sealing_key() -> bytes:
    """The key under which contents are sealed; read once, since a check of the log opens them all."""
    return config.load().key("ledger-sealing")


def seal_contents(index: int, contents: bytes) -> bytes:
    """The contents as they are stored, bound to their place."""
    return audit.seal(sealing_key(), contents, bound_to=_binding(index))


def unsealed(row: Entry) -> bytes:
    """The contents that were sealed.

    Raises:
        LedgerTampered: the stored bytes are not what was sealed for this place.
    """
    try:
        return audit.unseal(sealing_key(), bytes(row.sealed), bound_to=_binding(row.index))
    except audit.SealError as error:
        raise LedgerTampered(
            f"Ledger entry {row.index} cannot be opened: its contents were altered."
        ) from error


def opened(row: Entry) -> LedgerEntry:
    """The entry, readable."""
    contents = msgspec.json.decode(unsealed(row), type=Contents)
    return LedgerEntry(
        index=row.index,
        event=AuditEvent(contents.event),
        at=datetime.fromisoformat(contents.at),
        actor=contents.actor,
        details=contents.details,
    )


def looker_of(actor: str) -> bytes:
    """The 16 bytes under which an actor's looks are found again; whoever has the records alone cannot tell whose they are."""
    return hmac.digest(sealing_key(), b"turnpike ledger looker " + actor.encode(), "sha256")[:_LOOKER_BYTES]


def _binding(index: int) -> bytes:
    return b"turnpike ledger entry %d" % index
