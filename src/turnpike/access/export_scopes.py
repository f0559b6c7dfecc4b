"""How much of a search an export may take, said to the read before anybody presses a button."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from turnpike import config

if TYPE_CHECKING:
    from turnpike.access.models import Search


class ExportScope(StrEnum):
    """What of a search is exported."""

    THESE = "these"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ExportOffer:
    """One export that a search can give: how much, how many reads, and the words of its button."""

    scope: ExportScope
    reads: int
    says: str


def offers_of(search: Search) -> tuple[ExportOffer, ...]:
    """What can be exported of a search: what it returned, and, where more fitted and an export can hold them, all that fitted."""
    offers = []
    if search.returned == 1:
        offers.append(ExportOffer(ExportScope.THESE, 1, "Export this one"))
    elif search.returned:
        offers.append(ExportOffer(ExportScope.THESE, search.returned, f"Export these {search.returned:,}"))
    if search.returned < search.fitting <= config.load().export_max_rows:
        says = f"Export all {search.fitting:,} of this search"
        offers.append(ExportOffer(ExportScope.ALL, search.fitting, says))
    return tuple(offers)
