"""Which stored reads become hits, and which alerts go out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from django.db import DatabaseError, transaction

from turnpike.hotlists import services as hotlists
from turnpike.hotlists.models import Entry, Hit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.reads.services import StoredRead

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


def test_an_entry_that_another_process_just_closed_does_not_alert(wanted, read):
    """The matcher may be a second behind; the row is asked before anything goes out."""
    entry = wanted()
    assert hotlists.match([read()])
    Entry.objects.filter(pk=entry.pk).update(state=hotlists.EntryState.WITHDRAWN)
    assert hotlists.match([read()]) == ()


def test_only_the_reads_that_are_found_are_made(wanted, read):
    wanted("AB12CDE")
    wanted("ZZ99ZZZ")
    plates = pa.array(["ZZ99ZZZ", "XX11XXX", None, "AB12CDE", "A812CDE"])
    asked: list[Sequence[int]] = []

    def reads_at(positions: Sequence[int]) -> list[StoredRead]:
        asked.append(positions)
        return [read(plates[position].as_py()) for position in positions]

    hits = hotlists.match_column(plates, reads_at)
    assert asked == [[0, 3, 4]]
    assert [(hit.read_plate, hit.is_near) for hit in hits] == [
        ("ZZ99ZZZ", False),
        ("AB12CDE", False),
        ("A812CDE", True),
    ]
    assert hotlists.match_column(pa.array(["XX11XXX"]), reads_at) == ()
    assert len(asked) == 1


def test_many_finds_cost_few_queries(wanted, read, django_assert_max_num_queries):
    for number in range(5):
        wanted(f"AB1{number}CDE")
    hotlists.prepare_matching()
    reads = [read(f"AB1{number % 5}CDE") for number in range(600)]
    with django_assert_max_num_queries(20):
        assert len(hotlists.match(reads)) == 600
    assert hotlists.match(reads) == ()
    assert Hit.objects.count() == 600
