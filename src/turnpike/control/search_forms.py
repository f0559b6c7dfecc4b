"""What is typed to search."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django import forms
from django.utils import timezone

from turnpike.cameras.services import all_cameras
from turnpike.plates.services import PlateError, parse_pattern
from turnpike.web.services import InstantField

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEFAULT_RANGE = timedelta(hours=24)
_LONGEST_TYPED_CHARACTERS = 32


class SearchForm(forms.Form):
    """A plate or pattern, a time range, and perhaps one camera."""

    pattern = forms.CharField(
        label="Plate or pattern",
        help_text="? stands for one character, * for any number of them. Spaces do not matter. "
        "For example: AB12 CDE, AB12 ??E or *2CDE.",
        max_length=_LONGEST_TYPED_CHARACTERS,
        widget=forms.TextInput(
            attrs={
                "class": "govuk-input--width-20 tp-input-plate",
                "autocomplete": "off",
                "spellcheck": "false",
                "autocapitalize": "characters",
            }
        ),
        error_messages={"required": "Give a plate or a pattern to search for."},
    )
    captured_from = InstantField(
        label="Captured from", help_text="UTC", error_messages={"required": "Give the time to search from."}
    )
    captured_until = InstantField(
        label="Captured until", help_text="UTC", error_messages={"required": "Give the time to search until."}
    )
    camera = forms.ChoiceField(required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        camera = self.fields["camera"]
        if isinstance(camera, forms.ChoiceField):
            camera.choices = [("", "All cameras"), *((one.camera_id, one.name) for one in all_cameras())]

    @classmethod
    def blank(cls) -> Self:
        """The form with the last 24 hours in it, to the end of this minute."""
        until = timezone.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
        return cls(initial={"captured_from": until - _DEFAULT_RANGE, "captured_until": until})

    def clean_pattern(self) -> str:
        """As typed, if it can be searched for."""
        typed: str = self.cleaned_data["pattern"]
        try:
            parse_pattern(typed)
        except PlateError as error:
            raise forms.ValidationError(str(error)) from error
        return typed

    @property
    def camera_ids(self) -> tuple[str, ...] | None:
        """The one camera chosen; None for all."""
        chosen = self.cleaned_data["camera"]
        return (chosen,) if chosen else None

    @property
    def captured(self) -> tuple[datetime, datetime]:
        """From when until when."""
        return self.cleaned_data["captured_from"], self.cleaned_data["captured_until"]
