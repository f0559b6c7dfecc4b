"""The verdict follows the exact interval's ends, and never gets worse by a plate that was read right."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnpike.evaluation.rates import Demand, Rate, Standing, verdict_of
from turnpike.evaluation.services import verdict_sentence
from turnpike.evaluation.words import interval, percent
from turnpike.exact_intervals import chance_of_at_least, exact_interval

ROOT = Path(__file__).resolve().parents[2]
ORDER = [Standing.FAILS, Standing.TOO_FEW, Standing.MEETS]
COUNTED = st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))
LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.99])
FEW = settings(max_examples=40)
SHARES = st.floats(0.05, 0.995)


@FEW
@given(COUNTED, SHARES)
def test_the_chance_of_at_least_is_the_sum_of_its_terms(counted, share):
    count, of = counted
    terms = sum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(count, of + 1))
    assert math.isclose(chance_of_at_least(count, of, share), terms, rel_tol=1e-6, abs_tol=1e-12)


@FEW
@given(COUNTED, st.sampled_from([(0.8, 0.9), (0.9, 0.95), (0.95, 0.99)]))
def test_to_be_surer_widens_the_interval(counted, levels):
    count, of = counted
    (low, high), (lower, higher) = (exact_interval(count, of, level) for level in levels)
    assert lower <= low <= high <= higher


@pytest.mark.parametrize("level", [0.0, 1.0, 1.5])
def test_a_level_is_a_share(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        exact_interval(1, 2, level)


@FEW
@given(COUNTED, SHARES, LEVELS)
def test_each_rate_is_judged_by_its_interval_s_ends(counted, demand, level):
    count, of = counted
    low, high = exact_interval(count, of, level)
    judged = verdict_of(of, count, count, Demand(demand, 0.01, level)).captured
    if min(abs(low - demand), abs(high - demand)) > 1e-9:
        expected = Standing.MEETS if low >= demand else Standing.FAILS if high < demand else Standing.TOO_FEW
        assert judged.standing is expected


@FEW
@given(COUNTED, SHARES, LEVELS)
def test_a_plate_more_that_was_read_right_never_makes_it_worse(counted, demand, level):
    count, of = counted
    asked = Demand(0.01, demand, level)
    before = verdict_of(of + 1, of, count, asked).read.standing
    after = verdict_of(of + 1, of + 1, count + 1, asked).read.standing
    assert ORDER.index(after) >= ORDER.index(before)


@FEW
@given(COUNTED, SHARES)
def test_a_higher_demand_is_never_met_more_easily(counted, demand):
    count, of = counted
    lower, higher = (verdict_of(of, count, count, Demand(d, 0.01)) for d in (demand * 0.9, demand))
    assert ORDER.index(higher.captured.standing) <= ORDER.index(lower.captured.standing)


@FEW
@given(COUNTED)
def test_the_plates_that_are_said_to_be_needed_are_enough(counted):
    count, of = counted
    judged = verdict_of(of, count, count, Demand(0.98, 0.01)).captured
    if judged.more is None:
        return
    number, share = of + judged.more, count / of
    supposed = min(number, math.floor(share * number + 1e-9) if share >= 0.98 else math.ceil(share * number))
    assert (
        verdict_of(number, supposed, supposed, Demand(0.98, 0.01)).captured.standing is not Standing.TOO_FEW
    )


def test_how_many_plates_a_verdict_takes():
    # Source of the figures: of n without a failure, the rule 0.025^(1/n) >= 0.98, and of 0.95.
    assert verdict_of(183, 183, 183, Demand()).standing is Standing.MEETS
    assert verdict_of(182, 182, 182, Demand()).standing is Standing.TOO_FEW
    nothing = verdict_of(0, 0, 0, Demand())
    assert (nothing.standing, nothing.captured.more, nothing.read.more) == (Standing.TOO_FEW, 183, 72)
    assert nothing.more_plates == 190
    # Exactly what is asked for can never be told from a little less.
    assert verdict_of(100, 98, 98, Demand()).more_plates is None


def test_one_demand_that_is_missed_is_enough():
    verdict = verdict_of(1000, 999, 900, Demand())
    assert verdict.captured.standing is Standing.MEETS
    assert verdict.read.standing is verdict.standing is Standing.FAILS


def test_a_verdict_says_why_in_words():
    assert "even the least that these figures allow, 98.6 %, reaches that" in verdict_sentence(
        verdict_of(1000, 994, 990, Demand()), 0.95
    )
    assert "even the most that these figures allow, 92.4 %, is less" in verdict_sentence(
        verdict_of(1000, 999, 905, Demand()), 0.95
    )
    told = verdict_sentence(verdict_of(108, 104, 101, Demand()), 0.95)
    assert "allow anything from 90.7 % to 99.0 %" in told
    assert "About 330 more labelled plates are needed" in told
    assert "No plate has its text labelled" in verdict_sentence(verdict_of(0, 0, 0, Demand()), 0.95)


@FEW
@given(COUNTED)
def test_shares_are_never_rounded_to_all_or_none(counted):
    count, of = counted
    text = percent(count / of)
    assert (text == "100.0 %") == (count == of)
    assert (text == "0.0 %") == (count == 0)
    low, high = (
        float(part) for part in interval(Rate.counted(count, of, 0.95)).replace(" %", "").split(" to ")
    )
    assert low <= 100 * count / of <= high


@pytest.mark.parametrize(
    ("heading", "demand", "rows"), [("Captured, of", 0.98, 7), ("Read right, of", 0.95, 4)]
)
def test_the_guide_s_tables_say_what_is_judged(heading, demand, rows):
    """Each row `| 49 of 50 | … |` of docs/guides/evaluate.md."""
    guide = (ROOT / "docs" / "guides" / "evaluate.md").read_text()
    table = guide.partition(f"| {heading}")[2].partition("\n\n")[0]
    found = re.findall(r"^\| ([\d,]+) of ([\d,]+) \| (.+) \|$", table, re.MULTILINE)
    assert len(found) == rows
    for count, of, said in found:
        counted, number = int(count.replace(",", "")), int(of.replace(",", ""))
        standing = verdict_of(number, counted, counted, Demand(demand, 0.01)).captured.standing
        assert {
            "meets": "meets",
            "does not meet": "does not meet",
            "too few plates to tell": "too few to tell",
        }[standing] in said
        assert (standing is Standing.MEETS) == ("meets" in said)
