"""Pages of necessity cases: made by one person, decided by another, and what waits or is due."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from turnpike.accounts.services import fresh_sign_in
from turnpike.cameras import necessity
from turnpike.cameras.admission import without_case
from turnpike.cameras.errors import CaseError
from turnpike.cameras.form_pages import actor, found_camera, made, permits
from turnpike.cameras.forms import CaseForm, WhyForm
from turnpike.cameras.places import undecided
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_WAITING_SHOWN, _DUE_SHOWN = 50, 100
_DUE_DAYS = 60


@requires(Permission.CAMERAS_VIEW)
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """What waits for another person, what is due for review, and whose reads are refused."""
    after = request.GET.get("after", "")
    waiting = necessity.waiting_cases(int(after) if after.isdecimal() else 0, _WAITING_SHOWN + 1)
    today = timezone.now().date()
    due = necessity.due_for_review(today + timedelta(days=_DUE_DAYS))
    refused = without_case()
    context = {
        "waiting": waiting[:_WAITING_SHOWN],
        "further": waiting[_WAITING_SHOWN - 1].pk if len(waiting) > _WAITING_SHOWN else None,
        "due": due[:_DUE_SHOWN],
        "due_in_all": due.count(),
        "due_days": _DUE_DAYS,
        "today": today,
        "refused": refused[:_DUE_SHOWN],
        "refused_in_all": len(refused),
        "undecided": undecided(),
        "approves": permits(request, Permission.CAMERAS_APPROVE),
    }
    return render(request, "cameras/cases.html", context)


@requires(Permission.CAMERAS_APPROVE)
@fresh_sign_in
@require_POST
def approve_several(request: HttpRequest) -> HttpResponse:
    """The cases that were ticked are approved, one after the other."""
    ticked = [int(number) for number in request.POST.getlist("case") if number.isdecimal()][:_WAITING_SHOWN]
    approved = 0
    try:
        for case_id in ticked:
            necessity.approve_case(actor(request), case_id)
            approved += 1
    except CaseError as error:
        messages.error(request, str(error))
    if approved:
        messages.success(
            request, f"{approved} cases are approved: their cameras' reads are taken from now on."
        )
    elif not ticked:
        messages.error(request, "Tick the cases that you approve.")
    return redirect("cameras:cases")


@requires(Permission.CAMERAS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_case(request: HttpRequest, camera_id: str) -> HttpResponse:
    """The form that makes a case."""
    camera = found_camera(camera_id)
    if necessity.waiting_case(camera) is not None:
        messages.info(request, "A case of this camera waits already.")
        return redirect("cameras:camera", camera_id=camera_id)
    standing = necessity.standing_case(camera)
    initial = {"purpose": camera.purpose, "owner": camera.owner}
    if standing is not None and not standing.is_carried_over:
        initial |= {name: getattr(standing, name) for name in ("why_here", "need", "alternatives", "dpia")}
    form = CaseForm(request.POST if request.method == "POST" else None, initial=initial)

    def propose() -> None:
        necessity.propose_case(
            actor(request),
            camera_id,
            form.argument,
            purpose=form.cleaned_data["purpose"],
            owner=form.cleaned_data["owner"],
        )

    if made(form, propose):
        messages.success(request, "The case is made. It counts once another person has approved it.")
        return redirect("cameras:camera", camera_id=camera_id)
    context = {"camera": camera, "form": form, "standing": standing}
    return render(request, "cameras/case_new.html", context, status=400 if form.errors else 200)


@requires(Permission.CAMERAS_APPROVE)
@fresh_sign_in
@require_http_methods(["GET", "HEAD", "POST"])
def decide_case(request: HttpRequest, camera_id: str, case_id: int) -> HttpResponse:
    """A case that waits, whole; approved or refused here by somebody else than who made it."""
    case = necessity.find_case(case_id)
    if case is None or case.camera_id != camera_id:
        raise Http404
    if not case.is_waiting:
        messages.info(request, "That case does not wait for a decision any more.")
        return redirect("cameras:camera", camera_id=camera_id)
    refusing = request.method == "POST" and "refuse" in request.POST
    form, why, problem = WhyForm(request.POST if refusing else None), "", ""
    if refusing and made(
        form, lambda: necessity.refuse_case(actor(request), case_id, form.cleaned_data["why"])
    ):
        why = "The case is refused."
    elif request.method == "POST" and not refusing:
        try:
            necessity.approve_case(actor(request), case_id)
            why = "The case is approved: the camera's reads are taken from now on."
        except CaseError as error:
            problem = str(error)
    if why:
        messages.success(request, why)
        return redirect("cameras:camera", camera_id=camera_id)
    context = {
        "case": case,
        "camera": case.camera,
        "form": form,
        "problem": problem,
        "is_own": necessity.same_person(actor(request), case.made_by),
    }
    return render(request, "cameras/case_decide.html", context, status=400 if form.errors or problem else 200)


@requires(Permission.CAMERAS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def end_case(request: HttpRequest, camera_id: str) -> HttpResponse:
    """The form that ends the case in force."""
    camera = found_camera(camera_id)
    form = WhyForm(request.POST if request.method == "POST" else None)
    if made(form, lambda: necessity.end_case(actor(request), camera_id, form.cleaned_data["why"])):
        messages.success(request, "The case has ended: the camera's reads are refused from now on.")
        return redirect("cameras:camera", camera_id=camera_id)
    context = {"camera": camera, "form": form}
    return render(request, "cameras/case_end.html", context, status=400 if form.errors else 200)
