"""Pages of agreements: what each allows and allowed when, and the forms of proposing, deciding and ending. No plate stands here."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from turnpike.access import agreement_drawing, agreement_words, agreements, disclosing
from turnpike.access.agreement_calendar import calendar
from turnpike.access.agreement_forms import (
    AgreementForm,
    ConsultationForm,
    DecisionForm,
    EndForm,
    TermsForm,
)
from turnpike.access.agreement_records import all_consultations, pact_of
from turnpike.access.agreement_terms import Consultation, Pact, SharedField, agreed_purpose_label
from turnpike.access.errors import AgreementError, RequestError
from turnpike.access.forms import RefusalForm
from turnpike.access.pages import explains_refusals
from turnpike.accounts.services import fresh_sign_in
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

    from turnpike.access.agreement_models import Agreement
    from turnpike.accounts.services import User

_SHOWN_RELEASES = 20
_FORM_FIELDS = {"fields": ("fields_shared", "fields_told"), "pictures_dpia_names": ("pictures_named",)}


@requires(Permission.AGREEMENTS_VIEW)
@require_safe
def agreements_(request: HttpRequest) -> HttpResponse:
    """All agreements, what waits for a decision, what is owed, and the consultations on record."""
    now = timezone.now()
    held = [(one, agreement_words.standing(pact_of(one), now)) for one in agreements.all_agreements()]
    context = {
        "agreements": held,
        "waiting": agreements.waiting_terms(),
        "owed": disclosing.owed_proofs(),
        "today": now.date(),
        "consultations": [(one, agreement_words.of_consultation(one)) for one in all_consultations()],
        "decides": _person(request).has_permission(Permission.AGREEMENTS_DECIDE),
    }
    return render(request, "access/agreements.html", context)


@requires(Permission.AGREEMENTS_VIEW)
@require_safe
def agreement(request: HttpRequest, number: str) -> HttpResponse:
    """One agreement: in words, on a day, as a calendar, and what was disclosed under it."""
    found = _found(number)
    now, pact = timezone.now(), pact_of(found)
    at, asked_on = _asked(request, now)
    stretches = calendar(pact)
    context = {
        "found": found,
        "standing": agreement_words.standing(pact, at),
        "asked_on": asked_on,
        "sentences": agreement_words.summary(pact, at),
        "stretches": [(one, agreement_words.of_fields(pact, one.states)) for one in reversed(stretches)],
        "drawing": agreement_drawing.drawing(pact, stretches, now),
        "measures": agreement_drawing,
        "versions": found.versions.select_related("proposed_by", "decided_by").order_by("-number"),
        "consultations": [agreement_words.of_consultation(one) for one in _consultations(pact)],
        "releases": [
            (one, agreed_purpose_label(one.purpose), ", ".join(SharedField(f).label for f in one.fields))
            for one in disclosing.releases_under(number, limit=_SHOWN_RELEASES)
        ],
        "owed": disclosing.owed_proofs(number),
        "proofs": disclosing.proofs_under(number),
        "today": now.date(),
        "decides": _person(request).has_permission(Permission.AGREEMENTS_DECIDE),
    }
    return render(request, "access/agreement.html", context)


@requires(Permission.AGREEMENTS_DECIDE)
@require_http_methods(["GET", "HEAD", "POST"])
@explains_refusals
def new_consultation(request: HttpRequest) -> HttpResponse:
    """The form that puts a consultation on record."""
    form = ConsultationForm(request.POST if request.method == "POST" else None)

    def kept_now() -> str:
        typed = dict(form.cleaned_data)
        fields = [SharedField(field) for field in typed.pop("fields_told")]
        return agreements.record_consultation(_person(request), fields=fields, **typed).number

    if number := _made(form, kept_now):
        messages.success(request, f"Consultation {number} is on record. Terms can name it from now on.")
        return redirect("access:agreements")
    return render(request, "access/consultation_new.html", {"form": form}, status=400 if form.errors else 200)


@requires(Permission.AGREEMENTS_DECIDE)
@require_http_methods(["GET", "HEAD", "POST"])
@explains_refusals
def new_agreement(request: HttpRequest) -> HttpResponse:
    """The form of a new agreement."""
    form = AgreementForm(request.POST if request.method == "POST" else None)

    def proposed() -> str:
        typed = form.cleaned_data
        made = agreements.propose_agreement(
            _person(request), title=typed["title"], discloser=typed["discloser"], terms=form.terms
        )
        return made.agreement_id

    if number := _made(form, proposed):
        return _proposed(request, number)
    context = {"form": form, "found": None}
    return render(request, "access/agreement_terms.html", context, status=400 if form.errors else 200)


@requires(Permission.AGREEMENTS_DECIDE)
@require_http_methods(["GET", "HEAD", "POST"])
@explains_refusals
def new_terms(request: HttpRequest, number: str) -> HttpResponse:
    """The form of new terms for an agreement, filled with those that stand."""
    found = _found(number)
    standing = pact_of(found).version_at(timezone.now())
    form = TermsForm(
        request.POST if request.method == "POST" else None,
        discloser=found.discloser,
        terms=standing.terms if standing else None,
    )
    if _made(form, lambda: agreements.propose_terms(_person(request), number, form.terms).agreement_id):
        return _proposed(request, number)
    context = {"form": form, "found": found}
    return render(request, "access/agreement_terms.html", context, status=400 if form.errors else 200)


@requires(Permission.AGREEMENTS_DECIDE)
@fresh_sign_in
@require_http_methods(["GET", "HEAD", "POST"])
@explains_refusals
def decide_terms(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """Terms that wait, in words, as they would count; decided or refused here by somebody else than who proposed them."""
    found = _found(number)
    row = found.versions.select_related("proposed_by").filter(number=version).first()
    if row is None:
        raise Http404
    if row.granted is not None or found.ended_at is not None:
        messages.info(request, "Those terms do not wait for a decision any more.")
        return redirect("access:agreement", number=number)
    refusing = request.method == "POST" and "refuse" in request.POST
    decision = DecisionForm(request.POST if request.method == "POST" and not refusing else None)
    refusal = RefusalForm(request.POST if refusing else None)
    person = _person(request)

    def settled() -> str:
        if refusing:
            return agreements.refuse_terms(person, number, version, refusal.cleaned_data["why"]).agreement_id
        reference = decision.cleaned_data["decision_reference"]
        return agreements.decide_terms(person, number, version, reference).agreement_id

    form = refusal if refusing else decision
    if _made(form, settled):
        messages.success(request, f"The terms are {'refused' if refusing else 'decided'}.")
        return redirect("access:agreement", number=number)
    context = {
        "found": found,
        "row": row,
        "form": form,
        "decision": decision,
        "refusal": refusal,
        "sentences": agreement_words.as_decided(pact_of(found), version, timezone.now()),
    }
    return render(request, "access/agreement_decide.html", context, status=400 if form.errors else 200)


@requires(Permission.AGREEMENTS_DECIDE)
@fresh_sign_in
@require_http_methods(["GET", "HEAD", "POST"])
@explains_refusals
def end_agreement(request: HttpRequest, number: str) -> HttpResponse:
    """The form that ends an agreement at once."""
    found = _found(number)
    form = EndForm(request.POST if request.method == "POST" else None)
    if _made(form, lambda: agreements.end_agreement(_person(request), number, form.cleaned_data["why"]).pk):
        messages.success(request, f"Agreement {number} has ended: nothing is disclosed under it any more.")
        return redirect("access:agreement", number=number)
    context = {"found": found, "form": form}
    return render(request, "access/agreement_end.html", context, status=400 if form.errors else 200)


def _person(request: HttpRequest) -> User:
    return cast("User", request.user)


def _found(number: str) -> Agreement:
    try:
        return agreements.find_agreement(number)
    except AgreementError as error:
        raise Http404 from error


def _made(form: Form, make: Callable[[], str]) -> str:
    """The number of what a valid form makes; empty where it does not, with the reason in the form."""
    if not form.is_valid():
        return ""
    try:
        return make()
    except (AgreementError, RequestError) as error:
        names = _FORM_FIELDS.get(error.field, (error.field,))
        form.add_error(next((name for name in names if name in form.fields), None), str(error))
        return ""


def _proposed(request: HttpRequest, number: str) -> HttpResponse:
    messages.success(
        request, "The terms are proposed. They open nothing until another authoriser decides them."
    )
    return redirect("access:agreement", number=number)


def _asked(request: HttpRequest, now: datetime) -> tuple[datetime, date]:
    """The instant that the page is asked about: the end of a past or coming day, or now."""
    try:
        on = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return now, now.date()
    return (now if on == now.date() else datetime.combine(on, time.max, UTC)), on


def _consultations(pact: Pact) -> list[Consultation]:
    held = {one.number: one for version in pact.versions for one in version.terms.consultations}
    return sorted(held.values(), key=lambda one: (one.held_on, one.number))
