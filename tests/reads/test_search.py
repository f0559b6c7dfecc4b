"""What goes in comes out, to whom it may, within limits."""

from __future__ import annotations

import threading
from dataclasses import fields, replace
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.reads.samples import MILLISECOND, NOON, a_batch, a_query, a_read

from turnpike.plates.services import parse_pattern
from turnpike.reads.schema import migrations
from turnpike.reads.services import (
    CameraSpan,
    NewRead,
    ReadId,
    SearchLimits,
    SearchTooLarge,
    StoreUnavailable,
)

LIMITS = SearchLimits()
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
shares = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)
reads = st.builds(
    NewRead,
    plate=st.from_regex(r"[A-Z0-9]{1,16}", fullmatch=True),
    raw_text=texts.filter(bool),
    confidence=shares,
    candidates=st.lists(st.tuples(texts, shares), max_size=3).map(tuple),
    country=texts,
    lane=st.integers(0, 255),
    direction=st.sampled_from(["", "towards", "away"]),
    captured_at=st.datetimes(NOON.replace(year=1970, tzinfo=None), NOON.replace(year=2199, tzinfo=None)).map(
        lambda instant: instant.replace(microsecond=instant.microsecond // 1000 * 1000, tzinfo=UTC)
    ),
    clock_error_ms=st.integers(-(2**31), 2**31 - 1),
    frames_agreeing=st.integers(0, 2**16 - 1),
    colour=texts,
    make=texts,
    has_patch=st.booleans(),
    event_key=st.integers(0, 2**64 - 1),
)


def found(store, pattern="*AB*", limits=LIMITS, **query):
    return store.search(a_query(pattern, **query), limits)


def plates(store, pattern, **query):
    return [read.plate for read in found(store, pattern, **query).rows]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(reads, min_size=1, max_size=8, unique_by=lambda read: read.event_key))
def test_every_field_comes_back_as_it_went_in(own_store, new_reads):
    batch = a_batch(*new_reads, camera_id=f"camera-{own_store.last_batch()}", model="reader 'é; --")
    (result,) = own_store.append([batch])
    assert [index for index, _ in result.stored] == list(range(len(new_reads)))
    for index, read_id in result.stored:
        kept = own_store.get(read_id)
        assert kept is not None
        for field in fields(NewRead):
            if field.name != "event_key":
                assert getattr(kept, field.name) == getattr(new_reads[index], field.name), field.name
        for name in ("camera_id", "software", "model", "adapter", "received_at"):
            assert getattr(kept, name) == getattr(batch, name)


def test_what_is_finer_than_the_store_is_rounded(own_store):
    read = a_read(
        raw_text="",
        confidence=0.12345,
        captured_at=(NOON + timedelta(microseconds=1999)).astimezone(timezone(timedelta(hours=5))),
    )
    ((_, read_id),) = own_store.append([a_batch(read)])[0].stored
    kept = own_store.get(read_id)
    assert (kept.raw_text, kept.confidence) == ("AB12CDE", 0.123)
    assert (kept.captured_at, kept.captured_at.tzinfo) == (NOON + MILLISECOND, UTC)


@pytest.mark.parametrize("read_id", [ReadId(0, 0), ReadId(2**64 - 1, 2**16 - 1)])
def test_an_unknown_id_is_no_read(own_store, read_id):
    own_store.append([a_batch(a_read())])
    assert own_store.get(read_id) is None


def test_patterns(own_store):
    known = ["AB12CDE", "AB12CDF", "AB13CDE", "ZAB12CD", "B12CDE"]
    own_store.append(
        [
            a_batch(
                *[
                    a_read(key, plate=plate, captured_at=NOON - key * MILLISECOND)
                    for key, plate in enumerate(known)
                ]
            )
        ]
    )
    assert plates(own_store, "ab12 cde") == ["AB12CDE"]
    assert plates(own_store, "AB1*") == ["AB12CDE", "AB12CDF", "AB13CDE"]
    assert plates(own_store, "*CDE") == ["AB12CDE", "AB13CDE", "B12CDE"]
    assert plates(own_store, "AB1?CDE") == ["AB12CDE", "AB13CDE"]
    assert plates(own_store, "?B12CD?") == ["AB12CDE", "AB12CDF"]
    assert plates(own_store, "*B12C*") == ["AB12CDE", "AB12CDF", "ZAB12CD", "B12CDE"]
    assert plates(own_store, "AB12CD") == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("AB1?*", min_size=3, max_size=6).filter(lambda text: sum(map(text.count, "AB1")) >= 2))
def test_the_store_and_the_plate_library_agree_on_patterns(own_store, text):
    every = [
        first + second + third for first in "AB1" for second in "AB1" for third in ("", "A", "B", "1A", "11")
    ]
    if not own_store.count():
        own_store.append([a_batch(*[a_read(key, plate=plate) for key, plate in enumerate(every)])])
    pattern = parse_pattern(text)
    assert sorted(plates(own_store, text)) == sorted(plate for plate in every if pattern.matches(plate))


def test_a_range_holds_its_first_instant_and_not_its_last(own_store):
    instants = [NOON - MILLISECOND, NOON, NOON + MILLISECOND, NOON + 2 * MILLISECOND]
    own_store.append([a_batch(*[a_read(key, captured_at=at) for key, at in enumerate(instants)])])
    result = found(own_store, captured_from=NOON, captured_until=NOON + 2 * MILLISECOND)
    assert [read.captured_at for read in result.rows] == [NOON + MILLISECOND, NOON]  # newest first


def test_only_the_cameras_allowed_are_found(own_store):
    own_store.append([a_batch(a_read(), camera_id=name) for name in ("north", "south", "it's")])
    seen = {names: {read.camera_id for read in found(own_store, camera_ids=names).rows} for names in (
        None, (), ("south",), ("it's", "north"), ("nowhere",)
    )}  # fmt: skip
    assert seen == {
        None: {"north", "south", "it's"},
        (): set(),
        ("south",): {"south"},
        ("it's", "north"): {"it's", "north"},
        ("nowhere",): set(),
    }


def test_more_rows_than_allowed_are_cut_and_said(own_store):
    own_store.append([a_batch(*[a_read(key, captured_at=NOON + key * MILLISECOND) for key in range(4)])])
    three = found(own_store, limits=replace(LIMITS, max_rows=3))
    assert (len(three.rows), three.truncated) == (3, True)
    assert three.rows[0].captured_at == NOON + 3 * MILLISECOND
    four = found(own_store, limits=replace(LIMITS, max_rows=4))
    assert (len(four.rows), four.truncated) == (4, False)


@pytest.fixture
def crowded(own_store):
    """Enough reads that a search takes time and memory."""
    own_store.append(
        [a_batch(*[a_read(key, plate=f"AB{key}", make=f"make {key % 7}") for key in range(10_000)])]
    )
    return own_store


@pytest.mark.parametrize("limit", [{"max_seconds": 0.0001}, {"max_memory_mb": 1}])
def test_time_and_memory_are_limited(crowded, limit):
    with pytest.raises(SearchTooLarge, match="narrow") as refusal:
        found(crowded, "*AB*", replace(LIMITS, max_rows=20_000, **limit))
    assert refusal.value.__cause__ is None
    assert refusal.value.__context__ is None  # where the engine's own text would quote the pattern
    assert plates(crowded, "AB777") == ["AB777"]


def test_searches_run_beside_each_other_and_beside_appends(crowded):
    barrier, answers, failures = threading.Barrier(6), [], []

    def search(number):
        barrier.wait()
        try:
            for attempt in range(5):
                key = number * 1000 + attempt
                answers.append(plates(crowded, f"AB{key}") == [f"AB{key}"])
        except Exception as failure:  # noqa: BLE001 - a thread's failure is told by the assertion below
            failures.append(failure)

    threads = [threading.Thread(target=search, args=(number,)) for number in range(1, 6)]
    for thread in threads:
        thread.start()
    barrier.wait()
    crowded.append([a_batch(a_read(99_999), camera_id="other")])
    for thread in threads:
        thread.join()
    assert failures == []
    assert answers == [True] * 25


def test_since_gives_whole_batches_in_order(own_store):
    appended = [own_store.append([a_batch(a_read(key), a_read(key + 100))])[0].batch for key in range(4)]
    first = own_store.since(0, 3)
    assert [read.read_id for read in first] == [
        ReadId(batch, slot) for batch in appended[:2] for slot in (0, 1)
    ]
    rest = own_store.since(first[-1].read_id.batch, 100)
    assert [read.read_id.batch for read in rest] == [appended[2]] * 2 + [appended[3]] * 2
    assert own_store.last_batch() == appended[3]
    assert own_store.since(appended[3], 10) == ()


def test_counts_by_camera(own_store):
    later = NOON + timedelta(hours=2)
    own_store.append([a_batch(a_read(1), a_read(2, captured_at=later), camera_id="north")])
    own_store.append([a_batch(a_read(1), camera_id="south", received_at=later)])
    own_store.append([a_batch(a_read(1), a_read(3), camera_id="south", received_at=later + MILLISECOND)])
    assert own_store.count() == 4
    counts = own_store.counts_by_camera(NOON)
    assert {name: count.reads for name, count in counts.items()} == {"north": 2, "south": 2}
    assert counts["north"].last_captured_at == later
    assert counts["south"].last_received_at == later + MILLISECOND
    assert own_store.counts_by_camera(later).keys() == {"south"}


def test_an_empty_store_answers(own_store):
    assert found(own_store).rows == ()
    assert (own_store.count(), own_store.last_batch()) == (0, 0)
    assert own_store.since(0, 10) == ()
    assert own_store.counts_by_camera(NOON) == {}
    assert own_store.append([]) == ()
    integrity = own_store.integrity()
    assert (integrity.schema_version, integrity.reads) == (migrations()[-1].version, 0)


def test_a_closed_store_says_so(own_store):
    own_store.close()
    for use in (own_store.count, lambda: found(own_store), lambda: own_store.append([a_batch(a_read())])):
        with pytest.raises(StoreUnavailable, match="closed"):
            use()


def test_what_is_withheld_is_neither_found_nor_counted(own_store):
    hour = timedelta(hours=1)
    own_store.append(
        [
            a_batch(
                a_read(1),
                a_read(2, captured_at=NOON - MILLISECOND),
                a_read(3, captured_at=NOON + MILLISECOND),
            ),
            a_batch(a_read(4), camera_id="south"),
        ]
    )

    def seen(*withheld):
        query = a_query(withheld=withheld)
        rows = own_store.search(query, LIMITS).rows
        assert own_store.count_matching(query, 100, LIMITS) == len(rows)
        return [(read.camera_id, (read.captured_at - NOON) // MILLISECOND) for read in rows]

    everything = [("north", 1), ("north", 0), ("south", 0), ("north", -1)]
    assert sorted(seen()) == sorted(everything)
    assert seen(CameraSpan("north", NOON - hour, NOON + hour)) == [("south", 0)]
    until_noon = seen(CameraSpan("north", NOON - hour, NOON))
    assert sorted(until_noon) == [("north", 0), ("north", 1), ("south", 0)]
    from_noon = seen(
        CameraSpan("north", NOON, NOON + 2 * hour), CameraSpan("south", NOON - hour, NOON + hour)
    )
    assert from_noon == [("north", -1)]
    assert not own_store.search(
        a_query(camera_ids=("south",), withheld=(CameraSpan("south", NOON - hour, NOON + hour),)), LIMITS
    ).rows


def test_reads_are_picked_by_id_among_what_a_query_finds(own_store):
    batch = a_batch(*(a_read(key, captured_at=NOON + key * MILLISECOND) for key in range(1_205)))
    (result,) = own_store.append([batch])
    ids = [read_id for _, read_id in result.stored]
    (other,) = own_store.append([a_batch(a_read(7, plate="XY99ZZZ"), camera_id="south")])
    asked = [ids[900], ids[3], ids[1_204], other.stored[0][1], ReadId(1, 2)]

    picked = own_store.pick(a_query("AB12CDE"), asked)

    assert [read.read_id for read in picked] == [ids[900], ids[3], ids[1_204]]
    assert len(own_store.pick(a_query("AB12CDE"), ids)) == 1_205, "more than go into one question"
    assert own_store.pick(a_query("AB12CDE", camera_ids=("south",)), ids) == ()
    assert own_store.pick(a_query("AB12CDE"), []) == ()
