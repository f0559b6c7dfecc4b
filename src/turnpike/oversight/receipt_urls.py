"""Addresses under /receipts/."""

from __future__ import annotations

from django.urls import path

from turnpike.oversight import receipt_views

app_name = "receipts"
urlpatterns = [
    path("", receipt_views.own, name="own"),
    path("<int:entry>/", receipt_views.slip, name="slip"),
]
