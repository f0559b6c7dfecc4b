"""Every address of the site, in one place."""

from __future__ import annotations

from django.urls import include, path

from turnpike.site import tlog_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.health, name="health"),
    path("api/v1/health", views.system_health, name="system_health"),
    path("api/v1/checkpoint", views.checkpoint, name="checkpoint"),
    path("tlog/keys.json", tlog_views.keys, name="tlog_keys"),
    path("tlog/<path:path>", tlog_views.published, name="tlog"),
    path("", include("turnpike.web.urls")),
    path("", include("turnpike.accounts.urls")),
    path("alerts/", include("turnpike.control.alert_urls")),
    path("search/", include("turnpike.control.search_urls")),
    path("", include("turnpike.access.urls")),
    path("hotlists/", include("turnpike.hotlists.urls")),
    path("cameras/", include("turnpike.cameras.urls")),
    path("feeds/", include("turnpike.ingest.feed_urls")),
    path("messages/", include("turnpike.ingest.urls")),
    path("log/", include("turnpike.oversight.urls")),
    path("commissioner/", include("turnpike.oversight.commissioner_urls")),
    path("receipts/", include("turnpike.oversight.receipt_urls")),
]

handler400 = "turnpike.web.errors_views.bad_request"
handler403 = "turnpike.web.errors_views.forbidden"
handler404 = "turnpike.web.errors_views.not_found"
handler429 = "turnpike.web.errors_views.too_many"  # allauth's: Django knows no such handler
handler500 = "turnpike.web.errors_views.server_error"
