"""The London case as a table: a charging zone's cameras opened to the police, and what a searcher gets on each day.

Each line can be read by itself: on that day, of the inner and of the wider zone, these fields come with a read; where
the text or the picture of the plate does not, by which rules. A lawyer may add lines.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from django.utils import timezone

from turnpike import config
from turnpike.access import charging_zone as zone
from turnpike.access import services as access
from turnpike.access.agreement_calendar import calendar, states_at
from turnpike.access.agreement_models import Release
from turnpike.access.agreement_terms import SharedField
from turnpike.access.agreement_words import summary
from turnpike.accounts.services import Role, Standing, create_account
from turnpike.reads.services import NewBatch, NewRead

from .agreeing import county_cameras
from .conftest import REASON

T, P, NOTHING = "text", "plate_patch", ""
WAITS, EARLY = "agreement-is-decided", "agreement-has-begun"
NO_CAMERA, NO_FIELD = "agreement-names-the-camera", "agreement-names-the-field"
NOT_ASKED, NO_DPIA = "consultation-covers-it", "pictures-have-their-own-assessment"
ENDED, OVER, NO_PURPOSE = "agreement-stands", "agreement-lasts", "agreement-names-the-purpose"

# Day and hour (UTC), what is open of the inner and of the wider zone, why the text of the wider zone is not, and why the
# plate's picture is not in the inner zone.
TABLE = [
    ("2015-01-15 12", NOTHING, NOTHING, {WAITS, NO_CAMERA}, {WAITS, NO_FIELD}),
    ("2015-01-25 12", NOTHING, NOTHING, {EARLY, NO_CAMERA}, {EARLY, NO_FIELD}),
    ("2015-02-01 00", T, NOTHING, {NO_CAMERA}, {NO_FIELD}),
    ("2021-10-25 12", T, NOTHING, {NO_CAMERA}, {NO_FIELD}),
    ("2022-05-20 12", T, NOTHING, {NO_CAMERA}, {NO_FIELD}),
    ("2022-05-23 12", T, NOTHING, {NOT_ASKED}, {NOT_ASKED, NO_DPIA}),
    ("2023-06-01 12", T, NOTHING, {NOT_ASKED}, {NOT_ASKED, NO_DPIA}),
    ("2023-07-09 23", T, NOTHING, {NOT_ASKED}, {NOT_ASKED, NO_DPIA}),
    ("2023-07-10 00", T, T, set(), {NO_FIELD}),
    ("2023-10-02 18", T, T, set(), {NO_FIELD}),
    ("2023-10-16 00", f"{T} {P}", f"{T} {P}", set(), set()),
    ("2024-03-01 14", f"{T} {P}", f"{T} {P}", set(), set()),
    ("2024-03-01 15", NOTHING, NOTHING, {ENDED}, {ENDED}),
    ("2025-06-01 12", NOTHING, NOTHING, {ENDED, OVER}, {ENDED, OVER}),
]


def moment(text):
    return datetime.strptime(text, "%Y-%m-%d %H").replace(tzinfo=UTC)


def open_fields(states, cameras):
    return {state.field.value for state in states if cameras <= state.open_cameras}


def why_not(states, field, cameras):
    (state,) = [one for one in states if one.field.value == field]
    return {rule.id for rules, closed in state.closed.items() if closed & cameras for rule in rules}


@pytest.mark.parametrize(("day", "inner", "wider", "no_text_there", "no_picture"), TABLE)
def test_what_each_day_opens(day, inner, wider, no_text_there, no_picture):
    states = states_at(zone.PACT, moment(day), purpose=zone.PURPOSE)
    assert open_fields(states, zone.INNER) == set(inner.split())
    assert open_fields(states, zone.OUTER) == set(wider.split())
    assert why_not(states, T, zone.OUTER) == no_text_there
    assert why_not(states, P, zone.INNER) == no_picture


@pytest.mark.parametrize("day", [row[0] for row in TABLE])
def test_a_purpose_that_no_terms_name_opens_nothing_on_any_day(day):
    states = states_at(zone.PACT, moment(day), purpose="road_safety")
    assert not any(state.open_cameras for state in states)
    assert NO_PURPOSE in why_not(states, T, zone.INNER)


@pytest.mark.parametrize("day", [row[0] for row in TABLE])
def test_the_picture_of_the_vehicle_and_its_colour_are_never_open(day):
    for state in states_at(zone.PACT, moment(day), purpose=zone.PURPOSE):
        if state.field in (SharedField.VEHICLE_PICTURE, SharedField.COLOUR_MAKE):
            assert not state.open_cameras


def test_the_calendar_says_the_same_as_each_day():
    stretches = calendar(zone.PACT)
    for day, *_ in TABLE[:-1]:
        at = moment(day)
        (found,) = [
            one for one in stretches if one.begins_at <= at and (one.ends_at is None or at < one.ends_at)
        ]
        assert found.states == states_at(zone.PACT, at, purpose=zone.PURPOSE)


def test_it_is_said_how_old_the_consultation_was_and_whom_it_did_not_reach():
    words = " ".join(summary(zone.PACT, moment("2022-06-01 12")))
    assert "200,000 people were told" in words
    assert "It was 8 years old when this was decided." in words
    assert "The terms concern 3,800,000 people." in words


# ---- The same days through the door: real agreements, decided on their days, and searches under them.


@pytest.fixture
def clock(monkeypatch):
    """Sets the time of everything."""
    held = {"now": timezone.now()}
    monkeypatch.setattr(timezone, "now", lambda: held["now"])

    def set_to(at):
        held["now"] = at

    return set_to


@pytest.fixture
def searched(db, clock, people, store, case, monkeypatch):
    """Plays the zone's story from 2015 on; gives, for each day, what a search of that day found and was told."""
    monkeypatch.setattr(config.load(), "controller", zone.RECIPIENT)
    decider = create_account(
        "second", "Second", [Role.AUTHORISER], actor="tests", standing=Standing(trained_until=date.max)
    )
    clock(moment("2015-01-01 00"))
    county_cameras([*zone.INNER, *zone.OUTER], zone.DISCLOSER)
    consultations = {one.number: one for one in (zone.FIRST_CONSULTATION, zone.SECOND_CONSULTATION)}
    events: list[tuple[Any, str, Any]] = [(one.proposed_at, "propose", one) for one in zone.STEPS]
    events += [(one.decided_at, "decide", one) for one in zone.STEPS]
    events += [
        (datetime.combine(one.held_on, datetime.min.time(), UTC) + timedelta(days=1), "consult", one)
        for one in consultations.values()
        if one.held_on.year > 2015
    ]
    events += [(zone.ENDED_AT, "end", None), *((moment(row[0]), "look", row[0]) for row in TABLE)]
    number, recorded, found = "", {}, {}

    def on_record(one):
        kept = access.record_consultation(
            people.authoriser,
            controller=one.controller,
            reference=one.reference,
            held_on=one.held_on,
            cameras=one.cameras,
            fields=one.fields,
            people_told=one.people_told,
        )
        recorded[one.number] = kept

    on_record(zone.FIRST_CONSULTATION)
    order = {"consult": 0, "propose": 1, "decide": 2, "end": 3, "look": 4}
    for at, what, about in sorted(events, key=lambda event: (event[0], order[event[1]])):
        clock(at)
        if what == "consult":
            on_record(about)
        elif what == "propose":
            told = replace(
                about.terms, consultations=tuple(recorded[one.number] for one in about.terms.consultations)
            )
            if number:
                access.propose_terms(people.authoriser, number, told)
            else:
                made = access.propose_agreement(
                    people.authoriser, title=zone.TITLE, discloser=zone.DISCLOSER, terms=told
                )
                number = made.agreement_id
        elif what == "decide":
            access.decide_terms(decider, number, about.number, f"Decision {about.number}")
        elif what == "end":
            access.end_agreement(
                people.authoriser, number, "The two parties have agreed to stop this sharing."
            )
        else:
            found[about] = _look(people, store, case, at)
    return found


def _look(people, store, case, at):
    """A read of each camera captured an hour ago, and what a search for it gives."""
    for camera_id in sorted(zone.INNER | zone.OUTER):
        read = NewRead(
            plate="AB12CDE",
            raw_text="AB12CDE",
            confidence=0.9,
            captured_at=at - timedelta(hours=1),
            event_key=abs(hash((camera_id, at))) % 2**63,
            colour="red",
            make="Ford",
            has_patch=True,
        )
        store.append([NewBatch(camera_id, "reader 1", "model 1", "json", bytes(32), at, (read,))])
    case()
    request = access.open_request(
        people.investigator,
        case_reference="CR/01234/26",
        purpose=zone.PURPOSE,
        reason=REASON,
        patterns=("AB12CDE",),
    )
    return access.search(
        people.investigator,
        request.number,
        pattern="AB12CDE",
        captured_from=at - timedelta(hours=2),
        captured_until=at,
    )


@cache
def expected(day):
    return next((set(inner.split()), set(wider.split())) for text, inner, wider, *_ in TABLE if text == day)


@pytest.mark.django_db
def test_a_searcher_gets_what_the_table_says_on_each_day(searched):
    assert list(searched) == [row[0] for row in TABLE]
    for day, outcome in searched.items():
        inner, wider = expected(day)
        open_cameras = (zone.INNER if inner else frozenset()) | (zone.OUTER if wider else frozenset())
        assert {read.camera_id for read in outcome.reads} == open_cameras, day
        for read in outcome.reads:
            assert (read.colour, read.make) == ("", ""), day
            assert read.has_patch == (P in (inner if read.camera_id in zone.INNER else wider)), day
        left_out = [one for one in outcome.withheld if "not searched" in one]
        assert bool(left_out) == (open_cameras != zone.INNER | zone.OUTER), day
    assert {one.band for one in Release.objects.all()} == {"under 10"}
    assert Release.objects.count() == sum(1 for row in TABLE if row[1])
