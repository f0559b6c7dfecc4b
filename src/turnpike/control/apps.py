"""The control room as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class ControlConfig(AppConfig):
    """Alert wall, search pages and read page."""

    name = "turnpike.control"
    label = "control"
    verbose_name = "Control room"

    def ready(self) -> None:
        """Put the wall into the navigation; let open walls look again when a watch is granted or revoked."""
        from turnpike.access.services import watch_changed
        from turnpike.hotlists.services import exchange
        from turnpike.web.services import NavItem, Permission, navigation

        navigation.register(NavItem("Alerts", "alerts:wall", Permission.ALERTS_WATCH, order=10))

        def wake_walls(sender: object, **_: object) -> None:  # noqa: ARG001 - a signal's signature
            exchange.wake()

        watch_changed.connect(wake_walls, weak=False, dispatch_uid="turnpike.control")
