"""What is typed to open a request and to grant a watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django import forms

from turnpike.access.authorities import FURTHEST_DAYS, UNAIDED_DAYS
from turnpike.access.errors import RequestError
from turnpike.access.lists import offered_lists
from turnpike.access.outcome_kinds import Outcome
from turnpike.access.outcomes import LONGEST_NOTE
from turnpike.access.purposes import (
    CASE_HELP,
    MAX_REASON_CHARACTERS,
    REASON_HELP,
    Purpose,
    check_case_reference,
    check_reason,
    check_refusal,
)
from turnpike.access.scopes import FURTHEST_KM, MOST_CAMERAS, MOST_PATTERNS, check_cameras, check_patterns
from turnpike.accounts.services import Role, User, find_account, people_with

if TYPE_CHECKING:
    from collections.abc import Callable

Typed = TypeVar("Typed")
Kept = TypeVar("Kept")
_SHIFT_HOURS = 8
_LONGEST_HOURS = 24


class RequestForm(forms.Form):
    """A new request."""

    case_reference = forms.CharField(
        label="Case reference",
        help_text=CASE_HELP,
        max_length=64,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
        error_messages={"required": "Give the reference of the case that this is for."},
    )
    purpose = forms.ChoiceField(
        choices=[(purpose.value, purpose.label) for purpose in Purpose],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the purpose of the search."},
    )
    reason = forms.CharField(
        label="Reason",
        help_text=REASON_HELP,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": MAX_REASON_CHARACTERS}),
        error_messages={"required": "Say what happened and why a search is needed."},
    )

    reach_days = forms.IntegerField(
        label="How many days back",
        help_text=f"Up to {UNAIDED_DAYS} you search at once. Further back needs somebody else's authority, by rank; it is asked for when you open the request.",
        initial=UNAIDED_DAYS,
        min_value=1,
        max_value=FURTHEST_DAYS,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
        error_messages={"required": "Say how many days back."},
    )

    def clean_case_reference(self) -> str:
        """In capitals; or the sentence that says what is wrong."""
        return _checked(check_case_reference, self.cleaned_data["case_reference"])

    def clean_reason(self) -> str:
        """Single-spaced; or the sentence that says what is wrong."""
        return _checked(check_reason, self.cleaned_data["reason"])

    patterns = forms.CharField(
        label="Plates or patterns",
        help_text=f"One a line, {MOST_PATTERNS} at most: the vehicles that this is about. ? stands for one character, * for any number. "
        "Leave it empty only where no plate is known; the cameras then say what it is about.",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocapitalize": "characters", "spellcheck": "false"}),
    )
    cameras = forms.CharField(
        label="Cameras",
        help_text=f"Their ids, one a line, {MOST_CAMERAS} at most; empty for all.",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )
    around = forms.CharField(
        label="Or every camera around this one",
        help_text="Its id. The cameras that stand there now are written down; one that is put up later does not count.",
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
    )
    radius_km = forms.FloatField(
        label="Within how many kilometres",
        required=False,
        min_value=0.1,
        max_value=FURTHEST_KM,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4", "step": "0.1"}),
    )
    operator = forms.CharField(
        label="Who searches",
        help_text="The user name of the investigator who is to search under this; empty if you do.",
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
    )

    def clean_patterns(self) -> tuple[str, ...]:
        """As `plates` writes them; or the sentence that says what is wrong."""
        return _checked(check_patterns, self.cleaned_data["patterns"].splitlines())

    def clean(self) -> dict[str, Any]:
        """With the cameras of the area; or what the scope still lacks."""
        found = super().clean() or {}
        ids = [line.strip() for line in found.pop("cameras", "").splitlines()]
        around, radius_km = found.pop("around", "").strip(), found.pop("radius_km", None)
        try:
            found["camera_ids"] = check_cameras(ids, around=around, radius_km=radius_km or 0.0)
        except RequestError as error:
            self.add_error(error.field, str(error))
        if not self.errors and not found["patterns"] and not found["camera_ids"]:
            self.add_error(
                "patterns", "Say which plates or patterns this is about, or name the cameras below."
            )
        return found


class DelegationForm(forms.Form):
    """Authority to lend."""

    holder = forms.CharField(
        label="To whom",
        help_text="The user name of another authoriser, of the next rank below, your own or above.",
        max_length=64,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
        error_messages={"required": "Give the user name of the authoriser who is to decide for you."},
    )
    days = forms.IntegerField(
        label="For how many days",
        help_text="From now, 1 to 28.",
        min_value=1,
        max_value=28,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
        error_messages={"required": "Say for how many days."},
    )
    reason = forms.CharField(
        label="Why",
        help_text="For example: “Annual leave; the night superintendent covers the division.”",
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": MAX_REASON_CHARACTERS}),
        error_messages={"required": "Say why you lend it."},
    )

    def clean_reason(self) -> str:
        """Single-spaced; or the sentence that says what is wrong."""
        return _checked(check_reason, self.cleaned_data["reason"])


class OutcomeForm(forms.Form):
    """What came of a request."""

    outcome = forms.ChoiceField(
        label="What came of it?",
        choices=[(outcome.value, outcome.label) for outcome in Outcome],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what came of it."},
    )
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST_NOTE}),
    )


class EmergencyForm(forms.Form):
    """A request without a case."""

    reason = forms.CharField(
        label="What is happening",
        help_text="Whose life is at stake, how, and what a search can do about it. An authoriser reviews this within a day.",
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": MAX_REASON_CHARACTERS}),
        error_messages={"required": "Say what is happening."},
    )

    def clean_reason(self) -> str:
        """Single-spaced; or the sentence that says what is wrong."""
        return _checked(check_reason, self.cleaned_data["reason"])


class ReviewForm(forms.Form):
    """What a review found."""

    justified = forms.TypedChoiceField(
        label="Was it an emergency?",
        choices=[("yes", "Yes: a life was at stake, and the searches fit"), ("no", "No")],
        coerce=lambda text: text == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether it was an emergency."},
    )
    remarks = forms.CharField(
        help_text="What you looked at and what you found. An auditor reads this.",
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MAX_REASON_CHARACTERS}),
        error_messages={"required": "Say what you found."},
    )

    def clean_remarks(self) -> str:
        """Single-spaced; or the sentence that says what is wrong."""
        return _checked(check_refusal, self.cleaned_data["remarks"])


class RefusalForm(forms.Form):
    """Why a request is refused; whoever asked is shown it."""

    why = forms.CharField(
        label="Why it is refused",
        help_text="Whoever asked reads this, and so does an auditor.",
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MAX_REASON_CHARACTERS}),
        error_messages={"required": "Say why it is refused."},
    )

    def clean_why(self) -> str:
        """Single-spaced; or the sentence that says what is wrong."""
        return _checked(check_refusal, self.cleaned_data["why"])


class WatchForm(forms.Form):
    """A new watch."""

    operator = forms.ChoiceField(error_messages={"required": "Choose the operator."})
    hotlist = forms.ChoiceField(label="List", error_messages={"required": "Choose the list."})
    hours = forms.IntegerField(
        label="Hours",
        help_text="From now, 1 to 24: one shift.",
        initial=_SHIFT_HOURS,
        min_value=1,
        max_value=_LONGEST_HOURS,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("operator").choices = [
            ("", "Choose an operator"),
            *((person.username, person.name) for person in people_with(Role.OPERATOR)),
        ]
        self._choices("hotlist").choices = [("", "Choose a list"), *offered_lists()]

    def _choices(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - as declared above; for the type checker
        return field

    def clean_operator(self) -> User:
        """The account itself."""
        operator = find_account(self.cleaned_data["operator"])
        if operator is None:
            raise forms.ValidationError("That account was closed; choose another operator.")
        return operator


def _checked(check: Callable[[Typed], Kept], typed: Typed) -> Kept:
    try:
        return check(typed)
    except RequestError as error:
        raise forms.ValidationError(str(error)) from error
