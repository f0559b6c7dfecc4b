"""What is typed on the pages that search and check the log."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms

from turnpike.ledger.services import AuditEvent
from turnpike.oversight.figures import GROUPS
from turnpike.oversight.sampling import MOST_SHOWN
from turnpike.oversight.telling import WORDS

if TYPE_CHECKING:
    from datetime import date

_MAX_CHARACTERS = 200
_MAX_SEED_CHARACTERS = 100
_NARROW = {"class": "govuk-input--width-10", "autocomplete": "off"}
_WIDE = {"class": "govuk-input--width-20", "autocomplete": "off"}
_NO_DAY = {"invalid": "Give a day as year, month and day: 2026-11-22."}


class _DayInput(forms.DateInput):
    input_type = "date"


def _kinds() -> list[tuple[str, Any]]:
    """Everything, a group, or one event, under its group's words."""
    by_group: dict[str, list[tuple[str, str]]] = {}
    for event in AuditEvent:
        by_group.setdefault(event.value.partition(".")[0], []).append((event.value, WORDS[event]))
    return [
        ("", "Everything"),
        *(
            (words, [(group, f"All of: {words.partition(':')[0]}"), *by_group[group]])
            for group, words in GROUPS.items()
            if group in by_group
        ),
    ]


class DaysForm(forms.Form):
    """From a day to a day, both counted, in UTC; either may be left out."""

    since = forms.DateField(
        label="From",
        required=False,
        widget=_DayInput(format="%Y-%m-%d", attrs=_NARROW),
        error_messages=_NO_DAY,
    )
    until = forms.DateField(
        label="To",
        required=False,
        help_text="Days in UTC, that one included.",
        widget=_DayInput(format="%Y-%m-%d", attrs=_NARROW),
        error_messages=_NO_DAY,
    )

    def clean(self) -> dict[str, Any]:
        """The days, in order."""
        told = super().clean() or self.cleaned_data
        if told.get("since") and told.get("until") and told["since"] > told["until"]:
            self.add_error("until", "The last day is before the first; change one of them.")
        return told

    @property
    def since_at(self) -> datetime | None:
        """The first day's first instant."""
        return _begin(self.cleaned_data.get("since"))

    @property
    def until_at(self) -> datetime | None:
        """The instant after the last day."""
        day = self.cleaned_data.get("until")
        try:
            return _begin(day + timedelta(days=1)) if day else None
        except OverflowError:
            return None


def _begin(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


class LogSearchForm(DaysForm):
    """What an auditor looks for in the log."""

    kind = forms.ChoiceField(label="What", required=False, choices=_kinds)
    person = forms.CharField(
        label="Person",
        required=False,
        max_length=_MAX_CHARACTERS,
        help_text="A user name: who did it, or whom it was about.",
        widget=forms.TextInput(attrs=_WIDE),
    )
    number = forms.CharField(
        label="Number",
        required=False,
        max_length=_MAX_CHARACTERS,
        help_text="Of a request, case, read or agreement; whole.",
        widget=forms.TextInput(attrs=_WIDE),
    )
    text = forms.CharField(
        label="Text",
        required=False,
        max_length=_MAX_CHARACTERS,
        help_text="Anything that an entry says. What you look for is written into the log.",
        widget=forms.TextInput(attrs=_WIDE),
    )

    field_order = ("kind", "person", "number", "text", "since", "until")


class _SeedForm(forms.Form):
    seed = forms.CharField(
        label="Your seed",
        max_length=_MAX_SEED_CHARACTERS,
        help_text="Any words or numbers that nobody here could know before, such as the throws of dice. Take a new one each time.",
        widget=forms.TextInput(attrs=_WIDE),
    )
    size = forms.IntegerField(
        label="From the log's first so many entries",
        min_value=1,
        max_value=2**63 - 1,
        required=False,
        help_text="Leave it empty for all. To draw an earlier sample again, give the number that stood there.",
        widget=forms.NumberInput(attrs=_NARROW),
    )


class SampleForm(_SeedForm):
    """What is drawn by chance."""

    how_many = forms.IntegerField(
        label="How many entries",
        min_value=1,
        max_value=MOST_SHOWN,
        initial=20,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
        error_messages={
            "invalid": "Give a whole number.",
            "min_value": "Draw at least one entry.",
            "max_value": f"Draw at most {MOST_SHOWN} entries at a time.",
        },
    )
    kind = forms.ChoiceField(label="Of what", required=False, choices=_kinds)
    field_order = ("seed", "how_many", "kind", "size")


class FiguresForm(DaysForm, _SeedForm):
    """Which days are counted, with which seed."""

    field_order = ("since", "until", "seed", "size")


class ReadForm(forms.Form):
    """A read to follow."""

    read = forms.CharField(
        label="Read",
        help_text="Its id: 16 letters and digits, as entries of the log name it.",
        max_length=40,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20 tp-code", "autocomplete": "off"}),
    )


class CanaryForm(DaysForm):
    """A secret list, pasted or as a file; and which days of the log it is held against."""

    searches = forms.CharField(
        label="Your list, pasted",
        required=False,
        strip=False,
        help_text="One search a line: person, time in UTC, plate or pattern, and the receipt if it was noted.",
        widget=forms.Textarea(
            attrs={"rows": 8, "class": "tp-code", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    file = forms.FileField(
        label="Or as a file",
        required=False,
        help_text="Comma-separated lines like those above, up to 900 kB.",
    )
    field_order = ("searches", "file", "since", "until")

    def clean(self) -> dict[str, Any]:
        """The list as one text, from wherever it came."""
        told = super().clean()
        file, pasted = told.get("file"), told.get("searches", "")
        if file and pasted.strip():
            self.add_error("file", "Paste the list or choose a file, not both.")
        elif file:
            try:
                told["searches"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", "The file is no text in UTF-8; save it as such.")
        return told


class CheckForm(forms.Form):
    """What the log is checked against, beside itself."""

    kept_note = forms.CharField(
        label="A checkpoint that you kept",
        required=False,
        max_length=5_000,
        strip=False,
        help_text="From an earlier visit, or from a witness. The log must still hold all of it.",
        widget=forms.Textarea(
            attrs={"rows": 5, "class": "tp-code", "autocomplete": "off", "spellcheck": "false"}
        ),
    )


class ShareForm(forms.Form):
    """What the commissioner found in a sample, to be told how sure it is of the whole."""

    amiss = forms.IntegerField(
        label="Had something amiss", min_value=0, max_value=10**9, widget=forms.NumberInput(attrs=_NARROW)
    )
    of = forms.IntegerField(
        label="Of how many that you judged",
        min_value=1,
        max_value=10**9,
        widget=forms.NumberInput(attrs=_NARROW),
    )

    def clean(self) -> dict[str, Any]:
        """The counts, the first no larger than the second."""
        told = super().clean() or self.cleaned_data
        if told.get("amiss", 0) > told.get("of", 10**9):
            self.add_error("amiss", "More had something amiss than you judged; correct one of them.")
        return told


class BundleForm(forms.Form):
    """Which entries go opened in a copy of the log."""

    entries = forms.CharField(
        label="Entries to go opened",
        required=False,
        max_length=5_000,
        help_text="By number, such as 12, 40-45; at most 1,000. Every other entry goes as its hash.",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )
