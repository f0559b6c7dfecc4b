"""What is typed of an agreement: a consultation, terms, a decision, an ending."""

from __future__ import annotations

from typing import Any

from django import forms

from turnpike.access.agreement_models import REFERENCE_CHARACTERS
from turnpike.access.agreement_records import all_consultations, kept
from turnpike.access.agreement_terms import (
    AGREED_PURPOSES,
    PICTURES,
    SharedField,
    Terms,
    agreed_purpose_label,
)
from turnpike.access.agreements import LONGEST_RETENTION_DAYS, MOST_PEOPLE
from turnpike.access.purposes import MAX_REASON_CHARACTERS
from turnpike.cameras.services import all_cameras, controllers_now, other_controllers

_WIDE = {"class": "govuk-input--width-20"}


class _Day(forms.DateField):
    """A day of UTC; the browser's own control where it has one."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "tp-input-datetime"})


def _several(label: str, help_text: str = "", *, required: bool = True) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, help_text=help_text, required=required, widget=forms.CheckboxSelectMultiple
    )


def _people(label: str, help_text: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=1,
        max_value=MOST_PEOPLE,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-10"}),
    )


class _Choosing(forms.Form):
    """Fields whose choices are read from the records when the form is made."""

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - as declared; for the type checker
        field.choices = choices

    def _choose_cameras(self, controller: str | None) -> None:
        whose = controllers_now()
        self._choose(
            "cameras",
            [
                (camera.camera_id, f"{camera.name} ({whose[camera.camera_id]})")
                for camera in all_cameras()
                if whose.get(camera.camera_id, "")
                in ({controller} if controller else set(other_controllers()))
            ],
        )


class ConsultationForm(_Choosing):
    """A consultation that was held."""

    controller = forms.ChoiceField(label="Who consulted")
    reference = forms.CharField(
        help_text="Under which it can be found.",
        max_length=REFERENCE_CHARACTERS,
        widget=forms.TextInput(_WIDE),
    )
    held_on = _Day(label="Day it ended")
    people_told = _people("How many people were told", "Those who were told, not those who answered.")
    cameras = _several("Cameras it was about")
    fields_told = _several("What of a read it was about")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choose("controller", [("", "Choose"), *((name, name) for name in other_controllers())])
        self._choose("fields_told", [(field.value, field.label) for field in SharedField])
        self._choose_cameras(None)


class TermsForm(_Choosing):
    """Terms; `terms` gives them once the form is valid."""

    purposes = _several("What the reads may be used for")
    cameras = _several("Cameras")
    fields_shared = _several("What of a read is shared")
    consultations = _several(
        "Consultations it stands on",
        "A camera or a field that none of these was about stays off, even though it is named above.",
        required=False,
    )
    people_affected = _people("How many people the cameras concern", "Whose journeys they read; an estimate.")
    legal_basis = forms.CharField(
        help_text="The law that allows it, with its section.", max_length=200, widget=forms.TextInput(_WIDE)
    )
    dpia = forms.CharField(
        label="Impact assessment",
        help_text="Its reference.",
        max_length=REFERENCE_CHARACTERS,
        widget=forms.TextInput(_WIDE),
    )
    pictures_dpia = forms.CharField(
        label="Impact assessment of its own for pictures",
        help_text="Its reference, another than the one above. Without it pictures stay off.",
        required=False,
        max_length=REFERENCE_CHARACTERS,
        widget=forms.TextInput(_WIDE),
    )
    pictures_named = _several("Pictures that this assessment names", required=False)
    retention_days = forms.IntegerField(
        label="Days after which the recipient deletes",
        min_value=1,
        max_value=LONGEST_RETENTION_DAYS,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
    )
    from_on = _Day(label="First day")
    until_on = _Day(label="Last day", help_text="It counts too.")

    def __init__(
        self, *args: Any, discloser: str | None = None, terms: Terms | None = None, **kwargs: Any
    ) -> None:
        if terms is not None:
            told = kept(terms)
            kwargs["initial"] = {
                **told,
                "fields_shared": told["fields"],
                "pictures_named": told["pictures_dpia_names"],
            }
        super().__init__(*args, **kwargs)
        self._choose("purposes", [(one, agreed_purpose_label(one)) for one in AGREED_PURPOSES])
        self._choose("fields_shared", [(field.value, field.label) for field in SharedField])
        self._choose(
            "pictures_named", [(field.value, field.label) for field in SharedField if field in PICTURES]
        )
        self._consultations = {one.number: one for one in all_consultations()}
        self._choose(
            "consultations",
            [
                (one.number, f"{one.number}: {one.reference}, {one.people_told:,} people")
                for one in self._consultations.values()
                if discloser in (None, one.controller)
            ],
        )
        self._choose_cameras(discloser)

    @property
    def terms(self) -> Terms:
        """What was typed."""
        typed = self.cleaned_data
        return Terms(
            purposes=frozenset(typed["purposes"]),
            cameras=frozenset(typed["cameras"]),
            fields=frozenset(map(SharedField, typed["fields_shared"])),
            legal_basis=typed["legal_basis"],
            dpia=typed["dpia"],
            pictures_dpia=typed["pictures_dpia"],
            pictures_dpia_names=frozenset(map(SharedField, typed["pictures_named"])),
            consultations=tuple(self._consultations[number] for number in typed["consultations"]),
            people_affected=typed["people_affected"],
            retention_days=typed["retention_days"],
            from_on=typed["from_on"],
            until_on=typed["until_on"],
        )


class AgreementForm(TermsForm):
    """A new agreement: the parties and its first terms."""

    title = forms.CharField(max_length=REFERENCE_CHARACTERS, widget=forms.TextInput(_WIDE))
    discloser = forms.ChoiceField(label="Whose cameras")
    field_order = ("title", "discloser")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choose("discloser", [("", "Choose"), *((name, name) for name in other_controllers())])


class DecisionForm(forms.Form):
    """A decision that terms are to count."""

    decision_reference = forms.CharField(
        label="Reference of the decision",
        help_text="Under which it can be found, by whoever asks who decided this and why.",
        max_length=REFERENCE_CHARACTERS,
        widget=forms.TextInput(_WIDE),
    )


class EndForm(forms.Form):
    """Why an agreement is ended."""

    why = forms.CharField(
        label="Why it is ended",
        help_text="The other party and an auditor read this.",
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MAX_REASON_CHARACTERS}),
    )
