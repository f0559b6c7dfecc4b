"""Cameras as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class CamerasConfig(AppConfig):
    """The register of cameras and of the keys they send under."""

    name = "turnpike.cameras"
    label = "cameras"
    verbose_name = "Cameras"

    def ready(self) -> None:
        """Put the register into the navigation."""
        from turnpike.web.services import NavItem, Permission, navigation

        navigation.register(NavItem("Cameras", "cameras:list", Permission.CAMERAS_VIEW, order=60))
