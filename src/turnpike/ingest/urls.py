"""Addresses of ingest's pages; `/api/v1/reads` itself is answered before Django."""

from __future__ import annotations

from django.urls import path

from turnpike.ingest import views

app_name = "ingest"
urlpatterns = [
    path("", views.messages, name="messages"),
    path("replay/", views.replay, name="replay"),
]
