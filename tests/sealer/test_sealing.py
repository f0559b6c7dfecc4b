"""What the sealer can and cannot tell, and how often chance picks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.sealer.budget import Budget, Limits
from turnpike.sealer.errors import SealerFolderError
from turnpike.sealer.key import KEY_FILE, own_key
from turnpike.sealer.messages import Concerned, Declared, Match, Words
from turnpike.sealer.sealing import AnotherKey, Sealing

plates = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=16)
people = st.text(min_size=1, max_size=12)
OURS = Sealing(bytes(range(32)))
WORDS = Words("household", "self")


def declared(person, *held, sealing=OURS, words=WORDS):
    sealed = [sealing.seal(person, plate, words) for plate in held]
    return Concerned(person, tuple(Declared(one.token, one.words) for one in sealed))


def flagged(asked):
    return {
        plate for plate, is_flagged in zip(asked.plates, OURS.match(asked).flagged, strict=True) if is_flagged
    }


@given(people, st.lists(plates, max_size=5), st.lists(plates, max_size=8))
def test_exactly_what_was_declared_is_flagged(person, held, looked_at):
    asked = Match((declared(person, *held), declared("somebody else")), tuple(looked_at), "me", 0.0)
    assert flagged(asked) == set(held) & set(looked_at)


@given(people, st.lists(plates, max_size=5), st.lists(plates, min_size=1, max_size=8), st.data())
def test_a_further_relation_never_lets_a_look_through(person, held, looked_at, data):
    more = data.draw(st.sampled_from(looked_at))
    before = flagged(Match((declared(person, *held),), tuple(looked_at), "me", 0.1))
    after = flagged(Match((declared(person, *held, more),), tuple(looked_at), "me", 0.1))
    assert after >= before | {more}


@given(people, people, plates, plates)
def test_a_token_is_of_one_person_and_one_plate(one, other, plate, another):
    assert (OURS.token(one, plate) == OURS.token(other, another)) == ((one, plate) == (other, another))
    assert plate.encode() not in OURS.token(one, plate) or len(plate) < 4


def test_words_open_with_person_and_plate_alone_and_tell_the_authoriser_who_and_what():
    told = Words("family", "shell:standards", "She reported him in March")
    mine = declared("pat", "AB12CDE", words=told)
    matched = OURS.match(Match((mine,), ("AB12CDE", "XY99ZZZ"), "me", 0.0))
    assert (matched.flagged, matched.whys[1]) == ((True, False), b"")
    (reason,) = OURS.tell(matched.marks[0], matched.whys[0])
    assert (reason.person, reason.words) == ("pat", told)
    assert b"March" not in mine.declared[0].words + matched.whys[0]
    with pytest.raises(AnotherKey):
        OURS.tell(matched.marks[1], matched.whys[0])
    moved = Concerned("pat", (Declared(OURS.token("pat", "XY99ZZZ"), mine.declared[0].words),))
    with pytest.raises(AnotherKey):
        OURS.match(Match((moved,), ("XY99ZZZ",), "me", 0.0))


def test_what_is_kept_has_one_length_whatever_it_says():
    long = Words("family", "shell:standards", "x" * 300)
    assert len(OURS.seal("pat", "AB12CDE", long).words) == len(OURS.seal("pat", "A1", WORDS).words)
    by_relation = OURS.match(Match((declared("pat", "AB12CDE", words=long),), ("AB12CDE",), "me", 0.0))
    by_chance = OURS.match(Match((declared("pat"),), ("AB12CDE",), "me", 1.0))
    assert len(by_relation.whys[0]) == len(by_chance.whys[0])
    assert by_relation.marks == by_chance.marks
    assert OURS.tell(by_chance.marks[0], by_chance.whys[0]) == ()


def test_what_another_key_sealed_is_refused_and_not_taken_for_nothing():
    lost = Sealing(bytes(32))
    with pytest.raises(AnotherKey):
        OURS.match(Match((declared("pat", "AB12CDE", sealing=lost),), ("AB12CDE",), "me", 0.0))


def test_chance_picks_as_often_as_it_is_told_and_the_same_each_time():
    looked_at = [f"AB{number:05d}" for number in range(20_000)]

    def picked(share, *names):
        group = tuple(Concerned(name, ()) for name in names)
        return {plate for plate in looked_at if OURS.match(Match(group, (plate,), "me", share)).flagged[0]}

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
    first = OURS.match(Match((declared("pat"),), ("AB12CDE",), "me", 1.0))
    asked = Match((declared("pat"),), ("AB12CDE", "XY99ZZZ"), "me", 0.0, first.marks)
    assert flagged(asked) == {"AB12CDE"}
    assert flagged(Match((declared("pat"),), ("AB12CDE",), "another", 0.0, first.marks)) == set()


def test_the_budget_is_each_persons_and_comes_back_with_time():
    now_s = 0.0
    budget = Budget(Limits(a_minute=100, a_day=250), clock_s=lambda: now_s)
    assert budget.take(["pat"], 100)
    assert not budget.take(["kim", "pat"], 1)
    assert budget.take(["kim"], 100)
    now_s = 60.0
    assert budget.take(["pat"], 100)
    now_s = 120.0
    assert not budget.take(["pat"], 51)
    assert budget.take(["pat"], 50)
    now_s = 86_400.0
    assert budget.take(["pat"], 100)


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
