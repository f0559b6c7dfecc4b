"""The words every template uses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from turnpike.errors import ConfigurationError
from turnpike.web.jinja import instant, percent, plate

AT = datetime(2026, 11, 22, 14, 3, 7, 45_000, tzinfo=UTC)


def test_an_instant_is_readable_by_people_and_machines():
    assert instant(AT) == (
        '<time class="tp-instant" datetime="2026-11-22T14:03:07.045Z">22 Nov 2026, 14:03:07 UTC</time>'
    )
    assert ">22 Nov 2026, 14:03:07.045 UTC<" in instant(AT, ms=True)
    assert ">3 Feb 2026, " in instant(datetime(2026, 2, 3, tzinfo=UTC))


@given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis asks for naive bounds
def test_an_instant_s_machine_form_is_the_instant_to_the_millisecond(at):
    told = instant(at).split('datetime="')[1].split('"')[0]
    assert datetime.fromisoformat(told) == at.replace(microsecond=at.microsecond // 1000 * 1000)


@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=1))])
def test_an_instant_of_another_clock_is_refused(zone):
    with pytest.raises(ValueError, match="in UTC"):
        instant(AT.replace(tzinfo=zone))


def test_a_plate_is_spaced_and_marked_up():
    assert plate("AB12CDE") == '<span class="tp-plate" translate="no">AB12 CDE</span>'
    assert 'class="tp-plate tp-plate--large"' in plate("AB12CDE", large=True)


def test_a_plate_is_escaped():
    assert "<script>" not in plate("<script>")


@pytest.mark.parametrize(
    ("share", "digits", "shown"),
    [
        (0, 0, "0%"),
        (1, 0, "100%"),
        (0.5, 0, "50%"),
        (0.973, 1, "97.3%"),
        (0.9996, 1, "over 99.9%"),
        (0.996, 0, "over 99%"),
        (0.0001, 0, "under 1%"),
        (0.0001, 1, "under 0.1%"),
    ],
)
def test_percent(share, digits, shown):
    assert percent(share, digits=digits) == shown


@given(st.floats(0, 1), st.integers(0, 3))
def test_certainty_is_never_claimed_by_rounding(share, digits):
    shown = percent(share, digits=digits)
    assert (shown == f"{100:.{digits}f}%") == (share == 1)
    assert (shown == f"{0:.{digits}f}%") == (share == 0)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_what_is_no_share_is_refused(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        percent(share)


def test_a_missing_value_is_an_error_and_no_blank(rendered):
    with pytest.raises(UndefinedError):
        rendered("{{ absent }}")
    with pytest.raises(UndefinedError):
        rendered("{% if absent %}{% endif %}")


def test_values_are_escaped(rendered):
    assert rendered("{{ typed }}", typed="<b>") == "&lt;b&gt;"


def test_routes_and_assets_have_words(rendered, gallery):
    assert rendered("{{ url('audit') }}") == "/audit/"
    assert rendered("{{ static('web/turnpike.css') }}").startswith("/static/web/turnpike-")
    with pytest.raises(ConfigurationError, match=r"no asset web/absent\.css"):
        rendered("{{ static('web/absent.css') }}")
