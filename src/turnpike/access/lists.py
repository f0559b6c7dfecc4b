"""Which lists can be watched, and which alerts nobody on watch can be shown: hotlists, which stands above the door, offers both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    Lists = Callable[[], Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Unseen:
    """Alerts of one list that wait, that nobody has seen, and that are withheld from everybody who holds a watch on it."""

    list_slug: str
    alerts: int
    since: datetime
    """When the oldest of them was raised."""


_lists: list[Lists] = []
_unseen: list[Callable[[], Sequence[Unseen]]] = []


def offer_lists(provider: Lists) -> None:
    """Name the function that gives each list's slug and name; asked anew for each page, the last one wins."""
    _lists[:] = [provider]


def offered_lists() -> tuple[tuple[str, str], ...]:
    """The slug and name of each list that can be watched now."""
    return tuple(pair for provider in _lists for pair in provider())


def offer_unseen(provider: Callable[[], Sequence[Unseen]]) -> None:
    """Name the function that tells of alerts that nobody on watch can be shown; as `offer_lists`."""
    _unseen[:] = [provider]


def unseen_alerts() -> tuple[Unseen, ...]:
    """The alerts that nobody on watch can be shown now, by list; no plate, and no word of whom they are withheld from."""
    return tuple(one for provider in _unseen for one in provider())
