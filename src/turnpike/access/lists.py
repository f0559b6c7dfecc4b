"""Which lists can be watched: hotlists, which stands above the door, offers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_providers: list[Callable[[], Sequence[tuple[str, str]]]] = []


def offer_lists(provider: Callable[[], Sequence[tuple[str, str]]]) -> None:
    """Name the function that gives each list's slug and name; asked anew for each page, the last one wins."""
    _providers[:] = [provider]


def offered_lists() -> tuple[tuple[str, str], ...]:
    """The slug and name of each list that can be watched now."""
    return tuple(pair for provider in _providers for pair in provider())
