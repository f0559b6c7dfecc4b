"""Ingest as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class IngestConfig(AppConfig):
    """What ingest keeps beside the reads: those it could not take, and how far matching got."""

    name = "turnpike.ingest"
    label = "ingest"
    verbose_name = "Camera messages"

    def ready(self) -> None:
        """Put the quarantine and the feeds into the navigation."""
        from turnpike.web.services import NavItem, Permission, navigation

        navigation.register(NavItem("Messages", "ingest:messages", Permission.MESSAGES_VIEW, order=70))
        navigation.register(NavItem("Feeds", "feeds:index", Permission.CAMERAS_MANAGE, order=69))
