"""What a force's case register is asked, behind one small interface; `cases` says which register answers here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from turnpike.access.categories import Category


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a register says of one case; `assigned` holds user names, as the accounts have them."""

    number: str
    category: Category
    is_open: bool
    assigned: frozenset[str]


class CaseRegister(Protocol):
    """Tells of cases by their number."""

    def find(self, number: str) -> CaseFacts | None:
        """The case of that number; None where there is none.

        Raises:
            RegisterUnavailable: it cannot be told now, or what came back makes no sense.
        """
        ...
