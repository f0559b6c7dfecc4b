"""Addresses under /hotlists/."""

from __future__ import annotations

from django.urls import path

from turnpike.hotlists import views

app_name = "hotlists"
urlpatterns = [
    path("", views.index, name="index"),
    path("new", views.create, name="create"),
    path("<slug:slug>/", views.detail, name="detail"),
    path("<slug:slug>/new", views.propose, name="propose"),
    path("<slug:slug>/<int:entry_id>/", views.entry, name="entry"),
]
