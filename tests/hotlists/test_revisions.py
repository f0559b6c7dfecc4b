"""How the matcher follows the records: what is looked at when, and that no change is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from turnpike.hotlists import current as following
from turnpike.hotlists import matcher as matching_packed
from turnpike.hotlists import revisions
from turnpike.hotlists import services as hotlists
from turnpike.hotlists.current import CHECK_EVERY_S, CurrentMatcher, changing_entries
from turnpike.hotlists.models import Edition, Entry

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    def pass_the_time(self) -> None:
        self.now_s += CHECK_EVERY_S


class Follower:
    """A matcher that nothing tells of changes, as in another process, with its clock and what it wants done in the background."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.background: list[Callable[[], None]] = []
        self.current = CurrentMatcher(self.clock, self.background.append)

    def plates(self, *asked: str) -> list[str]:
        """Which of these it finds, once it has had the time to look."""
        self.clock.pass_the_time()
        found = self.current.get().match(asked, now=timezone.now())
        return [asked[match.position] for match in found]


def _newest() -> int:
    newest = revisions.newest_revision()
    assert newest is not None
    return newest.number


@pytest.fixture(autouse=True)
def _first_revision(db):
    """The one that the migration makes, and that a test which empties all tables takes away from those after it."""
    Edition.objects.get_or_create(number=1, defaults={"token": 1})


@pytest.fixture
def follower():
    return Follower()


@pytest.fixture
def loads(monkeypatch):
    """How often all entries were fetched."""
    counted: list[int] = []

    def load():
        counted.append(1)
        return revisions.authorised_entries()

    monkeypatch.setattr(following, "authorised_entries", load)
    return counted


def test_a_change_elsewhere_is_noticed_in_time(follower, wanted):
    assert CHECK_EVERY_S <= 0.5, "a change must reach matching within a second, on a busy machine too"
    assert len(follower.current.get()) == 0
    wanted()
    follower.clock.now_s += CHECK_EVERY_S * 0.99
    assert len(follower.current.get()) == 0
    follower.clock.now_s += CHECK_EVERY_S * 0.02
    assert len(follower.current.get()) == 1


def test_a_look_without_a_change_asks_for_one_row_and_builds_nothing(
    follower, wanted, django_assert_num_queries
):
    wanted()
    built = follower.current.get()
    follower.clock.pass_the_time()
    with django_assert_num_queries(1):
        assert follower.current.get() is built
    with django_assert_num_queries(0):
        assert follower.current.get() is built


def test_changes_are_laid_over_and_nothing_is_loaded_anew(follower, wanted, people, loads):
    wanted("AB12CDE")
    second = wanted("CD34EFG")
    assert follower.plates("AB12CDE", "CD34EFG") == ["AB12CDE", "CD34EFG"]
    wanted("EF56GHJ")
    hotlists.withdraw_entry(people.authoriser, second.pk, why="Found.")
    assert follower.plates("AB12CDE", "CD34EFG", "EF56GHJ") == ["AB12CDE", "EF56GHJ"]
    assert len(loads) == 1


def test_an_entry_that_takes_anothers_place_is_followed(follower, wanted, propose, people, loads):
    first = wanted("AB12CDE")
    assert follower.plates("AB12CDE") == ["AB12CDE"]
    later = timezone.now() + timedelta(days=60)
    hotlists.authorise_entry(people.authoriser, propose("AB12CDE", replaces=first.pk, weed_at=later).pk)
    follower.clock.pass_the_time()
    (match,) = follower.current.get().match(["AB12CDE"], now=timezone.now() + timedelta(days=59))
    assert match.entry_id != first.pk
    assert len(loads) == 1


def test_proposals_and_refusals_are_no_revisions(propose, people):
    before = _newest()
    hotlists.refuse_entry(people.authoriser, propose().pk, why="Not justified.")
    hotlists.withdraw_entry(people.investigator, propose("CD34EFG").pk, why="Found.")
    assert _newest() == before


def test_the_entries_are_packed_anew_in_the_background(follower, wanted, people, monkeypatch, loads):
    monkeypatch.setattr(matching_packed, "MOST_CHANGES", 1)
    first = wanted("AB12CDE")
    assert follower.plates("AB12CDE") == ["AB12CDE"]
    wanted("CD34EFG")
    wanted("EF56GHJ")
    asked = ("AB12CDE", "CD34EFG", "EF56GHJ", "GH78JKL")
    assert follower.plates(*asked) == ["AB12CDE", "CD34EFG", "EF56GHJ"]
    (pack,) = follower.background
    # While it is under way, changes come, and it is not begun a second time.
    hotlists.withdraw_entry(people.authoriser, first.pk, why="Found.")
    wanted("GH78JKL")
    assert follower.plates(*asked) == ["CD34EFG", "EF56GHJ", "GH78JKL"]
    assert len(follower.background) == 1
    before = follower.current.get()
    pack()
    assert follower.current.get() is not before
    assert follower.plates(*asked) == ["CD34EFG", "EF56GHJ", "GH78JKL"]
    wanted("AB12CDE")
    assert follower.plates(*asked) == list(asked)
    assert len(follower.background) == 2
    assert len(loads) == 1


def test_packing_that_comes_after_a_load_is_thrown_away(follower, wanted, monkeypatch):
    monkeypatch.setattr(matching_packed, "MOST_CHANGES", 0)
    follower.plates()
    wanted("AB12CDE")
    assert follower.plates("AB12CDE") == ["AB12CDE"]
    entry = wanted("CD34EFG")
    assert follower.plates("CD34EFG") == ["CD34EFG"]
    (pack,) = follower.background
    # Put back from a backup: the last change was never made.
    Entry.objects.filter(pk=entry.pk).update(state=hotlists.EntryState.PROPOSED, authorised_by=None)
    Edition.objects.filter(number=_newest()).delete()
    assert follower.plates("AB12CDE", "CD34EFG") == ["AB12CDE"]
    pack()
    assert follower.plates("AB12CDE", "CD34EFG") == ["AB12CDE"]


def test_packing_that_finds_no_memory_leaves_what_there_is(follower, wanted, monkeypatch):
    monkeypatch.setattr(matching_packed, "MOST_CHANGES", 0)
    wanted("AB12CDE")
    follower.plates()
    wanted("CD34EFG")
    follower.plates()

    def no_memory(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(hotlists.Matcher, "compacted", no_memory)
        follower.background.pop()()
    assert follower.plates("AB12CDE", "CD34EFG") == ["AB12CDE", "CD34EFG"]
    wanted("EF56GHJ")
    assert follower.plates("CD34EFG", "EF56GHJ") == ["CD34EFG", "EF56GHJ"]
    assert len(follower.background) == 1, "it is tried again with the next change"


def test_a_failed_look_is_not_taken_for_an_unchanged_list(follower, wanted):
    follower.current.get()
    wanted()
    follower.clock.pass_the_time()

    def broken(*_: object) -> None:
        raise DatabaseError("the disk is gone")

    with connection.execute_wrapper(broken), pytest.raises(DatabaseError):
        follower.current.get()
    assert len(follower.current.get()) == 1


def test_records_put_back_are_loaded_anew(follower, wanted, loads):
    """A counter alone would come by the same number again; a token does not."""
    first, second = wanted("AB12CDE"), wanted("CD34EFG")
    assert follower.plates("AB12CDE", "CD34EFG") == ["AB12CDE", "CD34EFG"]
    # Put back to before the second was authorised, and then another change of the same number, and one more.
    Edition.objects.filter(number=_newest()).delete()
    Entry.objects.filter(pk=second.pk).update(
        state=hotlists.EntryState.PROPOSED, authorised_by=None, revision=0
    )
    for _ in range(2):
        with changing_entries() as revision:
            Entry.objects.filter(pk=first.pk).update(plate="EF56GHJ", revision=revision)
    assert follower.plates("AB12CDE", "CD34EFG", "EF56GHJ") == ["EF56GHJ"]
    assert len(loads) == 2


def test_a_rolled_back_change_is_forgotten(wanted, read):
    entry = wanted()

    def move_match_and_fail() -> None:
        with transaction.atomic():
            _move_to(entry.pk, "ZZ99ZZZ")
            assert hotlists.match([read("ZZ99ZZZ")])
            raise DatabaseError

    with pytest.raises(DatabaseError):
        move_match_and_fail()
    following.current.expire()
    assert hotlists.match([read("ZZ99ZZZ")]) == ()
    assert hotlists.match([read("AB12CDE")])


@pytest.mark.django_db(transaction=True)
def test_a_revision_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError, match="inside a transaction"):
        revisions.next_revision()


def test_a_change_between_the_two_questions_of_a_look_is_not_lost(follower, wanted):
    """It comes after the revision was noted: whether or not the entries then fetched show it, the next look fetches it."""
    assert follower.plates() == []
    first = wanted("AB12CDE")
    pending = [lambda: _move_to(first.pk, "CD34EFG")]

    def meanwhile(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if "hotlists_edition" in sql and "DESC" in sql and pending:
            pending.pop()()
        return answer

    with connection.execute_wrapper(meanwhile):
        follower.plates()
    assert not pending
    assert follower.plates("AB12CDE", "CD34EFG") == ["CD34EFG"]
    # And once more, after the entries were fetched and before the look has ended.
    changes = revisions.changed_since

    def fetched_then_changed(revision):
        fetched = changes(revision)
        _move_to(first.pk, "GH78JKL")
        return fetched

    _move_to(first.pk, "EF56GHJ")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(following, "changed_since", fetched_then_changed)
        assert follower.plates("EF56GHJ", "GH78JKL") == ["EF56GHJ"]
    assert follower.plates("EF56GHJ", "GH78JKL") == ["GH78JKL"]


def test_a_change_made_here_while_others_look_is_seen_at_once(follower, wanted):
    """A look that had begun before does not count for it, though by the clock no other is due."""
    entry = wanted("AB12CDE")
    assert follower.plates("AB12CDE") == ["AB12CDE"]
    fetch = revisions.changed_since

    def fetched_then_changed(revision):
        fetched = fetch(revision)
        _move_to(entry.pk, "GH78JKL")
        follower.current.expire()
        return fetched

    _move_to(entry.pk, "EF56GHJ")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(following, "changed_since", fetched_then_changed)
        assert follower.plates("EF56GHJ") == ["EF56GHJ"]
    (match,) = follower.current.get().match(["EF56GHJ", "GH78JKL"], now=timezone.now())
    assert match.position == 1


def _move_to(entry_id: int, plate: str) -> None:
    with changing_entries() as revision:
        Entry.objects.filter(pk=entry_id).update(plate=plate, revision=revision)


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """What several connections and processes saw over records in a file of their own; the tests' own live in memory."""
    folder = tmp_path_factory.mktemp("records")
    folder.chmod(0o700)
    told = subprocess.run(
        [sys.executable, "-m", "tests.hotlists.several_connections"],
        env={**os.environ, "TURNPIKE_DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        check=True,
        timeout=120,
    )
    return json.loads(told.stdout)


def test_transactions_end_in_the_order_of_their_revisions(story):
    """One that began first and takes long holds the next one up, so that no later revision is seen before an earlier one."""
    assert story["order"] == ["earlier", "later"]
    assert story["seen_meanwhile"] == []
    assert story["revisions"] == sorted(set(story["revisions"]))
    assert story["seen_afterwards"] == ["EF56GHJ", "GH78JKL"]


def test_matching_goes_on_while_others_change_the_entries(story):
    """Readers in three threads, a change after the other, packed anew ever so often."""
    assert story["faults"] == []
    assert story["packed_anew"] >= 2
    assert story["agrees_in_the_end"]


def test_a_change_by_another_process_reaches_matching_within_a_second(story):
    assert len(story["reached_after_s"]) == 4
    assert all(0 <= after_s < 1 for after_s in story["reached_after_s"])


def test_the_first_change_ever_is_laid_over_too(follower, wanted, loads):
    assert follower.plates("AB12CDE") == []
    wanted("AB12CDE")
    assert follower.plates("AB12CDE") == ["AB12CDE"]
    assert len(loads) == 1


@pytest.mark.django_db(transaction=True)
def test_where_no_revision_is_kept_all_is_loaded(follower, wanted, loads):
    """As after a flush, or in records that somebody emptied."""
    Edition.objects.all().delete()
    assert follower.plates("AB12CDE") == []
    wanted("AB12CDE")
    assert follower.plates("AB12CDE") == ["AB12CDE"]
    assert len(loads) == 2
