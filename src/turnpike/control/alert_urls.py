"""Addresses under /alerts/."""

from __future__ import annotations

from django.urls import path

from turnpike.control import alert_views

app_name = "alerts"
urlpatterns = [
    path("", alert_views.wall, name="wall"),
    path("stream", alert_views.stream, name="stream"),
    path("<int:hit_id>/", alert_views.open_alert, name="alert"),
    path("<int:hit_id>/patch", alert_views.patch, name="patch"),
]
