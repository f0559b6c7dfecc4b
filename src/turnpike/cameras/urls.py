"""Addresses of the camera register. No camera's id is two words with a slash between, so that none hides `register/…`."""

from __future__ import annotations

from django.urls import path

from turnpike.cameras import case_views, map_views, register_views, views

app_name = "cameras"
urlpatterns = [
    path("", views.list_, name="list"),
    path("register/new/", register_views.new_camera, name="new_camera"),
    path("register/cases/", case_views.cases, name="cases"),
    path("register/cases/approve/", case_views.approve_several, name="approve_several"),
    path("register/map.json", map_views.cameras_json, name="map_cameras"),
    path("register/map.pmtiles", map_views.tiles, name="map_tiles"),
    path("<slug:camera_id>/", views.camera, name="camera"),
    path("<slug:camera_id>/change/", register_views.change_camera, name="change_camera"),
    path("<slug:camera_id>/place/", register_views.place, name="place"),
    path("<slug:camera_id>/tests/new/", register_views.new_test, name="new_test"),
    path("<slug:camera_id>/case/new/", case_views.new_case, name="new_case"),
    path("<slug:camera_id>/case/end/", case_views.end_case, name="end_case"),
    path("<slug:camera_id>/case/<int:case_id>/", case_views.decide_case, name="decide_case"),
]
