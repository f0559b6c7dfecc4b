"""The search: no request, no rows; the intent before the query, the answer before the rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from turnpike import config
from turnpike.access import services as access
from turnpike.access.models import Disclosure, Request, Search
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent, LedgerError
from turnpike.plates.services import PlateError
from turnpike.reads import services as reads

from .conftest import NOON, REASON, new_read

pytestmark = pytest.mark.django_db


class WatchedStore:
    """The real store, noting what the ledger holds at the moment a query begins."""

    def __init__(self, store):
        self._store = store
        self.seen = []
        self.in_transaction = []

    def search(self, query, limits):
        self.seen.append(ledger.entries(limit=1)[0])
        self.in_transaction.append(connection.in_atomic_block)
        return self._store.search(query, limits)

    def count_matching(self, query, most, limits):
        return self._store.count_matching(query, most, limits)


class FailingStore:
    """A store whose engine is gone."""

    def search(self, query, limits):
        raise reads.StoreUnavailable("The read store does not answer; try again in a minute.")


def attach(stand_in):
    """What stands before the store here has of its methods only what the door calls."""
    reads.attach(stand_in)


def test_a_search_returns_what_fits_and_leaves_two_entries(opened, stored, search_for, recorded):
    ids = stored(new_read("AB12CDE"), new_read("AB12CDF", minutes=5), new_read("XY99ZZZ", minutes=6))

    outcome = search_for(opened.number, "ab12 cd?")

    assert [read.plate for read in outcome.reads] == ["AB12CDF", "AB12CDE"]
    assert not outcome.truncated
    (intent, who, asked), (returned, _, answered) = recorded()[-2:]
    assert (intent, returned) == (AuditEvent.SEARCH_INTENDED, AuditEvent.SEARCH_RETURNED)
    assert who == "investigator"
    assert asked["pattern"] == "AB12CD?"
    assert asked["request"] == opened.number
    assert asked["case_reference"] == "CR/01234/26"
    assert asked["purpose"] == "crime_investigation"
    assert asked["reason"] == REASON
    assert asked["captured_from"] == (NOON - timedelta(hours=1)).isoformat()
    assert asked["cameras"] == "all"
    assert answered["returned"] == 2
    assert answered["truncated"] is False
    assert answered["reads"] == [ids[1], ids[0]]
    assert answered["intent"] == outcome.intent.index == outcome.returned.index - 1
    assert Search.objects.get().returned_entry == outcome.returned.index


@pytest.mark.django_db(transaction=True)
def test_the_intent_is_committed_before_the_query_runs(opened, store, stored, search_for):
    stored(new_read("AB12CDE"))
    watched = WatchedStore(store)
    attach(watched)

    search_for(opened.number, "AB12CDE")

    assert [entry.event for entry in watched.seen] == [AuditEvent.SEARCH_INTENDED]
    assert watched.seen[0].details["pattern"] == "AB12CDE"
    assert watched.in_transaction == [False]


def test_if_the_intent_cannot_be_written_the_query_never_runs(
    opened, store, stored, search_for, break_ledger
):
    stored(new_read("AB12CDE"))
    watched = WatchedStore(store)
    attach(watched)
    break_ledger()

    with pytest.raises(LedgerError):
        search_for(opened.number, "AB12CDE")

    assert watched.seen == []


def test_if_the_answer_cannot_be_written_nothing_is_returned(opened, stored, search_for, break_ledger):
    stored(new_read("AB12CDE"))
    break_ledger(after=1)

    with pytest.raises(LedgerError):
        search_for(opened.number, "AB12CDE")

    assert not Disclosure.objects.exists()
    assert not Search.objects.exists()


def test_a_failed_search_is_recorded_and_says_so(opened, store, search_for, recorded):
    attach(FailingStore())

    with pytest.raises(reads.StoreUnavailable):
        search_for(opened.number, "AB12CDE")

    (intent, *_), (failed, _, details) = recorded()[-2:]
    assert (intent, failed) == (AuditEvent.SEARCH_INTENDED, AuditEvent.SEARCH_FAILED)
    assert details["fault"] == "StoreUnavailable"
    assert "AB12CDE" not in str(details)


@pytest.fixture
def untouchable(store):
    """A store that must not be asked."""
    watched = WatchedStore(store)
    attach(watched)
    yield watched
    assert watched.seen == []


def broken_rules(denial):
    return [rule.id for rule in denial.value.decision.rules]


@pytest.mark.usefixtures("people")
def test_without_a_request_there_are_no_rows(untouchable, search_for, recorded):
    with pytest.raises(access.Denied) as denial:
        search_for("R-2026-999999", "AB12CDE")
    assert broken_rules(denial) == ["request-is-yours"]
    assert recorded()[-1][0] is AuditEvent.DECISION_DENIED


def test_the_request_of_another_person_is_none(opened, another_investigator, untouchable, search_for):
    with pytest.raises(access.Denied) as denial:
        search_for(opened.number, "AB12CDE", user=another_investigator)
    assert broken_rules(denial) == ["request-is-yours"]


def test_a_closed_request_is_refused(opened, people, untouchable, search_for):
    access.close_request(people.investigator, opened.number)
    with pytest.raises(access.Denied) as denial:
        search_for(opened.number, "AB12CDE")
    assert broken_rules(denial) == ["request-is-open"]


def test_an_expired_request_is_refused(opened, untouchable, search_for):
    Request.objects.update(expires_at=timezone.now())
    with pytest.raises(access.Denied) as denial:
        search_for(opened.number, "AB12CDE")
    assert broken_rules(denial) == ["request-is-open"]


def test_a_denial_names_every_rule_that_failed(opened, people, case, untouchable, search_for):
    case(assigned=["operator"])
    Request.objects.update(requester=people.operator, operator=people.operator, closed_at=timezone.now())
    too_long = timedelta(days=config.load().search_max_days, minutes=1)
    with pytest.raises(access.Denied) as denial:
        search_for(
            opened.number,
            "AB12CDE",
            user=people.operator,
            captured_from=NOON,
            captured_until=NOON + too_long,
        )
    assert broken_rules(denial) == ["investigators-search", "request-is-open", "range-is-short-enough"]


def test_the_longest_range_is_allowed(opened, store, search_for):
    longest = timedelta(days=config.load().search_max_days)
    outcome = search_for(opened.number, "AB12CDE", captured_from=NOON, captured_until=NOON + longest)
    assert outcome.reads == ()


def test_a_role_taken_away_ends_the_right_to_search(opened, people, untouchable, search_for):
    people.investigator.role_grants.all().delete()
    del people.investigator.__dict__["roles"]
    with pytest.raises(access.Denied) as denial:
        search_for(opened.number, "AB12CDE")
    assert broken_rules(denial) == ["investigators-search"]


@pytest.mark.parametrize(
    ("captured_from", "captured_until"),
    [(NOON, NOON), (NOON, NOON - timedelta(hours=1)), (datetime(2026, 1, 1), NOON)],  # noqa: DTZ001 - the naive one is the point
)
def test_what_is_no_range_is_refused(opened, untouchable, search_for, captured_from, captured_until):
    with pytest.raises(access.RangeError):
        search_for(opened.number, "AB12CDE", captured_from=captured_from, captured_until=captured_until)


def test_a_pattern_for_everything_is_refused(opened, untouchable, search_for):
    with pytest.raises(PlateError):
        search_for(opened.number, "*")


def test_more_reads_than_allowed_are_cut_and_said(opened, stored, search_for, monkeypatch):
    monkeypatch.setattr(config.load(), "search_max_rows", 3)
    stored(*(new_read("AB12CDE", minutes=minute) for minute in range(5)))

    outcome = search_for(opened.number, "AB12CDE")

    assert len(outcome.reads) == 3
    assert outcome.truncated
    assert Disclosure.objects.count() == 3


@pytest.mark.parametrize(("fit", "more_than"), [(4, 3), (1_000, 3), (1_001, 1_000), (1_002, 1_000)])
def test_a_pattern_that_fits_too_many_shows_none_and_tells_a_band_alone(
    opened, stored, search_for, recorded, monkeypatch, fit, more_than
):
    monkeypatch.setattr(config.load(), "search_max_rows", 3)
    noon = NOON - timedelta(minutes=30)
    stored(*(replace(new_read("AB12CDE"), captured_at=noon, event_key=key) for key in range(fit)))

    with pytest.raises(access.TooManyReads) as refusal:
        search_for(opened.number, "AB12CD?")

    assert refusal.value.more_than == more_than
    assert str(refusal.value).startswith(f"More than {more_than:,} reads fit this pattern, so none is shown")
    (intent, *_), (refused, who, details) = recorded()[-2:]
    assert (intent, refused, who) == (AuditEvent.SEARCH_INTENDED, AuditEvent.SEARCH_REFUSED, "investigator")
    assert details["more_than"] == more_than
    assert str(fit) not in {str(value) for value in details.values()} - {str(more_than)}
    assert not Disclosure.objects.exists()
    assert not Search.objects.exists()


def test_a_pattern_that_just_fits_is_shown(opened, stored, search_for, monkeypatch):
    monkeypatch.setattr(config.load(), "search_max_rows", 3)
    stored(*(new_read("AB12CDE", minutes=minute) for minute in range(3)))
    assert len(search_for(opened.number, "AB12CD?").reads) == 3


def test_if_the_refusal_cannot_be_written_it_is_no_answer_either(
    opened, stored, search_for, break_ledger, monkeypatch
):
    monkeypatch.setattr(config.load(), "search_max_rows", 1)
    stored(new_read("AB12CDE"), new_read("AB12CDF"))
    break_ledger(after=1)
    with pytest.raises(LedgerError):
        search_for(opened.number, "AB12CD?")


def test_only_the_named_cameras_are_searched(opened, stored, search_for, recorded):
    stored(new_read("AB12CDE"), camera_id="mill-lane")
    stored(new_read("AB12CDE", minutes=1), camera_id="high-street")

    outcome = search_for(opened.number, "AB12CDE", camera_ids=["high-street"])

    assert [read.camera_id for read in outcome.reads] == ["high-street"]
    assert recorded()[-2][2]["cameras"] == ["high-street"]
    assert search_for(opened.number, "AB12CDE", camera_ids=[]).reads == ()


def test_the_same_read_may_be_returned_twice(opened, stored, search_for):
    stored(new_read("AB12CDE"))
    search_for(opened.number, "AB12CDE")
    search_for(opened.number, "AB12*")
    assert Disclosure.objects.count() == 1
    assert Search.objects.count() == 2
