"""The matcher against an oracle that knows nothing of skeletons, arrays or bisection."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.hotlists.services import Match, Matcher, MatchKind, Wanted
from turnpike.plates.services import confusable_variants

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)

# Few characters, nearly all confusable and in chains (6-G-C, U-V-Y), so that near matches are common.
PLATES = st.text("06GCDOQ1ILUVYX", min_size=1, max_size=4) | st.text("AB1I0OX", min_size=15, max_size=16)
WEED_INSTANTS = st.sampled_from([NOW - timedelta(days=1), NOW, NOW + timedelta(microseconds=1), LATER])


def oracle(entries: list[Wanted], plates: list[str], now: datetime) -> set[Match]:
    found = set()
    for position, plate in enumerate(plates):
        for wanted in entries:
            if wanted.weed_at <= now:
                continue
            if wanted.plate == plate:
                found.add(Match(position, wanted.entry_id, MatchKind.EXACT))
            elif plate in confusable_variants(wanted.plate):
                found.add(Match(position, wanted.entry_id, MatchKind.NEAR))
    return found


@given(st.lists(st.tuples(PLATES, WEED_INSTANTS), max_size=30), st.lists(PLATES, max_size=30))
def test_agrees_with_the_oracle(rows, plates):
    entries = [Wanted(number, plate, weed_at) for number, (plate, weed_at) in enumerate(rows)]
    found = Matcher(entries).match(plates, now=NOW)
    assert len(found) == len(set(found))
    assert set(found) == oracle(entries, plates, NOW)
    assert [match.position for match in found] == sorted(match.position for match in found)


@given(PLATES)
def test_every_confusable_variant_of_a_wanted_plate_is_found(plate):
    matcher = Matcher([Wanted(7, plate, LATER)])
    variants = sorted(confusable_variants(plate))
    assert matcher.match(variants, now=NOW) == tuple(
        Match(position, 7, MatchKind.NEAR) for position in range(len(variants))
    )


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
        ("AB12CDE", ""),
    ],
)
def test_what_is_further_away_does_not_match(wanted, read):
    assert Matcher([Wanted(1, wanted, LATER)]).match([read], now=NOW) == ()


def test_one_plate_on_two_lists_is_found_twice():
    matcher = Matcher([Wanted(1, "AB12CDE", LATER), Wanted(2, "AB12CDE", LATER)])
    assert {match.entry_id for match in matcher.match(["AB12CDE"], now=NOW)} == {1, 2}


def test_without_entries_or_reads_there_is_nothing():
    assert Matcher([]).match(["AB12CDE"], now=NOW) == ()
    assert Matcher([Wanted(1, "AB12CDE", LATER)]).match([], now=NOW) == ()
