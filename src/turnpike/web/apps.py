"""Layout and components as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Layout, components, assets, error pages; knows no subject."""

    name = "turnpike.web"
    label = "web"
    verbose_name = "Web"
