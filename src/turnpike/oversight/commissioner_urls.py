"""Addresses under /commissioner/."""

from __future__ import annotations

from django.urls import path

from turnpike.oversight import canary_views, commissioner_views

app_name = "commissioner"
urlpatterns = [
    path("", commissioner_views.console, name="console"),
    path("check/", commissioner_views.check, name="check"),
    path("sample/", commissioner_views.sample, name="sample"),
    path("read/", commissioner_views.read, name="read"),
    path("test-searches/", canary_views.canaries, name="canaries"),
    path("statistics/", commissioner_views.statistics, name="statistics"),
    path("bundle/", commissioner_views.bundle, name="bundle"),
]
