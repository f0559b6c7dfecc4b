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

    from turnpike.access.services import Scope

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

    def __init__(self, scope: Scope | None, data: Mapping[str, Any] | None = None, **options: Any) -> None:
        """`scope` is what the request states, whose plates and cameras are offered; None where there is no request."""
        super().__init__(data, **options)
        stated = scope.camera_ids if scope else ()
        camera = self.fields["camera"]
        if isinstance(camera, forms.ChoiceField):
            offered = (one for one in all_cameras() if not stated or one.camera_id in stated)
            every = "All that the request states" if stated else "All cameras"
            camera.choices = [("", every), *((one.camera_id, one.name) for one in offered)]
        if scope and scope.patterns:
            self.fields["pattern"].widget.attrs["list"] = "stated-plates"
            self.fields["pattern"].initial = scope.patterns[0] if len(scope.patterns) == 1 else None

    @classmethod
    def blank(cls, scope: Scope | None) -> Self:
        """The form with the last 24 hours in it, to the end of this minute."""
        until = timezone.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
        return cls(scope, initial={"captured_from": until - _DEFAULT_RANGE, "captured_until": until})

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
