"""What the navigation holds: each application registers its own pages when it is ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

if TYPE_CHECKING:
    from turnpike.web.doors import Person
    from turnpike.web.permissions import Permission


@dataclass(frozen=True, slots=True)
class NavItem:
    """A page in the navigation, for those who hold the permission; lower `order` stands further left."""

    label: str
    url_name: str
    permission: Permission
    order: int = 100


@dataclass(frozen=True, slots=True)
class NavLink:
    """An item as shown on one page; `current` where that page is the item's own or lies under it."""

    label: str
    href: str
    current: bool


class Navigation:
    """The items of the site, at most one a page."""

    def __init__(self) -> None:
        self._items: dict[str, NavItem] = {}

    def register(self, item: NavItem) -> None:
        """Add an item, or put it in the place of the one with the same page."""
        self._items[item.url_name] = item

    def links(self, person: Person, path: str) -> tuple[NavLink, ...]:
        """The links for this person on the page at `path`; none for the anonymous."""
        if not person.is_authenticated:
            return ()
        items = sorted(self._items.values(), key=lambda item: (item.order, item.label))
        held = [(item, reverse(item.url_name)) for item in items if person.has_permission(item.permission)]
        # Of pages under one another the deepest is the current one; under the first page lies only itself.
        above = (href for _, href in held if path == href or (href != "/" and path.startswith(href)))
        current = max(above, key=len, default=None)
        return tuple(NavLink(item.label, href, href == current) for item, href in held)


navigation = Navigation()
