"""What the verifier says when something is not as it should be.

Exception
├── Unusable   what it was given is no bundle, proof, key or receipt at all; the sentence says what to give
└── Altered    a part does not hold; carries the fault, which says where
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not hold: where (a file of the bundle, an entry), and what."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class Unusable(Exception):
    """What was given cannot be read as what it should be."""


class Altered(Exception):
    """A part does not hold."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.fault = Fault(where, what)
