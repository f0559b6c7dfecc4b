"""Terms by themselves: which version counts when, to the second, and what a consultation covers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from turnpike.access.agreement_terms import (
    NO_AGREEMENT,
    Consultation,
    Pact,
    SharedField,
    Terms,
    Version,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HELD = Consultation(
    number="C-1",
    controller="County",
    reference="x",
    held_on=NOON.date(),
    cameras=frozenset({"east"}),
    fields=frozenset(SharedField),
    people_told=10,
)
TERMS = Terms(
    purposes=frozenset({"road_safety"}),
    cameras=frozenset({"east", "west"}),
    fields=frozenset(SharedField),
    legal_basis="law",
    dpia="D-1",
    consultations=(HELD,),
    people_affected=10,
    retention_days=7,
    from_on=NOON.date(),
    until_on=date(2026, 4, 1),
)
ONE = Version(1, TERMS, NOON - timedelta(days=1), NOON)


def pact(*versions, ended_at=None):
    return Pact("A-1", "County", "Police", versions, ended_at)


def told(found, at=NOON, camera="east", field=SharedField.TEXT):
    return found.facts(at, "road_safety", camera, field)


@pytest.mark.parametrize(
    ("at", "begun", "lasts"),
    [
        (NOON - SECOND, False, True),
        (NOON, True, True),
        (datetime(2026, 4, 1, 23, 59, 59, tzinfo=UTC), True, True),
        (datetime(2026, 4, 2, tzinfo=UTC), True, False),
    ],
)
def test_terms_count_from_their_decision_to_the_end_of_their_last_day(at, begun, lasts):
    facts = told(pact(ONE), at)
    assert (facts.begun, facts.lasts) == (begun, lasts)
    assert facts.decided == (at >= NOON)


def test_an_ending_counts_from_its_instant():
    found = pact(ONE, ended_at=NOON + SECOND)
    assert told(found, NOON).stands
    assert not told(found, NOON + SECOND).stands


def test_before_the_first_proposal_there_is_nothing():
    assert told(pact(ONE), NOON - timedelta(days=2)) == NO_AGREEMENT
    assert told(pact()) == NO_AGREEMENT


@pytest.mark.parametrize(
    ("changes", "camera", "consulted"),
    [
        ({}, "east", True),
        ({}, "west", False),
        ({"held_on": NOON.date() + timedelta(days=1)}, "east", False),  # after what was decided on it
        ({"controller": "Somebody"}, "east", False),
        ({"fields": frozenset({SharedField.PLATE_PATCH})}, "east", False),
    ],
)
def test_a_consultation_covers_what_it_was_about_and_what_was_decided_after_it(changes, camera, consulted):
    terms = replace(TERMS, consultations=(replace(HELD, **changes),))
    assert told(pact(replace(ONE, terms=terms)), camera=camera).consulted == consulted


def test_new_terms_take_over_when_they_begin_and_the_old_never_come_back():
    later = NOON + timedelta(days=2)
    short = replace(TERMS, cameras=frozenset({"west"}), from_on=later.date(), until_on=later.date())
    two = Version(2, short, NOON, NOON + timedelta(hours=1))
    found = pact(ONE, two)
    begins_at = datetime(2026, 3, 4, tzinfo=UTC)
    assert told(found, begins_at - SECOND).names_camera
    assert not told(found, begins_at).names_camera
    after = told(found, begins_at + timedelta(days=1))
    assert (after.names_camera, after.lasts) == (False, False)


@pytest.mark.parametrize(
    ("pictures_dpia", "names", "assessed"),
    [("", True, False), ("D-1", True, False), ("D-2", False, False), ("D-2", True, True)],
)
def test_a_picture_needs_an_assessment_of_its_own_that_names_it(pictures_dpia, names, assessed):
    named = frozenset({SharedField.PLATE_PATCH}) if names else frozenset[SharedField]()
    terms = replace(TERMS, pictures_dpia=pictures_dpia, pictures_dpia_names=named)
    found = pact(replace(ONE, terms=terms))
    assert told(found, field=SharedField.PLATE_PATCH).pictures_assessed == assessed
    assert not told(found, field=SharedField.VEHICLE_PICTURE).pictures_assessed
