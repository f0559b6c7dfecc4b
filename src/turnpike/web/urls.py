"""The addresses of `web`."""

from __future__ import annotations

from django.urls import path

from turnpike.web import views

app_name = "web"
urlpatterns = [path("governance/", views.governance, name="governance")]
