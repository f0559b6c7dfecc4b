"""Addresses under /log/."""

from __future__ import annotations

from django.urls import path

from turnpike.oversight import views, who_views

app_name = "oversight"
urlpatterns = [
    path("", views.log, name="log"),
    path("verify/", views.verify, name="verify"),
    path("search/", views.search, name="search"),
    path("who/", who_views.who, name="who"),
    path("<int:index>/", views.entry, name="entry"),
]
