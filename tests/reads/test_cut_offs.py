"""What is past its time is hidden from every query at once, and then gone from the disk, whatever happens meanwhile."""

from __future__ import annotations

import re
import select
import subprocess
import sys
from datetime import timedelta
from importlib import resources
from pathlib import Path

import pytest
from tests.reads.samples import MILLISECOND, NOON, a_batch, a_query, a_read

from turnpike.plates.services import parse_pattern
from turnpike.reads import purging
from turnpike.reads.queries import sql
from turnpike.reads.services import EVERY_PLATE, ReadQuery, SearchLimits

ROOT = Path(__file__).parents[2]
LIMITS = SearchLimits(max_rows=10_000)
HOUR = timedelta(hours=1)
MARKER = "ZZ99MRK"


def us(instant) -> int:
    return int(instant.timestamp() * 1_000_000)


@pytest.fixture
def two_hours(own_store):
    """Two cameras' reads of the hour before noon and of the hour after, with their ids."""
    ids = {}
    for camera in ("north", "south"):
        for name, at in {"before": NOON - HOUR / 2, "after": NOON + HOUR / 2}.items():
            (result,) = own_store.append(
                [a_batch(a_read(hash((camera, name)) % 2**60, captured_at=at), camera_id=camera)]
            )
            ids[camera, name] = result.stored[0][1]
    return own_store, ids


def seen(store, ids):
    """The reads that any query shows, and each must show the same."""
    query = a_query("AB12CDE")
    ways = {
        "search": [read.read_id for read in store.search(query, LIMITS).rows],
        "by plate": [
            read.read_id
            for read in store.search(
                ReadQuery(EVERY_PLATE, query.captured_from, query.captured_until, plates=("AB12CDE",)), LIMITS
            ).rows
        ],
        "by time": [
            read.read_id
            for read in store.search(
                ReadQuery(EVERY_PLATE, query.captured_from, query.captured_until), LIMITS
            ).rows
        ],
        "pick": [read.read_id for read in store.pick(query, list(ids.values()))],
        "pick by time": [
            read.read_id
            for read in store.pick(
                ReadQuery(EVERY_PLATE, query.captured_from, query.captured_until), list(ids.values())
            )
        ],
        "get": [read_id for read_id in ids.values() if store.get(read_id)],
        "place": [read_id for read_id in ids.values() if store.place(read_id)],
        "plate_of": [read_id for read_id in ids.values() if store.plate_of(read_id)],
        "since": [read.read_id for read in store.since(0, 100)],
    }
    shown = {frozenset(found) for found in ways.values()}
    assert len(shown) == 1, ways
    (found,) = shown
    assert store.count() == len(found)
    assert store.count_matching(query, 100, LIMITS) == len(found)
    return {key for key, read_id in ids.items() if read_id in found}


def test_every_query_hides_what_is_past_at_once(two_hours):
    store, ids = two_hours
    assert seen(store, ids) == set(ids)
    store.hide(NOON, ["south"])
    assert seen(store, ids) == set(ids) - {("south", "before")}
    store.hide(NOON)
    assert seen(store, ids) == {("north", "after"), ("south", "after")}
    store.hide(NOON - HOUR)  # never back
    assert seen(store, ids) == {("north", "after"), ("south", "after")}


def test_what_is_hidden_stays_so_after_a_restart(two_hours, open_store):
    store, ids = two_hours
    store.hide(NOON, ["south"])
    store.close()
    again = open_store()
    assert seen(again, ids) == set(ids) - {("south", "before")}
    again.hide(NOON)
    assert seen(again, ids) == {("north", "after"), ("south", "after")}


def test_the_first_instant_that_is_kept_is_seen(own_store):
    own_store.append([a_batch(a_read(1), a_read(2, captured_at=NOON - MILLISECOND))])
    own_store.hide(NOON)
    assert [read.captured_at for read in own_store.since(0, 10)] == [NOON]


def test_every_statement_that_shows_reads_honours_the_cut_offs():
    folder = resources.files("turnpike.reads") / "sql"
    # Whether a commit or a load is there, which hiding does not undo.
    not_shown = {"last_commit", "loaded_before"}
    for file in folder.iterdir():
        text = re.sub(r"--.*", "", file.read_text("utf-8"))
        places = len(re.findall(r"\b(?:FROM|JOIN) reads\b", text))
        if places and file.name.removesuffix(".sql") not in not_shown:
            honoured = text.count("$kept") + text.count("$whole_days_kept")
            assert honoured >= places, (
                f"{file.name} reads {places} times and looks at the cut-offs {honoured} times"
            )


def test_only_the_conditions_that_exclude_something_are_asked():
    assert "camera_id" not in sql("count", kept=("kept_from",))
    assert "transform" in sql("count", kept=("kept_from", "kept_by_camera"))


def files_with(path: Path, text: str) -> list[Path]:
    return [file for file in path.rglob("*") if file.is_file() and text.encode() in file.read_bytes()]


def make_legible(store):
    """Kept without compression, so that a file can be searched for a plate."""
    for column, kind in {"plate": "String", "raw_text": "String", "make": "LowCardinality(String)"}.items():
        store._appender._session.execute(f"ALTER TABLE reads MODIFY COLUMN {column} {kind} CODEC(NONE)")
    store._appender._session.execute("ALTER TABLE reads MODIFY SETTING default_compression_codec = 'NONE'")


def test_after_a_purge_no_file_holds_the_plate(reads_path, open_store):
    store = open_store(now_us=lambda: us(NOON))
    make_legible(store)
    past = [
        a_read(
            key,
            plate=MARKER,
            raw_text=f"{MARKER} x",
            make=f"of {MARKER}",
            captured_at=NOON - HOUR + key * MILLISECOND,
        )
        for key in range(50)
    ]
    store.append([a_batch(*past)])
    store.append([a_batch(*[a_read(1_000 + key, plate=f"AB{key}") for key in range(500)])])
    store.merge()
    assert files_with(reads_path, MARKER), "the test itself would see nothing"
    store.hide(NOON)

    purged = store.purge()

    assert (purged.reads, purged.dropped_months, purged.rewritten_months) == (50, 0, 1)
    assert not files_with(reads_path, MARKER)
    assert store.count() == 500
    query = ReadQuery(EVERY_PLATE, NOON - 2 * HOUR, NOON + HOUR, camera_ids=("north",))
    assert len(store.search(query, LIMITS).rows) == 500
    assert [count.reads for count in store.daily_counts(["north"], NOON.date(), NOON.date())] == []
    assert store.purge().reads == 0


def test_a_month_that_is_wholly_past_goes_as_a_whole(reads_path, open_store):
    clock = [us(NOON - timedelta(days=40))]
    store = open_store(now_us=lambda: clock[0])
    make_legible(store)
    store.append([a_batch(a_read(1, plate=MARKER, captured_at=NOON - timedelta(days=40)))])
    clock[0] = us(NOON)
    store.append([a_batch(a_read(2))])
    store.hide(NOON)

    purged = store.purge()

    assert (purged.reads, purged.dropped_months, purged.rewritten_months) == (1, 1, 0)
    assert not files_with(reads_path, MARKER)
    assert [read.plate for read in store.since(0, 10)] == ["AB12CDE"]


def test_a_purge_ends_when_the_last_file_is_gone_and_no_sooner(reads_path, open_store, monkeypatch):
    """Some of the engine's lists leave out a part as soon as it is being deleted; looked at often, that shows."""
    monkeypatch.setattr(purging, "_LOOKS_EVERY_S", 0.0005)
    clock = [us(NOON)]
    store = open_store(now_us=lambda: clock[0])
    for month in range(12, 0, -1):
        captured_at = NOON - timedelta(days=31 * month)
        clock[0] = us(captured_at)
        store.append([a_batch(*[a_read(1_000 * month + key, captured_at=captured_at) for key in range(50)])])
    clock[0] = us(NOON)
    store.append([a_batch(a_read(1))])
    store.hide(NOON)

    assert store.purge().dropped_months == 12

    assert not list(reads_path.glob("store/*/*/delete_tmp_*"))


def test_the_newest_month_is_never_dropped_for_reads_may_be_coming(open_store):
    store = open_store(now_us=lambda: us(NOON))
    store.append([a_batch(a_read(1, captured_at=NOON - HOUR))])
    store.hide(NOON)
    assert store.purge().rewritten_months == 1


def test_reads_of_one_camera_are_purged_alone(two_hours):
    store, ids = two_hours
    store.hide(NOON, ["south"])
    assert store.purge().reads == 1
    assert seen(store, ids) == set(ids) - {("south", "before")}


PURGING = """
import sys
from datetime import timedelta
from pathlib import Path
from tests.reads.samples import NOON
from turnpike.reads.services import ReadStore
store = ReadStore.open(Path(sys.argv[1]))
store.hide(NOON)
print("hidden", flush=True)
store.purge()
print("purged", flush=True)
"""


@pytest.mark.parametrize("wait_s", [0.0, 0.02, 0.1])
def test_a_purge_killed_anywhere_shows_nothing_and_is_finished_later(reads_path, open_store, wait_s):
    store = open_store()
    make_legible(store)
    store.append([a_batch(*[a_read(key, plate=MARKER, captured_at=NOON - HOUR) for key in range(2_000)])])
    store.append([a_batch(*[a_read(10_000 + key) for key in range(2_000)])])
    store.close()
    with subprocess.Popen(
        [sys.executable, "-c", PURGING, reads_path], stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"hidden\n"
        select.select([process.stdout], [], [], wait_s)  # the moment at which it is killed
        process.kill()
    again = open_store()
    assert again.count() == 2_000
    assert again.search(ReadQuery(parse_pattern(MARKER), NOON - 2 * HOUR, NOON + HOUR), LIMITS).rows == ()
    again.purge()
    assert not files_with(reads_path, MARKER)
    assert again.count() == 2_000


def test_reads_come_in_while_others_are_purged(open_store):
    store = open_store()
    store.append([a_batch(*[a_read(key, captured_at=NOON - HOUR) for key in range(100)])])
    store.hide(NOON)
    store.append([a_batch(a_read(1_000), a_read(1_001, captured_at=NOON - MILLISECOND))])
    assert store.count() == 1
    assert store.purge().reads == 101
    assert store.count() == 1


def test_a_damaged_second_way_hides_no_read_and_is_made_anew(reads_path, open_store):
    store = open_store()
    store.append([a_batch(*[a_read(key, captured_at=NOON + key * MILLISECOND) for key in range(100)])])
    store.close()
    damaged = [file for file in reads_path.glob("store/*/*/*/by_*.proj/*") if file.is_file()]
    assert damaged
    for file in damaged:
        with file.open("r+b") as opened:
            opened.truncate(file.stat().st_size // 2)

    store = open_store()

    query = ReadQuery(EVERY_PLATE, NOON - HOUR, NOON + HOUR, camera_ids=("north",))
    assert len(store.search(query, LIMITS).rows) == 100
    assert [count.reads for count in store.daily_counts(["north"], NOON.date(), NOON.date())] == [100]
    store.merge()
    store.purge()  # waits for what is being made anew
    assert store._appender._session.query("parts_to_mend") == [(0,)]


def test_reads_come_in_beside_a_store_of_another_name(reads_path, open_store):
    """Cut-offs are a database's own."""
    store, other = open_store(), open_store(database="other")
    for one in (store, other):
        one.append([a_batch(a_read(1, captured_at=NOON - HOUR))])
    store.hide(NOON)
    assert (store.count(), other.count()) == (0, 1)
