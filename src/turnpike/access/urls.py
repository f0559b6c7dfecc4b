"""Addresses of requests and watches; included at the root."""

from __future__ import annotations

from django.urls import path

from turnpike.access import agreement_views, delegation_views, policy_views, relation_views, views

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
    path("agreements/", agreement_views.agreements_, name="agreements"),
    path("agreements/new/", agreement_views.new_agreement, name="new_agreement"),
    path("agreements/consultations/new/", agreement_views.new_consultation, name="new_consultation"),
    path("agreements/<str:number>/", agreement_views.agreement, name="agreement"),
    path("agreements/<str:number>/terms/new/", agreement_views.new_terms, name="new_terms"),
    path("agreements/<str:number>/terms/<int:version>/", agreement_views.decide_terms, name="decide_terms"),
    path("agreements/<str:number>/end/", agreement_views.end_agreement, name="end_agreement"),
    path("policy/", policy_views.policy, name="policy"),
    path("policy/<str:version>/", policy_views.policy_pack, name="policy_pack"),
    path("declarations/", relation_views.declarations, name="declarations"),
    path("outside/", relation_views.outside, name="outside"),
    path("outside/<int:matter_id>/", relation_views.matter, name="matter"),
    path("watches/", views.watches, name="watches"),
    path("watches/<int:watch_id>/revoke/", views.revoke_watch, name="revoke_watch"),
]
