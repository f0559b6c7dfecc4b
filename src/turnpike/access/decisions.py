"""Deciding, and writing each denial into the ledger before anyone is told of it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from turnpike.access.errors import Denied
from turnpike.access.policy import Action, Fact, decide
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from turnpike.access.rulings import Decision
    from turnpike.accounts.services import User

_NO_FACTS: Mapping[str, Fact] = MappingProxyType({})
Detail = str | int | float | bool | list[str] | None


def authorise(
    user: User, action: Action, *, resource: str, context: Mapping[str, Fact] = _NO_FACTS
) -> Decision:
    """The decision, where it is to allow; the caller records what is done under it, with `grounds(decision)`.

    Raises:
        Denied: it is to deny; DECISION_DENIED is in the ledger, or POLICY_FAULT where the engine could not
            make sense of the facts.
        LedgerError: a denial could not be recorded.
    """
    decision = decide(user, action, resource, context)
    if decision.allowed:
        return decision
    details: dict[str, Detail] = {"action": action.value, "resource": resource, **grounds(decision)}
    if decision.fault:
        receipt = record(
            AuditEvent.POLICY_FAULT, actor=user.username, details={**details, "fault": decision.fault}
        )
    else:
        receipt = record(AuditEvent.DECISION_DENIED, actor=user.username, details=details)
    raise Denied(decision, receipt.index)


def grounds(decision: Decision) -> dict[str, Detail]:
    """What an entry says of the decision behind it: the rules by name, the pack's version, and what it was told."""
    return {
        "rules": [rule.id for rule in decision.rules],
        "policy": decision.pack_version,
        "asked": decision.asked,
    }
