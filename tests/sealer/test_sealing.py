"""What the sealer can and cannot tell, and how often chance picks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.sealer.budget import Budget, Limits, Verdict
from turnpike.sealer.client import Asked
from turnpike.sealer.errors import SealerFolderError
from turnpike.sealer.key import KEY_FILE, own_key
from turnpike.sealer.messages import Declared, Match, Words
from turnpike.sealer.sealing import AnotherKey, Sealing

plates = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=16)
people = st.text(min_size=1, max_size=12)
OURS = Sealing(bytes(range(32)))
WORDS = Words("household", "self")


def tokens(person, *held, sealing=OURS):
    return {sealing.token(person, plate) for plate in held}


def asked(*looked_at, chance=0.0, scope="me"):
    return Match("me", tuple(looked_at), scope, chance)


def flagged(question, known, picked=()):
    return {question.plates[flag.place] for flag in OURS.match(question, known, picked)}


@given(people, st.lists(plates, max_size=5), st.lists(plates, max_size=8))
def test_exactly_what_was_declared_is_flagged(person, held, looked_at):
    known = {person: tokens(person, *held), "somebody else": set()}
    assert flagged(asked(*looked_at), known) == set(held) & set(looked_at)


@given(people, st.lists(plates, max_size=5), st.lists(plates, min_size=1, max_size=8), st.data())
def test_a_further_relation_never_lets_a_look_through(person, held, looked_at, data):
    more = data.draw(st.sampled_from(looked_at))
    before = flagged(asked(*looked_at, chance=0.1), {person: tokens(person, *held)})
    after = flagged(asked(*looked_at, chance=0.1), {person: tokens(person, *held, more)})
    assert after >= before | {more}


@given(people, people, plates, plates)
def test_a_token_is_of_one_person_and_one_plate(one, other, plate, another):
    assert (OURS.token(one, plate) == OURS.token(other, another)) == ((one, plate) == (other, another))
    assert plate.encode() not in OURS.token(one, plate) or len(plate) < 4


def test_words_open_with_person_and_plate_alone_and_tell_the_authoriser_who_and_what():
    told = Words("family", "shell:standards", "She reported him in March")
    sealed = OURS.seal("pat", "AB12CDE", told)
    mine = Declared(sealed.token, sealed.words)
    (flag,) = OURS.match(asked("XY99ZZZ", "AB12CDE"), {"pat": {mine.token}, "kim": set()})
    assert flag.place == 1
    assert OURS.trace(flag.mark, flag.why) == (mine.token,)
    (reason,) = OURS.tell(flag.mark, flag.why, [mine, Declared(OURS.token("kim", "AB12CDE"), b"")])
    assert (reason.person, reason.words) == ("pat", told)
    assert b"March" not in mine.words + flag.why
    assert b"AB12CDE" not in mine.words + flag.why
    (other,) = OURS.match(asked("XY99ZZZ"), {"pat": tokens("pat", "XY99ZZZ")})
    with pytest.raises(AnotherKey):
        OURS.tell(other.mark, flag.why, [mine])
    with pytest.raises(AnotherKey):
        OURS.tell(other.mark, other.why, [Declared(OURS.token("pat", "XY99ZZZ"), mine.words)])


def test_what_is_kept_has_one_length_whatever_it_says():
    long = Words("family", "shell:standards", "x" * 300)
    assert len(OURS.seal("pat", "AB12CDE", long).words) == len(OURS.seal("pat", "A1", WORDS).words)
    (by_relation,) = OURS.match(asked("AB12CDE"), {"pat": tokens("pat", "AB12CDE")})
    (by_chance,) = OURS.match(asked("AB12CDE", chance=1.0), {"pat": set()})
    assert len(by_relation.why) == len(by_chance.why)
    assert by_relation.mark == by_chance.mark
    assert OURS.trace(by_chance.mark, by_chance.why) == ()
    assert OURS.tell(by_chance.mark, by_chance.why, ()) == ()


def test_what_another_key_sealed_is_refused_and_not_taken_for_nothing():
    lost = Sealing(bytes(32))
    with pytest.raises(AnotherKey):
        OURS.check([*tokens("pat", "XY99ZZZ"), *tokens("pat", "AB12CDE", sealing=lost)])
    OURS.check(sorted(tokens("pat", "XY99ZZZ", "AB12CDE")))


def test_chance_picks_as_often_as_it_is_told_and_the_same_each_time():
    looked_at = [f"AB{number:05d}" for number in range(20_000)]

    def picked(share, *names):
        chances = [
            match.chance for match in Asked("me", dict.fromkeys(names, ()), ["one"], "me", share).questions()
        ]
        return flagged(asked(*looked_at, chance=chances[0]), {name: set() for name in names})

    alone = picked(0.01, "pat")
    assert 150 < len(alone) < 250
    assert picked(0.01, "pat") == alone
    # Among colleagues it is as rare in all, and what was Pat's lot stays hers: a lot comes and goes with its person, as a relation does.
    together = picked(0.01, "pat", "kim", "sam", "alex")
    assert 150 < len(together) < 250
    assert alone & together
    assert together - alone
    assert picked(0.0, "pat", "kim") == set()


def test_a_mark_that_was_picked_before_is_picked_again():
    (first,) = OURS.match(asked("AB12CDE", chance=1.0), {"pat": set()})
    assert flagged(asked("AB12CDE", "XY99ZZZ"), {"pat": set()}, {first.mark}) == {"AB12CDE"}
    assert flagged(asked("AB12CDE", scope="another"), {"pat": set()}, {first.mark}) == set()


def test_the_budget_is_the_askers_and_comes_back_with_time():
    now_s = 0.0
    budget = Budget(Limits(a_minute=100, a_day=250, about_one_a_day=10_000), clock_s=lambda: now_s)

    def takes(asker, plates):
        return budget.take(asker, ["pat", "kim"], plates) is Verdict.WITHIN

    assert takes("pat", 100)
    assert budget.take("pat", [], 1) is Verdict.OVER_BUDGET
    assert takes("kim", 100)
    now_s = 60.0
    assert takes("pat", 100)
    now_s = 120.0
    assert not takes("pat", 51)
    assert takes("pat", 50)
    now_s = 86_400.0
    assert takes("pat", 100)


def test_all_together_have_a_ceiling_about_one_person_and_an_alarm_long_before():
    now_s = 0.0
    budget = Budget(Limits(a_minute=100, a_day=100, about_one_a_day=400), clock_s=lambda: now_s)
    for number in range(2):
        assert budget.take(f"name {number}", ["pat"], 100) is Verdict.WITHIN
    assert budget.alarms(["pat", "kim"]) == ()
    assert budget.take("name 2", ["pat", "kim"], 100) is Verdict.WITHIN
    assert budget.alarms(["kim"]) == ()
    assert budget.alarms(["pat", "kim"]) == ("pat",)
    assert budget.take("name 3", ["pat", "kim"], 100) is Verdict.WITHIN
    assert budget.alarms(["pat", "kim"]) == ()
    assert budget.take("name 4", ["pat"], 1) is Verdict.OVER_CEILING
    assert budget.take("name 4", ["kim"], 1) is Verdict.WITHIN
    now_s = 86_400.0
    assert budget.take("name 4", ["pat"], 100) is Verdict.WITHIN


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path):
    folder = tmp_path / "sealer"
    key = own_key(folder)
    assert len(key) == 32
    assert own_key(folder) == key
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]
    assert (folder / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    (folder / KEY_FILE).chmod(0o640)
    with pytest.raises(SealerFolderError, match="reached by others"):
        own_key(folder)
    (folder / KEY_FILE).chmod(0o600)
    (folder / KEY_FILE).write_bytes(key[:-1])
    with pytest.raises(SealerFolderError, match="not a 32-byte key"):
        own_key(folder)
