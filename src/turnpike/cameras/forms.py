"""What is typed of a camera: what the register says, a necessity case, a decision, whether its place is published, a test."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from turnpike.cameras.installation import MOST_PASSES
from turnpike.cameras.models import (
    MAX_ARGUMENT_CHARACTERS,
    MAX_CAMERA_ID_CHARACTERS,
    MAX_CONTROLLER_CHARACTERS,
    MAX_LANES,
    MAX_OWNER_CHARACTERS,
    MAX_PURPOSE_CHARACTERS,
    MAX_REFERENCE_CHARACTERS,
    MAX_VIEW_CHARACTERS,
    DirectionRole,
    Withholding,
)
from turnpike.cameras.necessity import LEAST_CHARACTERS, LONGEST_REVIEW_DAYS, Argument

_WIDE = {"class": "govuk-input--width-20"}
_SHORT = {"class": "govuk-input--width-5"}
_PUBLISH = "publish"
_MAX_NAME = 120
_MAX_PERSON = 200


class _Day(forms.DateField):
    """A day of UTC; the browser's own control where it has one."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "tp-input-datetime"})


def _text(label: str, longest: int, help_text: str = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=longest,
        help_text=help_text,
        required=required,
        widget=forms.TextInput(_WIDE),
    )


def _argued(label: str, help_text: str, *, least: int = LEAST_CHARACTERS) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        min_length=least or None,
        max_length=MAX_ARGUMENT_CHARACTERS,
        required=bool(least),
        widget=forms.Textarea({"rows": 4}),
    )


def _number(label: str, least: int, most: int, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        help_text=help_text,
        widget=forms.NumberInput(_SHORT),
    )


def _degrees(label: str, most: int, help_text: str) -> forms.FloatField:
    # Typed as text: a number's control drops what it does not like, and steps by whole degrees.
    attrs = {"inputmode": "decimal", "class": "govuk-input--width-10"}
    return forms.FloatField(
        label=label, min_value=-most, max_value=most, help_text=help_text, widget=forms.TextInput(attrs)
    )


class CameraForm(forms.Form):
    """What the register says of a camera that is there already."""

    name = _text("Name", _MAX_NAME, "Where it stands, as people say it.")
    latitude = _degrees("Latitude", 90, "Degrees north (WGS 84), like 51.50740; south is negative.")
    longitude = _degrees("Longitude", 180, "Degrees east (WGS 84), like -0.12780; west is negative.")
    heading_degrees = _number("Heading", 0, 359, "Where it looks: degrees clockwise from north, 0 to 359.")
    view = _text("View", MAX_VIEW_CHARACTERS, "What it looks at, in words, with its lanes.", required=False)
    lanes = _number("Lanes", 1, MAX_LANES, "How many lanes it sees.")
    direction_role = forms.ChoiceField(
        label="Direction",
        choices=[("either", DirectionRole.EITHER.label), *DirectionRole.choices[1:]],
        help_text="Which vehicles it is set up to read; taken for a read whose message gives none.",
        widget=forms.RadioSelect,
    )
    purpose = _text("Purpose", MAX_PURPOSE_CHARACTERS, "What it may be used for.")
    owner = _text("Owner", MAX_OWNER_CHARACTERS, "Who looks after it.")

    def clean_direction_role(self) -> str:
        """As the register keeps it."""
        chosen = str(self.cleaned_data["direction_role"])
        return "" if chosen == "either" else chosen


class ChangeForm(CameraForm):
    """The same of a camera that is there, which may also be closed."""

    active = forms.BooleanField(
        label="It is active", required=False, help_text="A closed camera can send nothing; its past stays."
    )


class NewCameraForm(CameraForm):
    """A camera that is to be registered."""

    camera_id = forms.CharField(
        label="Camera id",
        max_length=MAX_CAMERA_ID_CHARACTERS,
        help_text="Small letters, digits and dashes; it cannot be changed later.",
        widget=forms.TextInput(_WIDE),
    )
    controller = _text(
        "Controller of its reads",
        MAX_CONTROLLER_CHARACTERS,
        "The organisation that answers for them; this site's own when left empty.",
        required=False,
    )
    field_order = ("camera_id",)


class CaseForm(forms.Form):
    """A necessity case; `argument` gives it once the form is valid."""

    purpose = _text(
        "Purpose",
        MAX_PURPOSE_CHARACTERS,
        "What the camera may be used for. Another than before counts once the case is approved.",
    )
    owner = _text("Owner", MAX_OWNER_CHARACTERS, "Who looks after it.")
    why_here = _argued("Why it has to be here", "What is known of this place that other places do not have.")
    need = _argued("Which pressing need it answers", "With figures where there are any.")
    alternatives = _argued("What else was considered", "Each other way, and why it does not do.")
    dpia = _text("Impact assessment", MAX_REFERENCE_CHARACTERS, "Its reference.")
    review_on = _Day(
        label="Last day before it is reviewed",
        help_text="At most two years from now. From the day after it, reads are refused.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.now().date()
        limits = {"min": today + timedelta(days=1), "max": today + timedelta(days=LONGEST_REVIEW_DAYS)}
        self.fields["review_on"].widget.attrs |= {name: day.isoformat() for name, day in limits.items()}

    @property
    def argument(self) -> Argument:
        """What was typed."""
        typed = self.cleaned_data
        return Argument(
            why_here=typed["why_here"],
            need=typed["need"],
            alternatives=typed["alternatives"],
            dpia=typed["dpia"],
            review_on=typed["review_on"],
        )


class WhyForm(forms.Form):
    """Why a case is refused or ended."""

    why = _argued("Why", "It is kept, and shown on the camera's page.")


class PlaceForm(forms.Form):
    """Whether everybody may know where a camera stands."""

    place = forms.ChoiceField(
        label="Who may know where it stands",
        choices=[
            (_PUBLISH, "Everybody: publish it"),
            *(
                (kind.value, f"Withhold it: {kind.label}")
                for kind in Withholding
                if kind != Withholding.UNDECIDED
            ),
        ],
        widget=forms.RadioSelect,
    )
    why = _argued(
        "Why it is withheld",
        "Only where it is. It is kept here and in the log, and not published; the public page counts by kind.",
        least=0,
    )

    @property
    def withheld(self) -> str:
        """The kind of reason; empty where the place is published."""
        chosen = str(self.cleaned_data["place"])
        return "" if chosen == _PUBLISH else chosen


class TestForm(forms.Form):
    """An installation test."""

    tested_on = _Day(label="Day of the test")
    tested_by = _text("Tested by", _MAX_PERSON, "Who stood there and counted.")
    passes = _number("Vehicles that passed", 1, MOST_PASSES, "Counted by a person or on a video.")
    captured = _number("Of these, caught by the camera", 0, MOST_PASSES)
    read_right = _number("Of these, read right", 0, MOST_PASSES, "Every character as on the plate.")
    remarks = _argued("Remarks", "Weather, light, what was adjusted.", least=0)
