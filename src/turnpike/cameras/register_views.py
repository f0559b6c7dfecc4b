"""Forms of the register: a camera, whether its place is published, and what was measured at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from turnpike.cameras import registering
from turnpike.cameras.form_pages import actor, found_camera, made
from turnpike.cameras.forms import ChangeForm, NewCameraForm, PlaceForm, TestForm
from turnpike.cameras.installation import record_test
from turnpike.cameras.necessity import standing_case
from turnpike.cameras.places import decide_place
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_METHODS = ["GET", "HEAD", "POST"]


@requires(Permission.CAMERAS_MANAGE)
@require_http_methods(_METHODS)
def new_camera(request: HttpRequest) -> HttpResponse:
    """The form that registers a camera."""
    initial = {"lanes": 1, "direction_role": "either"}
    form = NewCameraForm(request.POST if request.method == "POST" else None, initial=initial)
    if made(form, lambda: registering.register_camera(actor(request), **form.cleaned_data)):
        messages.success(
            request,
            "The camera is registered. Make its necessity case; its reads are refused until another person has approved it.",
        )
        return redirect("cameras:new_case", camera_id=form.cleaned_data["camera_id"])
    return render(request, "cameras/camera_new.html", {"form": form}, status=400 if form.errors else 200)


@requires(Permission.CAMERAS_MANAGE)
@require_http_methods(_METHODS)
def change_camera(request: HttpRequest, camera_id: str) -> HttpResponse:
    """The form that says anew what the register says of a camera."""
    camera = found_camera(camera_id)
    initial = {name: getattr(camera, name) for name in ChangeForm.base_fields}
    initial["direction_role"] = camera.direction_role or "either"
    form = ChangeForm(request.POST if request.method == "POST" else None, initial=initial)
    had_case = standing_case(camera) is not None
    if made(form, lambda: registering.change_camera(actor(request), camera_id, **form.cleaned_data)):
        if had_case and standing_case(camera) is None:
            messages.info(
                request,
                "The change ended the camera's necessity case: its reads are refused until a new one is approved.",
            )
        else:
            messages.success(request, "The register is changed.")
        return redirect("cameras:camera", camera_id=camera_id)
    context = {"camera": camera, "form": form, "had_case": had_case}
    return render(request, "cameras/camera_change.html", context, status=400 if form.errors else 200)


@requires(Permission.CAMERAS_MANAGE)
@require_http_methods(_METHODS)
def place(request: HttpRequest, camera_id: str) -> HttpResponse:
    """The form that publishes a camera's place or withholds it."""
    camera = found_camera(camera_id)
    initial = {"place": camera.withheld or "publish", "why": camera.withheld_why}
    form = PlaceForm(request.POST if request.method == "POST" else None, initial=initial)

    def decide() -> None:
        decide_place(actor(request), camera_id, withheld=form.withheld, why=form.cleaned_data["why"])

    if made(form, decide):
        messages.success(
            request, "The place is published." if not form.withheld else "The place is withheld."
        )
        return redirect("cameras:camera", camera_id=camera_id)
    context = {"camera": camera, "form": form}
    return render(request, "cameras/place.html", context, status=400 if form.errors else 200)


@requires(Permission.CAMERAS_MANAGE)
@require_http_methods(_METHODS)
def new_test(request: HttpRequest, camera_id: str) -> HttpResponse:
    """The form that keeps an installation test."""
    camera = found_camera(camera_id)
    form = TestForm(request.POST if request.method == "POST" else None)
    if made(form, lambda: record_test(actor(request), camera_id, **form.cleaned_data)):
        messages.success(request, "The test is on record.")
        return redirect("cameras:camera", camera_id=camera_id)
    context = {"camera": camera, "form": form}
    return render(request, "cameras/test_new.html", context, status=400 if form.errors else 200)
