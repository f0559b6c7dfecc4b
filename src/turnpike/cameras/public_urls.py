"""Addresses of the register that everybody may open."""

from __future__ import annotations

from django.urls import path

from turnpike.cameras import public_views

app_name = "places"
urlpatterns = [
    path("", public_views.places, name="camera_places"),
    path("places.json", public_views.places_json, name="camera_places_json"),
]
