"""Samples and figures: drawn by a seed that the commissioner gives, with denominators and intervals."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent, record
from turnpike.oversight import figures, sampling
from turnpike.oversight.drawing import drawn
from turnpike.oversight.figures import count_figures
from turnpike.oversight.intervals import Share, wilson
from turnpike.oversight.sampling import draw_sample

# ---- intervals


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    # Source: R 4.3, prop.test(count, of, correct = FALSE)$conf.int, as reckoned by hand from Wilson's formula.
    [(2, 20, 0.0278665, 0.3010336), (0, 10, 0.0, 0.2775328), (10, 10, 0.7224672, 1.0), (50, 100, 0.4038315, 0.5961685)],
)  # fmt: skip
def test_wilson_s_interval(count, of, low, high):
    assert wilson(count, of) == pytest.approx((low, high), abs=1e-6)


@given(st.integers(1, 10**6).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_holds_its_share_and_mirrors(told):
    count, of = told
    low, high = wilson(count, of)
    assert 0 <= low <= count / of <= high <= 1
    assert wilson(of - count, of) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_of_nothing_nothing_is_known_and_of_all_all():
    assert (Share(0, 0).share, Share(0, 0).low, Share(0, 0).high) == (None, 0.0, 1.0)
    assert (Share(1, 4, is_whole=True).low, Share(1, 4, is_whole=True).high) == (0.25, 0.25)
    with pytest.raises(ValueError, match="some of what there is"):
        Share(3, 2)


# ---- drawing


@given(st.text(max_size=20), st.integers(0, 50), st.integers(0, 60))
def test_a_seed_draws_each_once_and_always_the_same(seed, start, span):
    found = list(drawn(seed, start, start + span))
    assert sorted(found) == list(range(start, start + span))
    assert found == list(drawn(seed, start, start + span))


def test_it_draws_what_the_page_s_own_line_draws():
    line = "from hashlib import sha256; print([int.from_bytes(sha256(f'SEED:{n}'.encode()).digest(), 'big') % 1000 for n in range(20)])"
    told = subprocess.run([sys.executable, "-I", "-c", line], capture_output=True, text=True, check=True)
    first = list(dict.fromkeys(int(part) for part in told.stdout.strip("[]\n").split(", ")))
    ours = drawn("SEED", 0, 1000)
    assert [next(ours) for _ in first] == first


# ---- samples


@pytest.fixture
def written(people):
    """120 entries, a third of them searches."""
    for number in range(40):
        record(
            AuditEvent.SEARCH_INTENDED,
            actor="pat",
            details={
                "pattern": "AB12CDE",
                "purpose": "stolen_vehicle",
                "reason": f"He saw ab12 cde, no {number}",
            },
        )
        record(AuditEvent.SEARCH_RETURNED, actor="pat", details={"returned": number % 2})
        record(AuditEvent.SIGNED_OUT, actor="kim")
    return ledger.state().size


@pytest.mark.django_db
def test_a_sample_is_the_seed_s_and_can_be_drawn_again(people, written):
    first = draw_sample(people.commissioner, "three dice: 4 1 6", how_many=10)
    assert (first.size, first.drawn, len(first.entries)) == (written, 10, 10)
    assert ledger.state().size == written + 1
    again = draw_sample(people.commissioner, "three dice: 4 1 6", how_many=10, size=first.size)
    assert [entry.index for entry in again.entries] == [entry.index for entry in first.entries]
    rule = drawn("three dice: 4 1 6", 0, written)
    assert [entry.index for entry in first.entries] == [next(rule) for _ in range(10)]
    other = draw_sample(people.commissioner, "another", how_many=10, size=first.size)
    assert [entry.index for entry in other.entries] != [entry.index for entry in first.entries]


@pytest.mark.django_db
def test_of_a_kind_no_entry_is_passed_over_and_the_share_is_told(people, written):
    found = draw_sample(
        people.commissioner, "s", how_many=5, kind="consultation.search_intended", size=written
    )
    rule, opened = drawn("s", 0, written), 0
    wanted: list[int] = []
    while len(wanted) < 5:
        (entry,) = ledger.opened_at((next(rule),))
        opened += 1
        if entry.event is AuditEvent.SEARCH_INTENDED:
            wanted.append(entry.index)
    assert ([entry.index for entry in found.entries], found.drawn) == (wanted, opened)
    assert (found.share.count, found.share.of) == (5, opened)


@pytest.mark.django_db
def test_work_is_bounded(people, written, monkeypatch):
    monkeypatch.setattr(sampling, "MOST_DRAWN", 30)
    found = draw_sample(people.commissioner, "s", how_many=100, kind="erasure")
    assert (found.drawn, found.entries) == (30, ())


@pytest.mark.django_db
def test_the_page_hides_plates_and_its_entry_shows_them(client, people, written):
    client.force_login(people.commissioner)
    page = client.get(
        "/commissioner/sample/", {"seed": "s", "how_many": "60", "kind": "consultation.search_intended"}
    ).content.decode()
    assert "Drawn with the seed" in page
    assert "•••••••" in page
    assert "AB12" not in page
    assert "ab12 cde" not in page
    assert "stolen vehicle" in page
    look = ledger.entries(limit=1)[0]
    assert (look.event, look.details["seed"]) == (AuditEvent.LOG_SAMPLED, "s")
    index = next(
        ledger.opened_at((i,))[0].index
        for i in range(written)
        if ledger.opened_at((i,))[0].event is AuditEvent.SEARCH_INTENDED
    )
    assert "AB12CDE" in client.get(f"/log/{index}/").content.decode()
    assert ledger.entries(limit=1)[0].event is AuditEvent.LEDGER_VIEWED


@pytest.mark.django_db
def test_what_was_judged_is_told_with_its_interval(client, people):
    client.force_login(people.commissioner)
    page = client.get("/commissioner/statistics/", {"amiss": "2", "of": "20"}).content.decode()
    assert "10.0%." in page
    assert "2.8% to 30.1%" in page
    assert (
        "correct one of them"
        in client.get("/commissioner/statistics/", {"amiss": "3", "of": "2"}).content.decode()
    )


# ---- figures


@pytest.mark.django_db
def test_a_short_log_is_counted_whole(people, written):
    counted = count_figures(people.commissioner, "s", size=written)
    assert counted.is_whole
    kinds, let_through, purposes, found, outcomes = counted.tables
    assert (kinds.denominator, kinds.figures[0].share.count) == (written, 80)
    assert (let_through.denominator, let_through.figures[0].share.count) == (40, 40)
    assert {figure.what: figure.share.count for figure in purposes.figures if figure.share.count} == {
        "Recover a stolen vehicle": 40
    }
    assert [figure.share.count for figure in found.figures] == [20, 20, 0, 0]
    assert outcomes.denominator == 0
    look = ledger.entries(limit=1)[0]
    assert (look.event, look.details["counted_only"]) == (AuditEvent.LOG_SAMPLED, True)


@pytest.mark.django_db
def test_a_long_one_is_drawn_from_and_its_intervals_hold_the_truth(people, written, monkeypatch):
    monkeypatch.setattr(figures, "MOST_COUNTED", 60)
    truth = 80 / written
    for seed in ("a", "b", "c"):
        counted = count_figures(people.commissioner, seed, size=written)
        assert (counted.counted, counted.is_whole) == (60, False)
        share = counted.tables[0].figures[0].share
        assert share.of == 60
        assert share.low < truth < share.high


@pytest.mark.django_db
def test_the_page_names_its_denominators(client, people, written):
    client.force_login(people.commissioner)
    page = client.get("/commissioner/statistics/", {"seed": "s", "size": written}).content.decode()
    assert "Everything was counted" in page
    assert 'Of <span class="tp-numeric">40</span> searches that were let through' in page
    assert "No requests whose outcome was told in those days." in page
    assert "AB12" not in page
