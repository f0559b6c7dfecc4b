"""Who decides about one thing does so alone: check, ledger entry and row are one turn in this process.

Another process can still come between; a change that then cannot be made is corrected in the ledger.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from turnpike.ledger.events import AuditEvent
from turnpike.ledger.writing import record

if TYPE_CHECKING:
    from turnpike.ledger.entries import Detail, Receipt

# A fixed number, so that none has to be thrown away; two that share one merely wait for each other.
_LOCKS = tuple(threading.RLock() for _ in range(64))


def turn(kind: str, name: int | str) -> threading.RLock:
    """The lock to hold from the check to the change of one thing, such as the hotlist entry of that number."""
    return _LOCKS[hash((kind, name)) % len(_LOCKS)]


def correct(first: Receipt, *, actor: str, **named: Detail) -> None:
    """Write down that what the entry `first` tells of was not done, since somebody else was first; `named` says of what."""
    record(AuditEvent.ALTERATION_NOT_DONE, actor=actor, details={"corrects": first.index, **named})
