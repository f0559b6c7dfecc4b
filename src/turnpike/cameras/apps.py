"""Cameras as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class CamerasConfig(AppConfig):
    """The register of cameras and of the keys they send under."""

    name = "turnpike.cameras"
    label = "cameras"
    verbose_name = "Cameras"
