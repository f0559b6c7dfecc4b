"""What is typed into the hotlist pages."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator
from django.utils import timezone
from django.utils.text import slugify

from turnpike.access.services import CASE_HELP
from turnpike.hotlists.entries import MAX_WEED_DAYS
from turnpike.hotlists.kinds import LegalBasis, Priority
from turnpike.hotlists.models import MAX_NAME_CHARACTERS, MAX_SLUG_CHARACTERS
from turnpike.plates.services import PlateError, normalise

MIN_REASON_CHARACTERS = 20
"""Source: ours; as for a request, one word justifies nothing."""


class _DateInput(forms.DateInput):
    input_type = "date"


class ListForm(forms.Form):
    """A new list; its address is made of its name."""

    name = forms.CharField(
        label="Name",
        max_length=MAX_NAME_CHARACTERS,
        help_text="What the vehicles on it have in common, such as: Stolen vehicles.",
        error_messages={"required": "Enter the name"},
    )
    purpose = forms.CharField(
        label="Purpose",
        max_length=500,
        help_text="What its alerts may be used for. A list serves one purpose; make another list for another.",
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[
            MinLengthValidator(MIN_REASON_CHARACTERS, "Say what it is for, in 20 characters or more")
        ],
        error_messages={"required": "Enter the purpose"},
    )

    def clean_name(self) -> str:
        """The name, where an address can be made of it."""
        name: str = self.cleaned_data["name"]
        if not slugify(name):
            raise ValidationError(
                "The name needs letters from A to Z or digits, of which its address is made"
            )
        return name

    @property
    def slug(self) -> str:
        """The list's name in its address, once the form is valid."""
        name: str = self.cleaned_data["name"]
        return slugify(name)[:MAX_SLUG_CHARACTERS].rstrip("-_")


class ProposalForm(forms.Form):
    """A proposed entry; every field is required."""

    plate = forms.CharField(
        label="Number plate",
        max_length=20,
        help_text="As on the vehicle; spaces do not matter.",
        widget=forms.TextInput(
            attrs={
                "class": "tp-input-plate govuk-input--width-10",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": "Enter the number plate"},
    )
    case_reference = forms.CharField(
        label="Case reference",
        max_length=64,
        help_text=CASE_HELP,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
        error_messages={"required": "Enter the reference of the case that this vehicle is wanted for"},
    )
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        help_text="What happened, and why whoever sees this vehicle must know of it. "
        "Attending a protest is never a reason, nor is anything about who somebody is.",
        widget=forms.Textarea(attrs={"rows": 4}),
        validators=[MinLengthValidator(MIN_REASON_CHARACTERS, "Say what happened, in 20 characters or more")],
        error_messages={"required": "Enter the reason"},
    )
    legal_basis = forms.ChoiceField(
        label="Legal basis",
        choices=LegalBasis.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the law that allows this entry"},
    )
    source = forms.CharField(
        label="Source",
        max_length=120,
        help_text="Where this is known from, such as a crime report's number.",
        error_messages={"required": "Enter where this is known from"},
    )
    owner = forms.CharField(
        label="Owner",
        max_length=120,
        help_text="The unit or person who answers for this entry and takes its alerts.",
        error_messages={"required": "Enter who answers for this entry"},
    )
    priority = forms.ChoiceField(
        label="Priority",
        choices=Priority.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a priority"},
    )
    weed_on = forms.DateField(
        label="Weed date",
        help_text=f"From this day on (UTC) the entry no longer alerts; at most {MAX_WEED_DAYS} days ahead.",
        widget=_DateInput(format="%Y-%m-%d", attrs={"class": "tp-input-datetime"}),
        error_messages={"required": "Enter the weed date", "invalid": "Enter a date, like 2026-11-22"},
    )

    def clean_plate(self) -> str:
        """The plate, normalised."""
        try:
            return normalise(self.cleaned_data["plate"])
        except PlateError as error:
            raise ValidationError(str(error)) from error

    def clean_weed_on(self) -> datetime:
        """The instant from which the entry no longer alerts: midnight, UTC, at the start of that day."""
        weed_on: date = self.cleaned_data["weed_on"]
        today = timezone.now().date()
        if not today < weed_on <= today + timedelta(days=MAX_WEED_DAYS):
            raise ValidationError(f"The weed date must be 1 to {MAX_WEED_DAYS} days ahead")
        return datetime.combine(weed_on, time.min, tzinfo=UTC)


class ClosingForm(forms.Form):
    """Why an entry is refused or withdrawn."""

    why = forms.CharField(
        label="Why it is refused or withdrawn",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why the entry is refused or withdrawn"},
    )
