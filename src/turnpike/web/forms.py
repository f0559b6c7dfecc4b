"""Form fields that more than one subject uses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError


def error_text(bound: forms.BoundField, message: str) -> str:
    """An error as a sentence that names its field, where Django's own says only “This field is required.”.

    Source: GOV.UK Design System, error message: say what to do, so that the list of errors reads by itself.
    """
    if message != str(forms.Field.default_error_messages["required"]):
        return message
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return f"Tick “{bound.label}”"
    if isinstance(bound.field, forms.DateTimeField):
        return f"Enter a date and time for “{bound.label}”"
    label = str(bound.label)
    # An abbreviation keeps its capitals.
    noun = label if label[1:2].isupper() else label[:1].lower() + label[1:]
    return f"{'Choose' if isinstance(widget, forms.widgets.ChoiceWidget) else 'Enter'} {noun}"


class _InstantInput(forms.DateTimeInput):
    input_type = "datetime-local"


class InstantField(forms.DateTimeField):
    """An instant typed in UTC, to the second; cleans to an aware `datetime`.

    The browser's own date and time control where it has one; without, `2026-11-22T14:03` is typed.
    """

    widget = _InstantInput(format="%Y-%m-%dT%H:%M:%S", attrs={"step": "1", "class": "tp-input-datetime"})

    def __init__(self, **options: Any) -> None:
        messages = {"invalid": "Enter a date and time in UTC, like 2026-11-22T14:03"}
        super().__init__(error_messages=messages | options.pop("error_messages", {}), **options)

    def prepare_value(self, value: Any) -> Any:
        """An aware initial value is shown in UTC."""
        return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        """The instant, in UTC.

        Raises:
            ValidationError: the text is no date and time, or one that no clock can show.
        """
        try:
            at = super().to_python(value)
            return at.astimezone(UTC) if at is not None else None
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
