"""What is remembered of events: none is missed, and what is too much is forgotten from the oldest on."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.reads.samples import NOON, a_batch, a_read

from turnpike.reads import appending
from turnpike.reads.known_events import MOST_SPANS, SPAN_MS, KnownEvents
from turnpike.reads.services import ReadId

MILLISECONDS = st.integers(0, 5 * SPAN_MS)
EVENTS = st.lists(st.tuples(MILLISECONDS, st.integers(0, 30)), max_size=40)


def columns(events):
    return np.array([ms for ms, _ in events], np.int64), np.array([key for _, key in events], np.uint64)


@given(st.lists(EVENTS, max_size=5), EVENTS, MILLISECONDS, st.integers(1, 60))
def test_no_event_is_missed_whatever_is_forgotten(groups, asked, horizon_ms, most):
    known = KnownEvents(horizon_ms, most_events=most)
    added = set()
    for group in groups:
        known.add(*columns(group))
        added |= set(group)
    told = known.may_hold(*columns(asked)).tolist()
    for event, suspect in zip(asked, told, strict=True):
        assert suspect == (event in added or event[0] < known.horizon_ms)
    assert len(known) <= most


@given(EVENTS, MILLISECONDS, EVENTS, EVENTS)
def test_what_is_forgotten_is_looked_up(before, horizon_ms, after, asked):
    known = KnownEvents(0)
    known.add(*columns(before))
    known.forget_before(horizon_ms)
    known.add(*columns(after))
    told = known.may_hold(*columns(asked)).tolist()
    for event, suspect in zip(asked, told, strict=True):
        assert suspect or (event[0] >= horizon_ms and event not in {*before, *after})


def test_events_far_apart_take_little_memory_and_the_oldest_go():
    known, captured_ms = KnownEvents(0), np.arange(MOST_SPANS + 500) * SPAN_MS
    known.add(captured_ms, captured_ms.astype(np.uint64))
    assert len(known) == MOST_SPANS
    assert known.horizon_ms == 500 * SPAN_MS
    assert sum(marks._places.nbytes for marks in known._spans.values()) < 4_000_000


def test_many_in_one_span_are_all_found_and_strangers_are_not():
    rng = np.random.default_rng(1)
    known, captured_ms = KnownEvents(0), np.full(50_000, 7_000)
    keys = rng.integers(0, 2**63, 50_000).astype(np.uint64)
    known.add(captured_ms, keys)
    known.add(captured_ms, keys)
    assert len(known) == 50_000
    assert known.may_hold(captured_ms, keys).all()
    assert not known.may_hold(captured_ms, keys + np.uint64(1)).any()
    assert not known.may_hold(captured_ms + 1, keys).any()


def test_a_pair_that_marks_as_nothing_is_remembered_too():
    known, none = KnownEvents(0), (np.array([0]), np.array([0], np.uint64))
    assert not known.may_hold(*none).any()
    known.add(*none)
    assert known.may_hold(*none).all()


def test_one_event_id_at_another_instant_is_another_read(own_store):
    at = [NOON, NOON.replace(second=1)]
    (first,) = own_store.append([a_batch(*[a_read(1, captured_at=one) for one in at])])
    assert len(first.stored) == 2
    (again,) = own_store.append([a_batch(*[a_read(1, captured_at=one) for one in reversed(at)])])
    assert [read_id for _, read_id in again.duplicates] == [ReadId(first.batch, 1), ReadId(first.batch, 0)]


def test_what_was_captured_before_the_horizon_is_looked_up(open_store, monkeypatch):
    store = open_store()
    old = [a_batch(a_read(number, captured_at=NOON.replace(day=number + 1))) for number in range(5)]
    results = store.append(old)
    store.append([a_batch(a_read(9, captured_at=NOON.replace(month=5)))])
    store.close()
    store = open_store()
    assert store._appender._known.horizon_ms > 0
    assert len(store._appender._known) == 1
    monkeypatch.setattr(appending, "_EVENTS_AT_ONCE", 2)
    again = store.append([*old, a_batch(a_read(0, captured_at=NOON.replace(day=20)))])
    assert [result.duplicates for result in again[:5]] == [result.stored for result in results]
    assert len(again[5].stored) == 1
    assert store.count() == 7


def test_a_restart_loads_the_last_minutes(open_store):
    store = open_store()
    store.append([a_batch(*[a_read(key) for key in range(1_000)])])
    store.close()
    store = open_store()
    assert len(store._appender._known) == 1_000
    assert len(store.append([a_batch(*[a_read(key) for key in range(500, 1_500)])])[0].duplicates) == 500
