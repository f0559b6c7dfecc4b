"""What pages are made with, for every folder that has some."""

from __future__ import annotations

from turnpike.web.assets import STATIC_DIR, static
from turnpike.web.doors import (
    Person,
    declared_permission,
    declared_public,
    permission_refused,
    public,
    requires,
)
from turnpike.web.errors_views import explained
from turnpike.web.forms import InstantField
from turnpike.web.navigation import Navigation, NavItem, NavLink, navigation
from turnpike.web.permissions import Permission

__all__ = [
    "STATIC_DIR",
    "InstantField",
    "NavItem",
    "NavLink",
    "Navigation",
    "Permission",
    "Person",
    "declared_permission",
    "declared_public",
    "explained",
    "navigation",
    "permission_refused",
    "public",
    "requires",
    "static",
]
