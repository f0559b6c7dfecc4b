"""Oversight as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class OversightConfig(AppConfig):
    """The auditor's pages, and everybody's receipts."""

    name = "turnpike.oversight"
    label = "oversight"
    verbose_name = "Oversight"

    def ready(self) -> None:
        """Put the log and one's own receipts into the navigation."""
        from turnpike.web.services import NavItem, Permission, navigation

        navigation.register(NavItem("Log", "oversight:log", Permission.AUDIT_VIEW, order=60))
        navigation.register(NavItem("Check the log", "commissioner:console", Permission.LOG_CHECK, order=55))
        navigation.register(NavItem("Receipts", "receipts:own", Permission.SIGNED_IN, order=90))
