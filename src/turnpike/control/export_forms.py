"""What is chosen to export."""

from __future__ import annotations

from django import forms

from turnpike.access.services import ExportFormat


class ExportForm(forms.Form):
    """As what the reads are written."""

    form = forms.ChoiceField(
        label="File format",
        choices=[(form.value, form.label) for form in ExportFormat],
        initial=ExportFormat.CSV.value,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose a file format.",
            "invalid_choice": "Choose a file format of the list.",
        },
    )
