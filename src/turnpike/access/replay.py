"""Past decisions made again: under the policy of their day, where each must come out the same, or under a draft, to see what it would change."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from turnpike.access.policy import decide_again
from turnpike.access.policy_packs import kept_pack
from turnpike.ledger.services import AuditEvent, entries, record, state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turnpike.access.policy import Pack
    from turnpike.ledger.services import LedgerEntry

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Replayed:
    """One entry's decision as it was and as it is now: the names of its rules; nothing of what it was about."""

    index: int
    action: str
    was: tuple[str, ...]
    now: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether it came out by the same rules."""
        return self.was == self.now


def replay(actor: str, draft: Pack | None = None) -> Iterator[Replayed]:
    """Every decision of the ledger whose inputs it holds, the newest first; that the ledger was looked at is an entry of its own.

    Raises:
        PackError: the pack of a decision's day was not kept, or was altered.
    """
    record(AuditEvent.LEDGER_VIEWED, actor=actor, details={"why": "policy replay"})
    pack_of = lru_cache(maxsize=None)(kept_pack)
    for entry in _all_entries():
        asked, rules = entry.details.get("asked"), entry.details.get("rules")
        if not isinstance(asked, str) or not asked or not isinstance(rules, list):
            continue
        now = decide_again(asked, draft or pack_of(str(entry.details["policy"])))
        yield Replayed(
            entry.index, json.loads(asked)["action"], tuple(rules), tuple(rule.id for rule in now.rules)
        )


def _all_entries() -> Iterator[LedgerEntry]:
    for before in range(state().size, 0, -_PAGE):
        yield from entries(limit=_PAGE, before=before)
