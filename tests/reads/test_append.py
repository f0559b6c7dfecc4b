"""Each event once: in a group, between groups, over crashes and restarts."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.reads.samples import NOON, a_batch, a_read

from turnpike.reads import engine
from turnpike.reads import store as store_module
from turnpike.reads.appending import MAX_GROUP_READS
from turnpike.reads.services import GroupTooLarge, ReadId, ReadStore, StoreUnavailable

INSERTS = ("insert_batches", "insert_events", "insert_reads")


def stored_ids(result):
    return dict(result.stored)


def test_a_batch_sent_twice_is_stored_once(own_store):
    batch = a_batch(a_read(1), a_read(2))
    (first,) = own_store.append([batch])
    (second,) = own_store.append([batch])
    assert first.duplicates == ()
    assert second.batch is None
    assert second.stored == ()
    assert second.duplicates == first.stored
    assert own_store.count() == 2


def test_overlapping_batches_share_their_reads(own_store):
    (first,) = own_store.append([a_batch(a_read(1), a_read(2))])
    (second,) = own_store.append([a_batch(a_read(3), a_read(2), a_read(4))])
    assert second.stored == ((0, ReadId(second.batch, 0)), (2, ReadId(second.batch, 1)))
    assert second.duplicates == ((1, stored_ids(first)[1]),)
    assert own_store.count() == 4


def test_a_group_is_one_commit_that_knows_its_own_events(own_store):
    first, second, third = own_store.append(
        [a_batch(a_read(1), a_read(1)), a_batch(a_read(1)), a_batch(a_read(2))]
    )
    assert first.duplicates == ((1, ReadId(first.batch, 0)),)
    assert (second.batch, second.duplicates) == (None, ((0, ReadId(first.batch, 0)),))
    assert third.batch == first.batch + 1
    assert own_store.count() == 2


def test_one_event_key_of_two_cameras_is_two_events(own_store):
    results = own_store.append([a_batch(a_read(7), camera_id=name) for name in ("north", "south")])
    assert [len(result.stored) for result in results] == [1, 1]


def test_a_restart_knows_what_was_stored(open_store):
    store = open_store()
    (first,) = store.append([a_batch(a_read(1))])
    store.close()
    store = open_store()
    assert store.append([a_batch(a_read(1))])[0].duplicates == first.stored


def test_ids_rise_though_the_clock_falls(open_store):
    clock = iter([2_000_000, 1_000_000, 500_000])
    store = open_store(now_us=lambda: next(clock))
    ids = [store.append([a_batch(a_read(1))])[0].batch, store.append([a_batch(a_read(2))])[0].batch]
    store.close()
    ids.append(open_store(now_us=lambda: next(clock)).append([a_batch(a_read(3))])[0].batch)
    assert 2_000_000 <= ids[0] < 2_500_000
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2]


def test_an_id_is_never_given_twice_whatever_became_of_its_batch(open_store):
    def fail(results):
        planned.append(results[0].batch)
        raise OSError("the disk is full")

    planned = []
    store = open_store(now_us=lambda: 2_000_000)
    with pytest.raises(OSError, match="full"):
        store.append([a_batch(a_read(1))], before_commit=fail)
    # What was put on the disk for the first, such as its picture, is not this one's.
    (stored,) = store.append([a_batch(a_read(2))])
    assert stored.batch not in planned
    store.close()
    # Nor does a start in the same second begin where the last did.
    starts = set()
    for _ in range(4):
        store = open_store(now_us=lambda: 2_000_000)
        starts.add(store._appender._begins_at)
        store.close()
    assert len(starts) > 1


def test_a_commit_at_the_turn_of_a_month_stands_in_one_partition(open_store):
    turn = int(datetime(2026, 4, 1, tzinfo=UTC).timestamp()) * 1_000_000
    store = open_store(now_us=lambda: turn - 1)
    # As after a very busy second: the next two ids would lie on both sides of the turn.
    store._appender._last_batch = turn - 2
    first, second = store.append([a_batch(a_read(1)), a_batch(a_read(2))])
    assert (first.batch, second.batch) == (turn, turn + 1)
    assert store.count() == 2


def test_a_group_too_large_stores_nothing(own_store):
    batch = a_batch(*[a_read(key) for key in range(10_000)])
    with pytest.raises(GroupTooLarge, match=str(MAX_GROUP_READS)):
        own_store.append([batch] * 11)
    assert own_store.count() == 0


def test_a_full_group_is_one_part(own_store):
    batches = [
        a_batch(*[a_read(key) for key in range(10_000)], camera_id=f"c{number}") for number in range(10)
    ]
    own_store.append(batches)
    assert own_store.count() == MAX_GROUP_READS
    parts = own_store._writer._run(
        lambda client: (
            client.query(
                "SELECT uniqExact(name), max(level) FROM system.parts WHERE database = 'turnpike' AND table = 'reads'"
            ).result_rows
        )
    )
    assert parts == [(1, 0)]


def test_what_must_be_there_before_the_commit_can_refuse_it(own_store):
    planned = []

    def refuse(results):
        planned.extend(results)
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        own_store.append([a_batch(a_read(1))], before_commit=refuse)
    assert planned[0].stored[0][1].slot == 0
    assert own_store.count() == 0
    assert own_store.append([a_batch(a_read(1))])[0].stored


events = st.tuples(st.sampled_from(["north", "south"]), st.integers(0, 5))
groups = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["north", "south"]), st.lists(st.integers(0, 5), max_size=4)), max_size=3
    ),
    max_size=4,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups)
def test_whatever_is_sent_each_event_is_stored_once_and_every_read_is_answered(own_store, sent):
    before = own_store.last_batch()
    world = f"{before}-"  # each example has cameras of its own
    first_id: dict[tuple[str, int], ReadId] = {}
    for group in sent:
        batches = [a_batch(*map(a_read, keys), camera_id=world + camera) for camera, keys in group]
        for (camera, keys), result in zip(group, own_store.append(batches), strict=True):
            for index, key in enumerate(keys):
                given_id = {**stored_ids(result), **dict(result.duplicates)}[index]
                assert first_id.setdefault((camera, key), given_id) == given_id
    kept = Counter(read.read_id for read in own_store.since(before, 1000))
    assert kept == Counter(first_id.values())


class Crash(engine.Session):
    """A session that dies at one insert, before it or after it."""

    at = ""
    after = False

    def insert_table(self, name, table):
        """Insert, unless this is where to die."""
        if name == self.at and not self.after:
            raise StoreUnavailable("It died before.")
        super().insert_table(name, table)
        if name == self.at:
            raise StoreUnavailable("It died after.")


@pytest.mark.parametrize("restarted", [False, True], ids=["same process", "restarted"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", INSERTS)
def test_a_commit_that_dies_anywhere_is_whole_after_a_retry(open_store, monkeypatch, at, after, restarted):
    monkeypatch.setattr(store_module, "Session", Crash)
    store: ReadStore = open_store()
    store.append([a_batch(a_read(1))])
    monkeypatch.setattr(Crash, "at", at)
    monkeypatch.setattr(Crash, "after", after)
    group = [a_batch(a_read(2), a_read(3)), a_batch(a_read(2), camera_id="south")]
    with pytest.raises(StoreUnavailable, match="died"):
        store.append(group)
    monkeypatch.setattr(Crash, "at", "")
    if restarted:
        store.close()
        store = open_store()
    was_committed = at == "insert_reads" and after
    assert store.count() == (4 if was_committed else 1)
    for _ in range(2):
        results = store.append(group)
        assert store.count() == 4
    assert [len(result.duplicates) for result in results] == [2, 1]
    assert len({read.read_id for read in store.since(0, 100)}) == 4
    assert {
        name: count.reads for name, count in store.counts_by_camera(NOON - timedelta(days=1)).items()
    } == {
        "north": 3,
        "south": 1,
    }
