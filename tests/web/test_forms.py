"""A Django form's fields by GOV.UK's patterns, and the field for instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st
from tests.web.gallery import SampleForm

from turnpike.web.services import InstantField

FIELD = '{% import "web/forms.html" as forms %}{{ forms.field(form[name]) }}'


@pytest.fixture
def field(rendered):
    """The markup of one field of a form."""
    return lambda form, name: " ".join(rendered(FIELD, form=form, name=name).split())


def test_a_text_input_has_label_hint_and_description(field):
    shown = field(SampleForm(), "case")
    assert '<label class="govuk-label" for="id_case">Case reference</label>' in shown
    assert '<div id="id_case-hint" class="govuk-hint">As in the case system, like C-2026-0042.</div>' in shown
    assert 'class="govuk-input"' in shown
    assert 'aria-describedby="id_case-hint"' in shown
    assert 'maxlength="40"' in shown


def test_an_error_is_told_at_the_field_and_named_to_a_screen_reader(field):
    shown = field(SampleForm({}), "case")
    assert "govuk-form-group--error" in shown
    assert 'class="govuk-input govuk-input--error"' in shown
    assert 'aria-describedby="id_case-hint id_case-error"' in shown
    assert 'aria-invalid="true"' in shown
    assert "Enter case reference</p>" in shown


def test_an_optional_field_says_so_and_keeps_the_widget_s_own_class(field):
    shown = field(SampleForm(), "plate")
    assert "Plate (optional)</label>" in shown
    assert 'class="govuk-input tp-input-plate"' in shown
    assert 'autocomplete="off"' in shown
    assert "aria-describedby" not in shown


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("reason", '<textarea name="reason" cols="40" rows="3" class="govuk-textarea'),
        ("purpose", '<select name="purpose" class="govuk-select'),
        ("secret", "govuk-js-password-input-input"),
        ("since", 'type="datetime-local"'),
        ("token", 'type="hidden"'),
    ],
)
def test_each_kind_has_its_control(field, name, expected):
    assert expected in field(SampleForm(), name)


@pytest.mark.parametrize("kind", ["radios", "checkboxes"])
def test_choices_are_a_fieldset_with_what_was_chosen(field, kind):
    name, chosen = {"radios": ("priority", "low"), "checkboxes": ("lists", ["b"])}[kind]
    shown = field(SampleForm({name: chosen}), name)
    assert f'<legend class="govuk-fieldset__legend govuk-label">{name.title()}</legend>' in shown
    assert shown.count(" checked>") == 1
    assert f'id="id_{name}_1"' in shown.split(" checked>")[0].rpartition("<input")[2]
    assert shown.count(f'class="govuk-{kind}__input"') == 2


def test_a_single_checkbox_stands_before_its_label(field):
    shown = field(SampleForm({"agreed": "on"}), "agreed")
    assert shown.index("checked") < shown.index("I have read the purpose")


def test_what_was_typed_is_escaped(field):
    assert "<script>" not in field(SampleForm({"case": '"><script>'}), "case")


def test_the_summary_lists_each_error_and_leads_to_its_field(rendered):
    form = SampleForm({"case": "1", "priority": "none", "since": "yesterday"})
    form.add_error(None, "The request cannot be opened at night.")
    shown = rendered('{% import "web/forms.html" as forms %}{{ forms.error_summary(form) }}', form=form)
    assert "<li>The request cannot be opened at night.</li>" in shown
    assert '<a href="#id_reason">Enter reason</a>' in shown
    assert '<a href="#id_purpose">Choose purpose</a>' in shown
    assert '<a href="#id_lists_0">Choose lists</a>' in shown
    assert '<a href="#id_priority_0">Select a valid choice.' in shown
    assert '<a href="#id_agreed">Tick “I have read the purpose”</a>' in shown
    assert '<a href="#id_since">Enter a date and time in UTC, like 2026-11-22T14:03</a>' in shown
    assert "id_case" not in shown


def test_a_form_without_errors_has_no_summary(rendered):
    text = (
        '{% import "web/forms.html" as forms %}{{ forms.title_prefix(form) }}{{ forms.error_summary(form) }}'
    )
    assert rendered(text, form=SampleForm()).strip() == ""


def test_an_empty_field_is_named_and_an_abbreviation_keeps_its_capitals(field):
    class VehicleForm(forms.Form):
        vrm = forms.CharField(label="VRM")

    assert "Enter a date and time for “From”</p>" in field(SampleForm({}), "since")
    assert "Enter VRM</p>" in field(VehicleForm({}), "vrm")


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001 - typed without a zone
def test_what_is_typed_is_taken_as_utc(typed):
    typed = typed.replace(microsecond=0)
    assert InstantField().clean(typed.isoformat()) == typed.replace(tzinfo=UTC)


def test_an_initial_instant_is_shown_in_utc(field):
    class PeriodForm(forms.Form):
        since = InstantField(initial=datetime(2026, 7, 1, 1, 0, 0, tzinfo=timezone(timedelta(hours=1))))

    assert 'value="2026-07-01T00:00:00"' in field(PeriodForm(), "since")


@pytest.mark.parametrize(
    "typed", ["yesterday", "2026-13-01T00:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"]
)
def test_what_is_no_instant_is_refused_with_an_example(typed):
    with pytest.raises(forms.ValidationError, match="like 2026-11-22T14:03"):
        InstantField().clean(typed)
