"""The figures and rules of health, over made-up streams: nothing here touches the records."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cameras.listening import Listening

from turnpike.cameras.delays import NONE, SAMPLED, quantile_ms, sample
from turnpike.cameras.figuring import figures
from turnpike.cameras.health import AlarmKind, Holding, Limits, Verdict, judged, told_at_ms
from turnpike.cameras.rhythm import LEAST_LEARNT, Rhythm
from turnpike.cameras.together import Spell, Traits, gathered, joins, shared

GATE = "gate"


def seen(world: Listening, *closed: str):
    return figures(world.ear, world.ms, set(world.ear.index) - set(closed))


def verdicts(world: Listening, silent_since_ms: int = 0):
    since = np.full(len(world.ear.index), silent_since_ms, np.int64)
    return judged(seen(world), Limits(), world.ms, since)


def heard(**sent) -> Listening:
    """An hour of one camera with ten reads a minute."""
    world = Listening()
    world.minutes(60, lambda: world.send(GATE, 10, **sent), judged=False)
    return world


@given(st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(-(10**9), 10**9)), min_size=1), max_size=6))
def test_few_delays_are_kept_as_they_are(batches):
    """Up to so many of a camera none is lost, in whatever batches they come, and none is another camera's."""
    kept, before = np.full((3, SAMPLED), NONE, np.int32), np.zeros(3, np.int64)
    sent = [pair for batch in batches for pair in batch]
    for batch in batches:
        rows, delays = (np.array(column, np.int64) for column in zip(*batch, strict=True))
        sample(kept, rows, delays, before, np.random.default_rng(1))
        before += np.bincount(rows, minlength=3)
    for row in range(3):
        own = sorted(delay for camera, delay in sent if camera == row)
        told = sorted(kept[row][kept[row] != NONE].tolist())
        assert len(told) == min(len(own), SAMPLED)
        assert set(told) <= set(own)
        if len(own) <= SAMPLED:
            assert told == own


def test_a_sample_is_even_over_all_that_came():
    """The mean place of what stays of a thousand is their middle, and both quantiles are near."""
    means, lows = [], []
    for seed in range(200):
        kept, before = np.full((1, SAMPLED), NONE, np.int32), np.zeros(1, np.int64)
        chance = np.random.default_rng(seed)
        for batch in np.split(np.arange(1000), 20):
            sample(kept, np.zeros(50, np.int64), batch, before, chance)
            before += 50
        means.append(kept.mean())
        lows.append(quantile_ms(kept, 0.05, 10)[0])
    assert np.mean(means) == pytest.approx(500, abs=12)
    assert np.mean(lows) == pytest.approx(70, abs=25)


def test_too_few_samples_have_no_quantile():
    kept = np.full((1, SAMPLED), NONE, np.int32)
    kept[0, :9] = 5
    assert np.isnan(quantile_ms(kept, 0.5, 10))[0]
    kept[0, 9] = 5
    assert quantile_ms(kept, 0.5, 10)[0] == 5


@pytest.mark.parametrize("error_s", [-3600, -40, 7, 45, 3600])
def test_a_wrong_clock_is_told_with_its_sign(error_s):
    world = heard(delay_ms=lambda at: 600 + 90 * at - 1000 * error_s)
    told = float(seen(world).clock_error_ms[0]) / 1000
    assert told == pytest.approx(error_s, rel=0.15, abs=1.0)
    assert verdicts(world)[AlarmKind.CLOCK].over[0]
    assert not verdicts(world)[AlarmKind.LATE].over[0]


def test_a_slow_way_is_late_and_no_wrong_clock():
    world = heard(delay_ms=lambda at: 2_000 + 40_000 * at)
    assert verdicts(world)[AlarmKind.LATE].over[0]
    assert not verdicts(world)[AlarmKind.CLOCK].over[0]


def test_a_right_clock_with_a_usual_way_is_clear_of_both():
    world = heard(delay_ms=lambda at: 300 + 150 * at)
    for kind in (AlarmKind.CLOCK, AlarmKind.LATE):
        assert verdicts(world)[kind].clear[0]


def test_a_backlog_sent_at_once_does_not_make_a_clock_wrong():
    world = Listening()

    def sent() -> None:
        late = world.now.minute in range(20, 25)
        world.send(GATE, 10, delay_ms=(lambda at: 900_000 - 90_000 * at) if late else 700)

    world.minutes(60, sent, judged=False)
    assert not verdicts(world)[AlarmKind.CLOCK].over[0]


def test_reads_put_aside_for_their_time_are_a_clock():
    world = Listening()
    world.minutes(20, lambda: world.sign(GATE, aside=3, aside_for_time=3), judged=False)
    assert verdicts(world)[AlarmKind.CLOCK].over[0]


def test_too_few_reads_are_judged_by_no_rule():
    world = Listening()
    world.minutes(1, lambda: world.send(GATE, 9, delay_ms=10_000_000, confidence=0.1), judged=False)
    for kind, verdict in verdicts(world).items():
        assert not verdict.over[0], kind
        assert not (verdict.clear[0] and kind is not AlarmKind.SILENT), kind
    assert np.isnan(seen(world).delay_ms[0])
    assert np.isnan(seen(world).confidence[0])


def test_unsure_is_told_by_its_own_usual():
    for usual, over in ((0.9, True), (0.72, False)):
        world = Listening()
        world.usual({GATE: 600}, confidence=usual)
        for _ in range(30):
            world.send(GATE, 10, confidence=0.7)
            world.minutes(1, judged=False)
        assert bool(verdicts(world)[AlarmKind.UNSURE].over[0]) is over
        assert bool(verdicts(world)[AlarmKind.UNSURE].clear[0]) is not over


@pytest.mark.parametrize(
    ("a_minute", "usual", "over", "clear"),
    [(2, 600, True, False), (3, 600, False, False), (6, 600, False, True), (10, 600, False, True), (0.2, 50, False, False)],
)  # fmt: skip
def test_far_fewer_reads_than_usual_are_told_by_its_own_usual(a_minute, usual, over, clear):
    world = Listening()
    world.usual({GATE: usual})
    sent = iter(range(60))
    world.minutes(60, lambda: world.send(GATE, int(a_minute) or next(sent) % 5 // 4), judged=False)
    verdict = verdicts(world)[AlarmKind.FEW]
    assert (bool(verdict.over[0]), bool(verdict.clear[0])) == (over, clear)


def test_a_camera_that_is_silent_or_was_is_not_told_of_as_one_that_reads_few():
    """Half an hour of silence: neither then nor once it reads again does the alarm of few reads begin."""
    world, holding = Listening(), Holding()
    begun: list[bool] = []
    world.usual({GATE: 600})

    def judge() -> None:
        silent_ms = world.ms if world.now.minute in range(15, 45) else 0
        verdict = verdicts(world, silent_ms)[AlarmKind.FEW]
        begun.extend(holding.step(AlarmKind.FEW, verdict, np.array([False]))[0])

    world.minutes(5, lambda: world.send(GATE, 10), judged=False)
    for _ in range(35):
        world.minutes(1, judged=False)
        judge()
    for _ in range(60):
        world.send(GATE, 10)
        world.minutes(1, judged=False)
        judge()
    assert not any(begun)


def test_plates_left_unread_are_told_by_their_usual_share():
    for usual, over in ((0.05, True), (0.45, False)):
        world = Listening()
        world.usual({GATE: 600}, unread=usual)

        def sent(w=world) -> None:
            w.send(GATE, 5)
            w.sign(GATE, unread=4)

        world.minutes(30, sent, judged=False)
        assert float(seen(world).unread_share[0]) == pytest.approx(4 / 9)
        assert bool(verdicts(world)[AlarmKind.UNREAD].over[0]) is over


def test_a_camera_is_silent_by_its_own_usual():
    world = Listening()
    world.usual({"busy": 600, "quiet": 6})
    for _ in range(5):
        world.minutes(1, judged=False)
        for one in ("busy", "quiet"):
            world.send(one, 2)
    world.minutes(9, judged=False)
    assert not verdicts(world)[AlarmKind.SILENT].over.any(), "not sooner than the setting says"
    world.minutes(2, judged=False)
    assert verdicts(world)[AlarmKind.SILENT].over.tolist() == [True, False]
    world.minutes(4 * 60, judged=False)
    assert verdicts(world)[AlarmKind.SILENT].over.tolist() == [True, True]


def test_a_heartbeat_does_not_hide_that_nothing_is_read():
    world = Listening()
    world.usual({GATE: 600})
    world.minutes(5, lambda: world.send(GATE, 10), judged=False)
    world.minutes(30, lambda: world.sign(GATE), judged=False)
    assert verdicts(world)[AlarmKind.SILENT].over[0]


def test_what_this_centre_did_not_hear_is_nobodys_silence():
    world = Listening()
    world.usual({GATE: 600})
    world.ear.remember(GATE, read_ms=world.ms - 5 * 3_600_000)
    world.minutes(9, judged=False)
    assert not verdicts(world)[AlarmKind.SILENT].over[0]
    world.minutes(3, judged=False)
    assert verdicts(world)[AlarmKind.SILENT].over[0]


def test_a_camera_that_was_never_heard_is_not_silent():
    world = Listening()
    world.usual({GATE: 600})
    world.minutes(120, judged=False)
    assert not verdicts(world)[AlarmKind.SILENT].over[0]


def test_a_closed_camera_has_nothing_wrong():
    world = heard(delay_ms=3_600_000)
    word = judged(seen(world, GATE), Limits(), world.ms, np.zeros(1, np.int64))
    assert all(not verdict.over[0] and verdict.clear[0] for verdict in word.values())


def test_the_time_of_few_reads_is_told_by_the_day():
    world = Listening()
    world.minutes(1, lambda: world.send(GATE, 3), judged=False)
    (told,) = told_at_ms(seen(world)).tolist()
    midnight = (world.now + timedelta(days=1)).replace(hour=0, minute=0)
    assert told == round(midnight.timestamp() * 1000)
    world.minutes(1, lambda: world.send(GATE, 9), judged=False)
    assert told_at_ms(seen(world))[0] == world.ms


def test_an_alarm_begins_and_ends_once_and_not_while_it_is_between():
    holding, off = Holding(), np.array([False])
    over, clear, between = (
        Verdict(np.array([a]), np.array([b])) for a, b in ((True, False), (False, True), (False, False))
    )
    assert [bool(holding.step(AlarmKind.SILENT, over, off)[0][0]) for _ in range(2)] == [False, True]
    on = np.array([True])
    assert not any(part.any() for part in holding.step(AlarmKind.SILENT, between, on))
    assert not holding.step(AlarmKind.SILENT, clear, on)[1][0]
    assert holding.step(AlarmKind.SILENT, clear, on)[1][0]
    # One minute between breaks the row.
    holding.step(AlarmKind.SILENT, over, off)
    holding.step(AlarmKind.SILENT, between, off)
    assert not holding.step(AlarmKind.SILENT, over, off)[0][0]


def test_the_usual_is_the_median_of_four_weeks():
    rhythm = Rhythm()
    rhythm.grow(1)
    for week, reads in enumerate([100, 0, 110, 104]):
        rhythm.learn(168 * week + 7, np.array([reads]), np.array([0.9]), np.array([0]))
    assert rhythm.usual(168 * 9 + 7)[0] == 102
    assert np.isnan(rhythm.usual(8)[0])
    rhythm.learn(168 * 4 + 7, np.array([-1]), np.array([0.0]), np.array([0]))
    assert rhythm.usual(7)[0] == 102


@given(st.integers(0, 10**7), st.integers(1, 40 * 3_600_000), st.integers(0, 5_000))
def test_what_is_expected_grows_evenly_with_time(start_s, span_ms, reads):
    rhythm = Rhythm()
    rhythm.grow(1)
    rhythm.counts[:] = reads
    rhythm.refresh()
    begin = start_s * 1000
    expected = rhythm.expected(np.array([begin]), begin + span_ms)[0]
    assert expected == pytest.approx(reads * span_ms / 3_600_000, rel=1e-6)


def test_an_hour_becomes_usual_only_if_it_was_heard_whole():
    world = Listening()
    world.minutes(119, lambda: world.send(GATE, 3), judged=False)
    world.now += timedelta(minutes=31)  # the machine slept
    world.minutes(31, lambda: world.send(GATE, 3), judged=False)
    usual = [float(world.ear.rhythm.usual(world.ms // 3_600_000 - back)[0]) for back in (3, 2, 1)]
    assert usual[0] == 3 * 59 or usual[0] == 3 * 60
    assert np.isnan(usual[1])
    assert float(world.ear.rhythm.confidence[0, 8]) == pytest.approx(0.9)


def test_an_hour_of_silence_under_alarm_does_not_become_usual():
    world = Listening()
    world.usual({GATE: 600})
    world.send(GATE, 1)
    world.ear.take_in(world.ms)
    world.ear.mark_silent(np.array([True]))
    world.minutes(180, judged=False)
    assert world.ear.rhythm.usual(world.ms // 3_600_000 - 1)[0] == 600
    assert LEAST_LEARNT > 1


def spells(*spans: tuple[int, int]) -> list[Spell]:
    return [Spell(f"c{number}", *span) for number, span in enumerate(spans)]


def test_what_fell_ill_at_one_moment_is_one_group():
    together = spells((100, 200), (150, 900), (160, 170), (90, 165), (160, 161), (500, 600))
    groups, alone = gathered(together)
    assert groups == [("c0", "c1", "c2", "c3", "c4")]
    assert alone == ["c5"]
    assert joins(Spell("late", 120, 160), 160, 161)
    assert not joins(Spell("later", 300, 400), 160, 161)
    assert not joins(Spell("any", 0, 10_000), 160, 90), "a group without a moment is joined by nobody"


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 30)), max_size=120))
def test_every_camera_is_told_once_and_never_by_the_thousand(spans):
    given_ = spells(*((begin, begin + length) for begin, length in spans))
    groups, alone = gathered(given_)
    told = [camera for group in groups for camera in group] + alone
    assert sorted(told) == sorted(spell.camera_id for spell in given_)
    assert len(alone) <= 20
    assert all(len(group) >= 5 for group in groups)


def test_what_they_share_is_named():
    def traits(number: int, **changes) -> Traits:
        facts = {"owner": "County", "controller": "Police", "sender": "turnpike"}
        return Traits(**facts | changes, latitude=50 + number / 10, longitude=0.1)

    register = {f"c{number}": traits(number) for number in range(10)}
    assert shared(list(register), register).startswith("all cameras")
    six = ["c0", "c1", "c2", "c3", "c4", "c5"]
    assert shared(six, register) == "nothing that the register knows"
    owned = register | {one: traits(at, owner="Toll road") for at, one in enumerate(six)}
    assert shared(six, owned) == "they belong to Toll road"
    sent = register | {one: traits(at, sender="hikvision") for at, one in enumerate(six)}
    assert shared(six, sent) == "they send by hikvision"
    near = register | {
        one: Traits("County", "Police", "", 51.5 + at / 1000, 0.1) for at, one in enumerate(six)
    }
    assert "within 5 km" in shared(six, near)
