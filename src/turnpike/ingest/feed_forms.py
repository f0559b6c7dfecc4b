"""What is typed into the pages of feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.core.validators import RegexValidator

from turnpike.ingest.adapter_settings import MAX_SAMPLE_BYTES
from turnpike.ingest.adapters import adapters
from turnpike.ingest.feeds import (
    MAX_MESSAGES_A_MINUTE,
    MAX_SETTING_CHARACTERS,
    FeedLimits,
    FeedWords,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from turnpike.ingest.models import Feed
    from turnpike.ingest.vendor_messages import Adapter

_SETTING = "setting_"
_CODE = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


def _camera_field(**options: Any) -> forms.CharField:
    return forms.CharField(
        label="Camera on the register",
        max_length=64,
        widget=forms.TextInput(attrs=_CODE | {"class": "govuk-input--width-20"}),
        **options,
    )


class MakeForm(forms.Form):
    """Whose messages a new feed brings."""

    adapter = forms.ChoiceField(
        label="What sends the messages?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what sends"},
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        choices = [(adapter.name, adapter.title) for adapter in adapters().values()]
        self.fields["adapter"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField's


class _WordsForm(forms.Form):
    time_zone = forms.CharField(
        label="Time zone",
        initial="UTC",
        max_length=64,
        help_text="In which the camera writes times that name none, such as Europe/London. A camera is best set to UTC.",
        widget=forms.TextInput(attrs=_CODE | {"class": "govuk-input--width-20"}),
    )

    def __init__(self, adapter: Adapter, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, sentence in adapter.settings.items():
            self.fields[_SETTING + name] = forms.CharField(
                label=name.replace("_", " ").capitalize(),
                help_text=sentence,
                max_length=MAX_SETTING_CHARACTERS,
                required=False,
                widget=forms.TextInput(attrs=_CODE),
            )

    @property
    def words(self) -> FeedWords:
        """How messages are understood, once the form is valid."""
        given = self.cleaned_data
        settings = {name: given[_SETTING + name] for name in self._settings()}
        return FeedWords(given["time_zone"], settings)

    def _settings(self) -> list[str]:
        return [name.removeprefix(_SETTING) for name in self.fields if name.startswith(_SETTING)]


class NewFeedForm(_WordsForm):
    """A new feed of an adapter's messages."""

    name = forms.CharField(
        label="Name of the feed",
        max_length=64,
        help_text="Small letters, digits and dashes, such as north-gate. It cannot be changed later.",
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*\Z", "Use small letters, digits and dashes")],
        widget=forms.TextInput(attrs=_CODE | {"class": "govuk-input--width-20"}),
    )
    camera_id = _camera_field(
        required=False,
        help_text="Its id. Leave it empty where one sender speaks for several cameras; you say which is which afterwards.",
    )
    field_order = ("name", "camera_id", "time_zone")


class ChangeForm(_WordsForm):
    """How messages are understood, and who may send them."""

    senders = forms.CharField(
        label="Networks that may send",
        required=False,
        help_text="One a line, such as 192.0.2.0/24 or 192.0.2.7. Empty: from anywhere.",
        widget=forms.Textarea(attrs=_CODE | {"rows": 3}),
    )
    messages_a_minute = forms.IntegerField(
        label="Most messages a minute",
        min_value=1,
        max_value=MAX_MESSAGES_A_MINUTE,
        help_text="More are refused, and cameras mostly do not send again: allow several times what a busy hour brings.",
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-10"}),
    )
    certificate_sha256 = forms.CharField(
        label="Client certificate",
        required=False,
        max_length=95,
        help_text="SHA-256 fingerprint of the one certificate that may send, as your proxy tells it. Empty: none is asked for.",
        widget=forms.TextInput(attrs=_CODE),
    )

    @classmethod
    def of(cls, feed: Feed, adapter: Adapter, data: Mapping[str, Any] | None) -> ChangeForm:
        """The form as the feed is set now, or as it was filled in."""
        as_it_is = {
            "time_zone": feed.time_zone,
            "senders": "\n".join(feed.senders),
            "messages_a_minute": feed.messages_a_minute,
            "certificate_sha256": feed.certificate_sha256,
            **{_SETTING + name: value for name, value in feed.settings.items()},
        }
        return cls(adapter, data, initial=as_it_is)

    @property
    def limits(self) -> FeedLimits:
        """Who may send, once the form is valid."""
        given = self.cleaned_data
        return FeedLimits(
            tuple(given["senders"].split()), given["messages_a_minute"], given["certificate_sha256"]
        )


class CameraForm(forms.Form):
    """Which of our cameras a sender's name stands for."""

    source = forms.CharField(
        label="The sender's name of the camera",
        max_length=64,
        required=False,
        help_text="As the last messages show it. Empty: every message that names no camera.",
        widget=forms.TextInput(attrs=_CODE),
    )
    camera_id = _camera_field(
        required=False,
        help_text="Its id. Empty: messages of that name are put aside.",
    )


class SampleForm(forms.Form):
    """A message pasted to be tried out; nothing of it is kept."""

    sample = forms.CharField(
        label="A message of this sender",
        max_length=MAX_SAMPLE_BYTES,
        help_text="As it is sent, without its pictures. It is looked at and not kept: no read comes of it.",
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )


class UserNameForm(forms.Form):
    """The user name that a camera gives with its password."""

    username = forms.CharField(
        label="User name",
        max_length=32,
        help_text="Of this feed alone. Letters, digits, dots, dashes and underscores.",
        widget=forms.TextInput(attrs=_CODE | {"class": "govuk-input--width-20"}),
    )
