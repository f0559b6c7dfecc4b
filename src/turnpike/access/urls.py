"""Addresses of requests and watches; included at the root."""

from __future__ import annotations

from django.urls import path

from turnpike.access import delegation_views, relation_views, views

app_name = "access"
urlpatterns = [
    path("cases/", views.cases, name="cases"),
    path("requests/", views.requests, name="requests"),
    path("requests/new/", views.new_request, name="new_request"),
    path("requests/emergency/", views.emergency, name="emergency"),
    path("requests/<str:number>/", views.request, name="request"),
    path("requests/<str:number>/outcome/", views.outcome, name="outcome"),
    path("requests/<str:number>/close/", views.close_request, name="close_request"),
    path("authority/", views.authorities, name="authorities"),
    path("authority/lent/", delegation_views.delegations, name="delegations"),
    path("authority/lent/<int:delegation_id>/end/", delegation_views.end_delegation, name="end_delegation"),
    path("authority/<str:number>/", views.authority, name="authority"),
    path("authority/reviews/<str:number>/", views.review, name="review"),
    path("declarations/", relation_views.declarations, name="declarations"),
    path("outside/", relation_views.outside, name="outside"),
    path("outside/<int:matter_id>/", relation_views.matter, name="matter"),
    path("watches/", views.watches, name="watches"),
    path("watches/<int:watch_id>/revoke/", views.revoke_watch, name="revoke_watch"),
]
