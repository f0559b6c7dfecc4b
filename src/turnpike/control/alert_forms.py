"""What is typed on an alert's page."""

from __future__ import annotations

from django import forms

from turnpike.hotlists.services import Outcome


class OutcomeForm(forms.Form):
    """What was done about an alert."""

    outcome = forms.ChoiceField(
        label="What was done?",
        choices=Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what was done"},
    )
    note = forms.CharField(
        label="Note",
        max_length=500,
        required=False,
        help_text="Needed for every outcome but confirmed and misread. Other operators see it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, str]:
        """Ask for the note where the outcome alone says too little."""
        given: dict[str, str] = super().clean() or {}
        outcome = given.get("outcome")
        if outcome and Outcome(outcome).needs_note and not given.get("note", "").strip():
            self.add_error("note", "Add a note: this outcome alone does not say what was done")
        return given
