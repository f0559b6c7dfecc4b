"""Which stored reads become hits, and which alerts go out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from turnpike.hotlists import matching
from turnpike.hotlists import services as hotlists
from turnpike.hotlists.models import Edition, Entry, Hit

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(monkeypatch):
    """What was published to the walls."""
    alerts: list[hotlists.Alert] = []
    monkeypatch.setattr(hotlists.exchange, "publish", alerts.append)
    return alerts


def test_a_hit_carries_the_read_and_goes_out(wanted, read, published, django_capture_on_commit_callbacks):
    entry = wanted()
    seen = read(has_patch=True)
    with django_capture_on_commit_callbacks(execute=True):
        (hit,) = hotlists.match([read("ZZ99ZZZ"), seen])
    assert (hit.entry, hit.read_id, hit.camera_id, hit.read_plate) == (
        entry,
        seen.read_id.text,
        "bridge-north",
        "AB12CDE",
    )
    assert (hit.captured_at, hit.received_at, hit.confidence) == (
        seen.captured_at,
        seen.received_at,
        seen.confidence,
    )
    assert hit.has_patch
    assert not hit.is_near
    assert [alert.hit_id for alert in published] == [hit.pk]
    assert published[0].list_slug == "stolen"
    assert published[0].outcome is None


def test_a_near_match_says_so(wanted, read):
    wanted("AB12CDE")
    (hit,) = hotlists.match([read("A812CDE")])
    assert hit.is_near
    assert hit.read_plate == "A812CDE"


def test_the_same_read_hits_once(wanted, read, published, django_capture_on_commit_callbacks):
    wanted()
    twice = read()
    with django_capture_on_commit_callbacks(execute=True):
        assert len(hotlists.match([twice, twice])) == 1
        assert hotlists.match([twice]) == ()
    assert Hit.objects.count() == len(published) == 1


def test_a_vehicle_on_two_lists_hits_twice(
    wanted, people, read, published, django_capture_on_commit_callbacks
):
    hotlists.create_list(
        people.authoriser, slug="uninsured", name="Uninsured", purpose="Vehicles without insurance."
    )
    entries = {wanted().pk, wanted(list_slug="uninsured").pk}
    with django_capture_on_commit_callbacks(execute=True):
        hits = hotlists.match([read()])
    assert {hit.entry_id for hit in hits} == entries
    assert {alert.list_slug for alert in published} == {"stolen", "uninsured"}


def test_what_is_not_authorised_does_not_alert(propose, people, read):
    hotlists.refuse_entry(people.authoriser, propose("AA11AAA").pk, why="Not justified.")
    hotlists.withdraw_entry(people.investigator, propose("BB22BBB").pk, why="Found.")
    propose("CC33CCC")
    assert hotlists.match([read("AA11AAA"), read("BB22BBB"), read("CC33CCC")]) == ()


def test_a_withdrawn_entry_ceases_at_once(wanted, people, read):
    entry = wanted()
    assert hotlists.match([read()])
    hotlists.withdraw_entry(people.authoriser, entry.pk, why="The vehicle is back.")
    assert hotlists.match([read()]) == ()


def test_an_entry_expires_by_the_clock(wanted, read):
    entry = wanted()
    before = entry.weed_at - timedelta(microseconds=1)
    assert hotlists.match([read()], clock=lambda: before)
    assert hotlists.match([read()], clock=lambda: entry.weed_at) == ()


def test_an_alert_waits_for_the_commit(wanted, read, published, django_capture_on_commit_callbacks):
    wanted()

    def match_and_roll_back() -> None:
        with transaction.atomic():
            hotlists.match([read()])
            raise DatabaseError

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(DatabaseError):
        match_and_roll_back()
    assert published == []


class _Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def current():
    """A matcher that nothing tells of changes, as in another process, and its clock."""
    clock = _Clock()
    return matching.CurrentMatcher(clock), clock


def test_a_change_elsewhere_is_noticed_within_a_second(current, wanted):
    matcher, clock = current
    assert len(matcher.get()) == 0
    wanted()
    clock.now_s += 0.99
    assert len(matcher.get()) == 0
    clock.now_s += 0.02
    assert len(matcher.get()) == 1


def test_nothing_is_built_anew_without_a_change(current, wanted):
    matcher, clock = current
    wanted()
    built = matcher.get()
    clock.now_s += 10
    assert matcher.get() is built


def test_a_failed_look_is_not_taken_for_an_unchanged_list(current, wanted):
    matcher, clock = current
    matcher.get()
    wanted()
    clock.now_s += 2

    def broken(*_: object) -> None:
        raise DatabaseError("the disk is gone")

    with connection.execute_wrapper(broken), pytest.raises(DatabaseError):
        matcher.get()
    assert len(matcher.get()) == 1


def test_records_put_back_are_a_new_edition(current, wanted):
    """A counter would come by the same number again; a token does not."""
    matcher, clock = current
    first = wanted()
    matcher.get()
    token = Edition.objects.get().token
    Entry.objects.filter(pk=first.pk).update(weed_at=timezone.now() + timedelta(days=90))
    matching.new_edition()
    assert Edition.objects.get().token != token
    clock.now_s += 2
    assert len(matcher.get()) == 1


def test_an_entry_that_another_process_just_closed_does_not_alert(wanted, read):
    """The matcher may be a second behind; the row is asked before anything goes out."""
    entry = wanted()
    assert hotlists.match([read()])
    Entry.objects.filter(pk=entry.pk).update(state=hotlists.EntryState.WITHDRAWN)
    assert hotlists.match([read()]) == ()
