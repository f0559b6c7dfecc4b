"""A small site of sample pages: every component, every kind of field, every kind of guarded view."""

from __future__ import annotations

from datetime import UTC, datetime

from django import forms
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse
from django.template import engines
from django.urls import include, path

from turnpike.errors import InputError, UnavailableError
from turnpike.web.services import InstantField, Permission, public, requires

COMPONENTS = """
{% extends "web/layout.html" %}
{% import "web/components.html" as ui %}
{% block title %}Components{% endblock %}
{% block before_content %}
{{ ui.breadcrumbs([("Searches", "/"), ("Request R-1042", "/governance/"), ("Components", none)]) }}
{% endblock %}
{% block content %}
{% call ui.heading("Reads of one vehicle", caption="Request R-1042") %}{{ ui.button("New search", href="/") }}{% endcall %}
{{ ui.notification("Three alerts wait to be looked at.") }}
{{ ui.notification("The request is open until tomorrow.", success=true, id="done") }}
{% call ui.table("Reads", ["Plate", "Captured", "Camera", "State", ["Confidence"]], id="reads") %}
{% for text, colour, state in [("AB12CDE", "red", "On a hotlist"), ("K789XYZ", "grey", "No match"), ("LM0", "green", "Resolved")] %}
<tr><th scope="row">{{ text | plate }}</th><td>{{ at | instant(ms=true) }}</td><td>Abbey Gate, northbound</td>
<td>{{ ui.tag(state, colour) }}</td><td class="tp-table__numeric">{{ 0.973 | percent(digits=1) }}</td></tr>
{% endfor %}
{% endcall %}
{{ ui.pagination(newer="?after=1", older="?before=9") }}
<div class="tp-grid">
{% call ui.panel("The read") %}{{ "AB12CDE" | plate(large=true) }}
{{ ui.summary_list([("Captured", at | instant), ("Lane", 2), ("Colour", none), ("Reference", "b3f1c2e7a9d04c5e8f60b3f1c2e7a9d04c5e8f60b3f1c2e7")]) }}{% endcall %}
{% call ui.panel("The entry") %}{{ ui.summary_list([("Reason", "Stolen on 21 November"), ("Owner", "Vehicle crime unit")]) }}
{{ ui.tag("High") }} {{ ui.tag("Expired", "yellow") }} {{ ui.tag("Held", "purple") }} {{ ui.tag("New", "teal") }} {{ ui.tag("Late", "orange") }} {{ ui.tag("Shared", "magenta") }}{% endcall %}
</div>
{% call ui.inset() %}A search is entered in the log before it runs.{% endcall %}
{{ ui.warning("This request can be used for one hour more.") }}
{% call ui.details("Why is this shown?") %}<p class="govuk-body">Because the request allows it.</p>{% endcall %}
{% call ui.empty("No alerts", "Your watch is on; an alert appears here within a second.") %}{{ ui.button("See the list", kind="secondary", href="/") }}{% endcall %}
{{ ui.back_link("/") }}
<div class="govuk-button-group"><form>{{ ui.button("Open request") }} {{ ui.button("Cancel", kind="secondary", name="do", value="cancel") }} {{ ui.button("Revoke", kind="warning") }}</form></div>
{% endblock %}
"""

FORM = """
{% extends "web/layout.html" %}
{% import "web/components.html" as ui %}
{% import "web/forms.html" as forms %}
{% block title %}{{ forms.title_prefix(form) }}Open a request{% endblock %}
{% block before_content %}{{ ui.back_link("/") }}{% endblock %}
{% block content %}
{{ forms.error_summary(form) }}
{{ ui.heading("Open a request") }}
<form method="post" class="tp-form" novalidate>
{{ csrf_input }}
{{ forms.fields(form) }}
{{ ui.button("Open request") }}
</form>
{% endblock %}
"""


class SampleForm(forms.Form):
    """One field of each kind."""

    case = forms.CharField(
        label="Case reference", help_text="As in the case system, like C-2026-0042.", max_length=40
    )
    plate = forms.CharField(
        widget=forms.TextInput(attrs={"class": "tp-input-plate", "autocomplete": "off"}), required=False
    )
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}))
    purpose = forms.ChoiceField(
        choices=[("", "Choose one"), ("theft", "Vehicle theft"), ("risk", "Risk to life")]
    )
    priority = forms.ChoiceField(choices=[("high", "High"), ("low", "Low")], widget=forms.RadioSelect)
    lists = forms.MultipleChoiceField(
        choices=[("a", "Stolen"), ("b", "Missing")],
        widget=forms.CheckboxSelectMultiple,
        help_text="At least one.",
    )
    agreed = forms.BooleanField(label="I have read the purpose")
    since = InstantField(label="From", help_text="UTC")
    secret = forms.CharField(label="Password", widget=forms.PasswordInput)
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def show(request, text, **context):
    return HttpResponse(engines["jinja2"].from_string(text).render(context, request))


@public("a sample")
def components(request):
    return show(request, COMPONENTS, at=datetime(2026, 11, 22, 14, 3, 7, 250_000, tzinfo=UTC))


@public("a sample")
def form(request):
    return show(request, FORM, form=SampleForm(request.POST if request.method == "POST" else None))


@public("a sample")
def failing(request, kind):
    match kind:
        case "refused":
            raise PermissionDenied
        case "suspicious":
            raise SuspiciousOperation
        case "unusable":
            raise InputError("Give a plate.")
        case "away":
            raise UnavailableError("Try again in a minute.")
        case _:
            raise RuntimeError


@requires(Permission.AUDIT_VIEW)
def audit(request):
    return show(request, COMPONENTS, at=datetime(2026, 11, 22, 14, 3, 7, tzinfo=UTC))


@requires(Permission.AUDIT_VIEW)
async def audit_async(request):
    return HttpResponse(f"seen by {request.user}")


@public("a sample")
def empty(request):
    return HttpResponse("")


urlpatterns = [
    path("", empty, name="home"),
    path("", include("turnpike.web.urls")),
    path("sign-in/", empty, name="account_login"),
    path("sign-out/", empty, name="account_logout"),
    path("sign-in/password/", empty, name="choose_password"),
    path("camera-places/", include(([path("", empty, name="camera_places")], "places"))),
    path("components/", components, name="components"),
    path("form/", form, name="form"),
    path("failing/<str:kind>/", failing),
    path("audit/", audit, name="audit"),
    path("audit/async/", audit_async, name="audit_async"),
]

handler400 = "turnpike.web.errors_views.bad_request"
handler403 = "turnpike.web.errors_views.forbidden"
handler404 = "turnpike.web.errors_views.not_found"
handler500 = "turnpike.web.errors_views.server_error"
