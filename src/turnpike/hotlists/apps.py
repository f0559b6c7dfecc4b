"""Hotlists as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class HotlistsConfig(AppConfig):
    """Lists of vehicles of interest, and the reads that match them."""

    name = "turnpike.hotlists"
    label = "hotlists"
    verbose_name = "Hotlists"

    def ready(self) -> None:
        """Put the lists into the navigation, and before the door, which grants watches on them."""
        from turnpike.access.services import offer_lists, offer_unseen
        from turnpike.hotlists.hits import unseen_alerts
        from turnpike.hotlists.lists import list_names
        from turnpike.web.services import NavItem, Permission, navigation

        navigation.register(NavItem("Hotlists", "hotlists:index", Permission.HOTLISTS_VIEW, order=30))
        offer_lists(list_names)
        offer_unseen(unseen_alerts)
