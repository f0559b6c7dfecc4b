"""What a decision is: allowed or not, and by which rules."""

from __future__ import annotations

from dataclasses import dataclass, field


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
    asked: str = field(default="", compare=False)
    """Everything that the decision was told, as JSON, so that it can be made again; for the ledger only. Empty where it could not be written so."""
