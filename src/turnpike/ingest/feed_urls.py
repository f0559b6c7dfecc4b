"""Addresses of the feeds' pages; `/feed/TOKEN/` itself is answered before Django."""

from __future__ import annotations

from django.urls import path

from turnpike.ingest import feed_views

app_name = "feeds"
urlpatterns = [
    path("", feed_views.index, name="index"),
    path("new/", feed_views.choose, name="choose"),
    path("new/<slug:adapter>/", feed_views.new, name="new"),
    path("of/<slug:feed_name>/", feed_views.feed, name="feed"),
    path("of/<slug:feed_name>/change/", feed_views.change, name="change"),
    path("of/<slug:feed_name>/try/", feed_views.try_out, name="try_out"),
    path("of/<slug:feed_name>/camera/", feed_views.camera, name="camera"),
    path("of/<slug:feed_name>/secrets/", feed_views.secrets, name="secrets"),
    path("of/<slug:feed_name>/close/", feed_views.close, name="close"),
]
