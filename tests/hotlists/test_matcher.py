"""The matcher against an oracle that knows nothing of skeletons, arrays or bisection."""

from __future__ import annotations

import threading
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hotlists.packing import LATER, NOW, Wanted, oracle, table

from turnpike.hotlists import matcher as matching_packed
from turnpike.hotlists.services import Match, Matcher, MatchKind
from turnpike.plates.services import confusable_variants

# Few characters, nearly all confusable and in chains (6-G-C, U-V-Y), so that near matches are common.
PLATES = (
    st.text("06GCDOQ1ILUVYX", min_size=1, max_size=4)
    | st.text("AB1I0OX", min_size=15, max_size=16)
    | st.text("0OX", min_size=7, max_size=9)
)
WEED_INSTANTS = st.sampled_from([NOW - timedelta(days=1), NOW, NOW + timedelta(microseconds=1), LATER])
ROWS = st.tuples(PLATES, WEED_INSTANTS)


@given(st.lists(ROWS, max_size=30), st.lists(PLATES, max_size=30))
def test_agrees_with_the_oracle(rows, plates):
    entries = [Wanted(number, *row) for number, row in enumerate(rows)]
    assert list(Matcher(table(entries)).match(plates, now=NOW)) == oracle(entries, plates)


# A change is: authorise or replace an entry's plate and weed date, end it (None), or pack anew.
CHANGES = st.lists(
    st.just("compact") | st.dictionaries(st.integers(0, 12), st.none() | ROWS, max_size=4), max_size=12
)


@settings(deadline=None, max_examples=60)  # a dozen changes, and the machine may be busy
@given(st.lists(ROWS, max_size=8), CHANGES, st.lists(PLATES, min_size=1, max_size=20))
def test_agrees_with_the_oracle_after_any_changes(rows, changes, plates):
    entries = {number: Wanted(number, *row) for number, row in enumerate(rows)}
    matcher = Matcher(table(entries.values()))
    for change in changes:
        before, expected = matcher, oracle(entries.values(), plates)
        if change == "compact":
            matcher = matcher.compacted()
        else:
            for number, row in change.items():
                entries.pop(number, None)
                if row is not None:
                    entries[number] = Wanted(number, *row)
            fresh = table(entries[number] for number in change if number in entries)
            matcher = matcher.with_changes(fresh, np.array(list(change), np.int64))
        assert list(matcher.match(plates, now=NOW)) == oracle(entries.values(), plates)
        assert len(matcher) == len(entries)
        assert list(before.match(plates, now=NOW)) == expected, "a matcher that is in use was changed"


@given(PLATES)
def test_every_confusable_variant_of_a_wanted_plate_is_found(plate):
    matcher = Matcher(table([Wanted(7, plate)]))
    variants = sorted(confusable_variants(plate))
    assert matcher.match(variants, now=NOW) == tuple(
        Match(position, 7, MatchKind.NEAR) for position in range(len(variants))
    )


def test_a_long_list_is_matched_as_a_short_one():
    """Long enough for a prefilter of many bytes and for keys that stand far apart."""
    signs = np.frombuffer(b"ABC018IOX", "S1")
    drawn = np.random.default_rng(5).choice(signs, (6_000, 7)).view("S7").ravel()
    plates = [plate.decode() for plate in drawn.tolist()]
    entries = [Wanted(number, plate) for number, plate in enumerate(plates[:5_000])]
    asked = [*plates[4_990:5_200], *sorted(confusable_variants(plates[0]))]
    found = Matcher(table(entries)).match(asked, now=NOW)
    assert list(found) == oracle(entries, asked)
    assert {match.kind for match in found} == set(MatchKind)


@pytest.mark.parametrize(
    ("wanted", "read"),
    [
        ("AB12CDE", "AB12CDF"),  # E and F are not confusable
        ("AB12CDE", "A812CD"),  # a character lost
        ("AB12CDE", "A8I2CDE"),  # two confusable characters
        ("AB16CDE", "AB1CCDE"),  # 6 is taken for G and G for C, yet not 6 for C
        ("AB12CDE", "BA12CDE"),  # transposed
        ("AB12CDE", "ÄB12CDE"),
        ("AB12CDE", "AB12CDE000000000000"),
        ("AB12CDE000000000", "AB12CDE0000000000"),
        ("AB12CDE", "AB12CDE" + " " * 20),
        ("AB12CDE", ""),
    ],
)
def test_what_is_further_away_does_not_match(wanted, read):
    matcher = Matcher(table([Wanted(1, wanted)]))
    for column in ([read], pa.array([read]), pa.array([read]).dictionary_encode()):
        assert matcher.match(column, now=NOW) == ()


@settings(deadline=None)
@given(
    st.lists(st.none() | PLATES | st.text(max_size=20).filter(lambda text: "\0" not in text), max_size=20),
    st.data(),
)
def test_a_column_is_matched_as_its_texts_are(plates, data):
    """Arrow's strings, long or short, of a dictionary, sliced or in chunks, with reads that have no plate."""
    known = [plate for plate in plates if plate and len(plate) <= 16 and plate.isascii() and plate.isalnum()]
    entries = [Wanted(number, plate.upper()) for number, plate in enumerate(known)]
    matcher = Matcher(table(entries))
    expected = oracle(entries, [plate or "" for plate in plates])
    whole = pa.array(plates, pa.string())
    at = data.draw(st.integers(0, len(plates)))
    for column in (
        whole,
        whole.cast(pa.large_string()),
        whole.dictionary_encode(),
        whole.dictionary_encode("encode"),
        pa.concat_arrays([pa.array(["AB12CDE", "X"]), whole, pa.array(["AB12CDE"])]).slice(2, len(plates)),
        pa.chunked_array([whole[:at], whole[at:]], pa.string()),
        pa.chunked_array([], pa.string()) if not plates else whole,
    ):
        assert list(matcher.match(column, now=NOW)) == expected, column.type


@pytest.mark.parametrize("width", [7, 16, 20, 40])
def test_a_numpy_column_is_matched_as_its_texts_are(width):
    matcher = Matcher(table([Wanted(1, "AB12CDE"), Wanted(2, "AB12CDE000000000")]))
    plates = ["AB12CDE", "A812CDE", "ZZ99ZZZ", "AB12CDE000000000", "AB12CDE0000000000"]
    asked = [plate for plate in plates if len(plate) <= width]
    found = matcher.match(np.array(asked, f"S{width}"), now=NOW)
    assert list(found) == oracle([Wanted(1, "AB12CDE"), Wanted(2, "AB12CDE000000000")], asked)
    assert len(found) >= 2


def test_one_plate_on_two_lists_is_found_twice():
    matcher = Matcher(table([Wanted(1, "AB12CDE"), Wanted(2, "AB12CDE")]))
    assert [match.entry_id for match in matcher.match(["AB12CDE"], now=NOW)] == [1, 2]


def test_without_entries_or_reads_there_is_nothing():
    assert Matcher(table([])).match(["AB12CDE"], now=NOW) == ()
    assert Matcher(table([Wanted(1, "AB12CDE")])).match([], now=NOW) == ()


def test_two_plates_of_one_key_are_told_apart(monkeypatch):
    """A hash may meet; then only the characters decide."""
    from turnpike.hotlists import entry_table, plate_columns

    def one_for_all(words):
        return np.full(len(words), 7, np.uint64)

    monkeypatch.setattr(plate_columns, "keys_of", one_for_all)
    monkeypatch.setattr(entry_table, "keys_of", one_for_all)
    entries = [Wanted(1, "AB12CDE"), Wanted(2, "ZZ99ZZZ"), Wanted(3, "A812CDE")]
    asked = ["AB12CDE", "QQ11QQQ", "ZZ99ZZZ"]
    assert list(Matcher(table(entries)).match(asked, now=NOW)) == oracle(entries, asked)


def test_many_changes_ask_for_packing_anew(monkeypatch):
    monkeypatch.setattr(matching_packed, "MOST_CHANGES", 2)
    matcher = Matcher(table(Wanted(number, f"AB1{number}") for number in range(5)))
    changed = matcher.with_changes(table([Wanted(9, "X1")]), np.array([9, 1]))
    assert not changed.is_overgrown
    overgrown = changed.with_changes(table([]), np.array([2]))
    assert overgrown.is_overgrown
    assert not overgrown.compacted().is_overgrown
    assert len(overgrown.compacted()) == len(overgrown) == 4


def test_a_matcher_may_be_used_by_any_thread_while_it_is_replaced():
    """Of an entry that moves from plate to plate, each look finds exactly one: never none, never two."""
    plates = [f"AB{number:02d}XXX" for number in range(50)]
    others = [Wanted(100 + number, f"CD{number:04d}") for number in range(500)]
    held = [Matcher(table([Wanted(1, plates[0]), *others]))]
    seen: list[int] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            seen.append(len(held[0].match(plates, now=NOW)))

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    for plate in plates * 4:
        held[0] = held[0].with_changes(table([Wanted(1, plate)]), np.array([1]))
        if plate.endswith("5XXX"):
            held[0] = held[0].compacted()
    stop.set()
    for reader in readers:
        reader.join()
    assert set(seen) == {1}


def test_what_lies_under_a_missing_plate_does_not_match():
    """Arrow lets anything stand where a value is missing."""
    whole = pa.array(["AB12CDE", "AB12CDE"])
    hidden = pa.Array.from_buffers(pa.string(), 2, [pa.py_buffer(b"\x02"), *whole.buffers()[1:]])
    assert hidden.to_pylist() == [None, "AB12CDE"]
    found = Matcher(table([Wanted(1, "AB12CDE")])).match(hidden, now=NOW)
    assert [match.position for match in found] == [1]
