"""The door as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Requests, decisions, searches and watches."""

    name = "turnpike.access"
    label = "access"
    verbose_name = "Access"

    def ready(self) -> None:
        """Parse the policy pack now, so that a broken one stops the start and not the first search."""
        from turnpike.access.categories import check_severities
        from turnpike.access.policy import base_pack
        from turnpike.web.services import NavItem, Permission, navigation

        base_pack()
        check_severities()
        navigation.register(NavItem("Cases", "access:cases", Permission.READS_SEARCH, order=15))
        navigation.register(NavItem("Search", "access:requests", Permission.READS_SEARCH, order=20))
        navigation.register(
            NavItem("Authority", "access:authorities", Permission.REQUESTS_AUTHORISE, order=30)
        )
        navigation.register(NavItem("Outside", "access:outside", Permission.OUTSIDE_DECIDE, order=35))
        navigation.register(NavItem("Declarations", "access:declarations", Permission.SIGNED_IN, order=90))
        navigation.register(NavItem("Watches", "access:watches", Permission.WATCHES_GRANT, order=40))
