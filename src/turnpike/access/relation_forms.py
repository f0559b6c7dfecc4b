"""What is typed to declare a plate, and to refuse a look from outside."""

from __future__ import annotations

from django import forms

from turnpike.access.relation_kinds import OutsideRefusal, RelationKind
from turnpike.plates.services import PlateError, normalise


def _refusal(text: str) -> OutsideRefusal:
    return OutsideRefusal(text)


class DeclarationForm(forms.Form):
    """One plate that the person is close to."""

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
    kind = forms.ChoiceField(
        label="Whose is it, seen from you?",
        choices=[(kind.value, kind.label) for kind in RelationKind],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whose it is"},
    )

    def clean_plate(self) -> str:
        """The plate, normalised."""
        try:
            return normalise(self.cleaned_data["plate"])
        except PlateError as error:
            raise forms.ValidationError(str(error)) from error


class OutsideRefusalForm(forms.Form):
    """One of the answers that tell whoever asked nothing of a relation."""

    why = forms.TypedChoiceField(
        label="Why it is refused",
        help_text="Whoever asked is shown this sentence and no other, so that it tells nothing of whose vehicle it is.",
        choices=[(kind.value, kind.label) for kind in OutsideRefusal],
        coerce=_refusal,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why it is refused"},
    )
