"""Addresses of the camera register."""

from __future__ import annotations

from django.urls import path

from turnpike.cameras import views

app_name = "cameras"
urlpatterns = [
    path("", views.list_, name="list"),
    path("<slug:camera_id>/", views.camera, name="camera"),
]
