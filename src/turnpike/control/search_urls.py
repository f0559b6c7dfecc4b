"""Addresses under /search/."""

from __future__ import annotations

from django.urls import path

from turnpike.control import export_views, search_views

app_name = "search"
urlpatterns = [
    path("<str:number>/", search_views.search, name="search"),
    path("<str:number>/reads/<str:read_id>/", search_views.read, name="read"),
    path("<str:number>/reads/<str:read_id>/patch", search_views.patch, name="patch"),
    path(
        "<str:number>/searches/<int:search_id>/export/<slug:scope>/",
        export_views.export,
        name="export",
    ),
]
