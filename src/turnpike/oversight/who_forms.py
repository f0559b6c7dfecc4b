"""What is typed to ask who could see a read."""

from __future__ import annotations

from typing import Any

from django import forms

from turnpike.accounts.services import all_accounts
from turnpike.reads.services import InvalidReadId, ReadId


class _DayInput(forms.DateInput):
    input_type = "date"


class WhoForm(forms.Form):
    """A read, a day and a person or all."""

    read = forms.CharField(
        label="Read",
        help_text="Its id: 16 letters and digits, as entries of the log name it.",
        max_length=40,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20 tp-code", "autocomplete": "off"}),
        error_messages={"required": "Give the read's id."},
    )
    day = forms.DateField(
        label="Day",
        help_text="In UTC. The policy that decided then is asked.",
        widget=_DayInput(format="%Y-%m-%d", attrs={"class": "govuk-input--width-10"}),
        error_messages={
            "required": "Give the day.",
            "invalid": "Give a day as year, month and day: 2026-11-22.",
        },
    )
    person = forms.ChoiceField(label="Person", required=False, choices=())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["person"]
        assert isinstance(person, forms.ChoiceField)  # noqa: S101 - as declared above; for the type checker
        person.choices = [
            ("", "Everybody"),
            *((one.username, f"{one.name} ({one.username})") for one in all_accounts()),
        ]

    def clean_read(self) -> str:
        """The id as the log writes it."""
        try:
            return ReadId.parse(self.cleaned_data["read"].strip()).text
        except InvalidReadId as error:
            raise forms.ValidationError(str(error)) from error
