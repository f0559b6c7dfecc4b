"""A nation's reads: the same for the same plan, as many as asked for, and like traffic."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from turnpike.plates.services import confusable_variants, normalise
from turnpike.simulation.services import (
    READ_SCHEMA,
    NationPlan,
    NationSizeError,
    national_cameras,
    national_reads,
)

WEEK = NationPlan(
    reads=600_000, days=7, seed=11, first_day=date(2026, 6, 1), cameras=400, vehicles=60_000
)  # a Monday
HOUR_MS = 3_600_000


def table(plan: NationPlan, **more: int) -> pa.Table:
    return pa.Table.from_batches(national_reads(plan, **more))


def milliseconds(column: pa.ChunkedArray) -> np.ndarray:
    instants: np.ndarray = column.cast(pa.int64()).to_numpy()
    return instants


def plate_numbers(reads: pa.Table) -> np.ndarray:
    """The same number for the same plate, from 1 on."""
    numbers: np.ndarray = pc.rank(reads["plate"].combine_chunks(), tiebreaker="dense").to_numpy()
    return numbers.astype(np.int64)


@pytest.fixture(scope="module")
def week() -> pa.Table:
    return table(WEEK)


@pytest.fixture(scope="module")
def hours(week) -> np.ndarray:
    """Hours since the first midnight, whole."""
    return (milliseconds(week["captured_at"]) - WEEK.starts_ms) // HOUR_MS


def test_the_same_plan_gives_the_same_bytes_whatever_the_batches():
    plan = NationPlan(reads=300_000, days=2, seed=3)
    whole, pieces = table(plan), list(national_reads(plan, batch_rows=7_919))
    assert {len(piece) for piece in pieces[:-1]} == {7_919}
    assert pa.Table.from_batches(pieces).combine_chunks().equals(whole.combine_chunks())
    other = table(NationPlan(reads=300_000, days=2, seed=4))
    assert not other["plate"].equals(whole["plate"])


@pytest.mark.parametrize(("reads", "days"), [(1, 1), (39, 1), (40, 3), (1_000, 400), (250_001, 1)])
def test_exactly_as_many_as_were_asked_for(reads, days):
    made = table(NationPlan(reads=reads, days=days))
    assert len(made) == reads
    assert made.schema == READ_SCHEMA
    made.validate(full=True)
    assert not any(column.null_count for column in made.columns)


def test_all_values_are_such_as_a_store_takes(week, hours):
    assert pc.all(pc.match_substring_regex(week["plate"], "^[A-Z0-9]{2,8}$")).as_py()
    assert hours.min() == 0
    assert hours.max() == 7 * 24 - 1
    assert pc.min(week["lane"]).as_py() >= 1
    assert pc.max(week["confidence_thousandths"]).as_py() <= 1000
    assert pc.min(week["frames_agreeing"]).as_py() >= 1
    cameras = {camera.camera_id for camera in national_cameras(WEEK)}
    assert len(cameras) == 400
    assert set(pc.unique(week["camera_id"]).to_pylist()) <= cameras
    shares = {
        name: pc.mean(pc.equal(week[name], "").cast(pa.float64())).as_py() for name in ("colour", "make")
    }
    assert 0.1 < shares["colour"] < 0.3
    assert 0.1 < shares["make"] < 0.3
    foreign = pc.mean(pc.not_equal(week["country"], "GB").cast(pa.float64())).as_py()
    assert 0.01 <= foreign <= 0.02
    assert 0.9 < pc.mean(week["has_patch"].cast(pa.float64())).as_py() < 1


def test_rush_hours_weekends_and_nights(hours):
    of_day, days = hours % 24, hours // 24
    weekday = np.bincount(of_day[days < 5], minlength=24) / 5
    assert weekday[[7, 8, 16, 17]].min() > 1.2 * weekday[[10, 11, 12]].mean()
    assert weekday[:5].max() < weekday[8] / 10
    by_day = np.bincount(days, minlength=7)
    assert by_day[6] < by_day[5] < by_day[:5].min()


def test_few_vehicles_are_seen_daily_and_many_once(week):
    counts = np.sort(pc.value_counts(week["plate"]).field("counts").to_numpy())[::-1]
    assert 0.3 < (counts == 1).mean() < 0.7
    assert counts[: len(counts) // 100].sum() > 0.12 * len(week)
    assert counts[0] < 7 * 150, "nobody passes a camera every few minutes, day and night"


def test_a_vehicle_passes_few_cameras_again_and_again(week):
    counts = pc.value_counts(week["plate"])
    number = counts.field("counts").to_numpy()
    regulars = counts.field("values").filter(pa.array((number >= 14) & (number <= 30))).to_pylist()[::200]
    assert len(regulars) > 20
    share = []
    for plate in regulars:
        cameras = week["camera_id"].filter(pc.equal(week["plate"], plate)).to_pylist()
        share.append(sum(count for _, count in Counter(cameras).most_common(8)) / len(cameras))
    assert np.mean(share) > 0.75, "of 400 cameras, eight see nearly all of it"


def test_a_vehicle_is_out_at_like_times_of_the_day(week):
    since_ms = milliseconds(week["captured_at"]) - WEEK.starts_ms
    vehicle = plate_numbers(week)
    number = np.bincount(vehicle)[vehicle]
    rows = np.flatnonzero((number >= 14) & (number <= 30) & (since_ms < 5 * 24 * HOUR_MS))
    rows = rows[np.lexsort((since_ms[rows], vehicle[rows]))]
    day, hour = np.divmod(since_ms[rows] / HOUR_MS, 24)
    # Two reads of one vehicle, five apart in its own order, on two working days.
    pairs = (vehicle[rows][5:] == vehicle[rows][:-5]) & (day[5:] != day[:-5])
    near = np.abs(hour[5:] - hour[:-5])[pairs] < 0.75
    assert near.mean() > 0.2, "by chance it would be one in ten"


def test_cameras_differ_in_how_busy_they_are(week):
    counts = np.sort(pc.value_counts(week["camera_id"]).field("counts").to_numpy())
    assert counts[-20:].mean() > 8 * np.median(counts)


def test_misreads_are_one_confusable_character_away_and_less_sure(week):
    rows = np.flatnonzero(pc.list_value_length(week["candidates"]).to_numpy())
    confidence = week["confidence_thousandths"].to_numpy()
    # Of those with a candidate, a misread's is the mark of a vehicle that was seen before or after.
    some = week.take(pa.array(rows[::40])).to_pylist()
    for read in some:
        (candidate,) = read["candidates"]
        assert candidate["plate"] in confusable_variants(read["plate"])
        assert candidate["confidence_thousandths"] + read["confidence_thousandths"] <= 1000
    assert 0.05 < len(rows) / len(week) < 0.09
    without = np.ones(len(week), bool)
    without[rows] = False
    assert np.median(confidence[rows]) < 870
    assert np.median(confidence[without]) > 920
    seen = pc.value_counts(week["plate"])
    often = set(seen.field("values").filter(pa.array(seen.field("counts").to_numpy() >= 10)).to_pylist())
    misread = [
        read for read in some if read["candidates"][0]["plate"] in often and read["plate"] not in often
    ]
    believed = [read for read in some if read["plate"] in often]
    share = len(misread) / (len(misread) + len(believed)) * len(rows) / len(week)
    assert 0.02 < share < 0.045


def test_raw_texts_stand_only_where_they_say_more(week):
    raw = pc.not_equal(week["raw_text"], "")
    assert 0.01 < pc.mean(raw.cast(pa.float64())).as_py() < 0.04
    some = week.filter(raw).slice(0, 3_000).to_pylist()
    assert all(read["raw_text"] != read["plate"] for read in some)
    spaced = [read for read in some if " " in read["raw_text"]]
    assert len(spaced) > 300
    assert all(normalise(read["raw_text"]) == read["plate"] for read in spaced)


def test_some_passings_are_read_twice_within_a_second(week):
    keys = plate_numbers(week)
    at = milliseconds(week["captured_at"])
    order = np.lexsort((at, keys))
    same = (keys[order][1:] == keys[order][:-1]) & (np.diff(at[order]) < 1_000)
    assert 0.015 < same.mean() < 0.035


def test_reads_come_in_order_but_for_cameras_without_a_line(week):
    captured, received = milliseconds(week["captured_at"]), milliseconds(week["received_at"])
    delay = received - captured
    assert delay.min() > 0
    late = delay > 20_000
    assert 0.001 < late.mean() < 0.02
    assert delay[late].max() < 35 * 60_000
    assert (delay[~late] < 2_000).mean() > 0.995
    assert np.all(np.diff(captured[~late]) >= 0)
    # The late ones come in the minute in which they arrive, from a few cameras at a time.
    arrived = np.where(late, received, captured)
    assert np.diff(arrived).min() > -60_000


def test_clocks_err_by_camera_and_drift_slowly(week, hours):
    errors = week["clock_error_ms"].to_numpy()
    cameras = week["camera_id"].combine_chunks().indices.to_numpy()
    own = {(camera, hour): error for camera, hour, error in zip(cameras, hours, errors, strict=True)}
    assert all(
        own[camera, hour] == error
        for camera, hour, error in zip(cameras[:5_000], hours[:5_000], errors[:5_000], strict=True)
    )
    assert 0.85 < (np.abs(errors) < 100).mean() < 0.99
    assert np.abs(errors).max() < 10_000


def test_memory_does_not_grow_with_the_stream():
    """Twenty billion reads asked for: the first two million take what the first half million took."""
    stream = national_reads(NationPlan(reads=20_000_000_000), batch_rows=100_000)
    next(stream)
    tracemalloc.start()
    try:
        for _ in range(5):
            next(stream)
        _, early = tracemalloc.get_traced_memory()
        for _ in range(15):
            next(stream)
        _, late = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert late < 1.3 * early + 2**20
    assert late < 200 * 2**20


def test_sizes_follow_the_reads_a_day():
    nation = NationPlan(reads=20_000_000_000)
    assert 12_500 <= nation.camera_count <= 13_000
    assert 39_000_000 <= nation.vehicle_count <= 40_000_000
    force = NationPlan(reads=478_966_518)
    assert 3_200_000 < force.vehicle_count < 6_000_000
    assert NationPlan(reads=1).camera_count == 8


@pytest.mark.parametrize("wrong", [{"reads": 0}, {"days": 0}, {"cameras": 7}, {"vehicles": 70_000_000}])
def test_what_is_no_nation_is_refused(wrong):
    with pytest.raises(NationSizeError, match="must be from"):
        NationPlan(**{"reads": 10} | wrong)


def test_more_reads_a_second_than_a_block_holds_are_refused():
    with pytest.raises(NationSizeError, match="spread them over more days"):
        next(national_reads(NationPlan(reads=20_000_000_000, days=1)))
