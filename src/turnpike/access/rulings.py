"""What a decision is: allowed or not, and by which rules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the pack: its lasting name, and the sentence that says what failed and what to do."""

    id: str
    says: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Allow or deny, with the rules that determined it: the permit, or every rule that failed."""

    allowed: bool
    rules: tuple[Rule, ...]
    pack_version: str
    """`NAME@` and the first 12 hexadecimal digits of the SHA-256 of schema and policy."""
    fault: str = ""
    """What the engine could not make sense of; for the ledger only, since it can quote the context."""
