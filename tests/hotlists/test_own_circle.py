"""Hotlist pages and whoever a wanted vehicle is close to: the entry is not there for them, and no count tells of it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.alert_world import stolen_list, wanted

from turnpike import config
from turnpike.access import paging, relations
from turnpike.access import services as access
from turnpike.access.flag_cache import FlagCache
from turnpike.hotlists import lists, own_circle
from turnpike.hotlists import services as hotlists
from turnpike.ledger import services as ledger
from turnpike.sealer.services import SealerUnavailable

pytestmark = pytest.mark.django_db
HERS, OTHERS = "AB12CDE", "XY99ZZZ"


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    """As in a process that has just begun."""
    monkeypatch.setattr(relations, "_alert_flags", FlagCache())


@pytest.fixture
def sought(people):
    """A list with two wanted vehicles; the operator watches it and has declared one of them."""
    stolen_list(people)
    wanted(people, HERS)
    wanted(people, OTHERS)
    access.grant_watch(people.authoriser, people.operator, "stolen", 8)
    access.declare(people.operator, HERS, access.RelationKind.HOUSEHOLD)
    return {entry.plate: entry for entry in hotlists.view_list(people.authoriser, "stolen")[1]}


def main_of(answer):
    return answer.content.partition(b"<main")[2].partition(b"</main>")[0]


def last_look():
    return next(
        entry for entry in ledger.entries(limit=50) if entry.event is ledger.AuditEvent.HOTLIST_VIEWED
    )


def test_an_entry_of_ones_own_circle_is_not_shown_and_not_counted(people, sought):
    assert set(sought) == {HERS, OTHERS}
    _, shown = hotlists.view_list(people.operator, "stolen")
    assert [entry.plate for entry in shown] == [OTHERS]
    assert last_look().details["withheld"] == [str(sought[HERS].pk)]
    (theirs,), (all_,) = hotlists.lists_of(people.operator), hotlists.lists_of(people.authoriser)
    assert (theirs.alerting, all_.alerting) == ("1", "2")


def test_pages_are_as_long_as_if_it_were_not_there(people, sought, monkeypatch):
    monkeypatch.setattr(own_circle, "PAGE_ROWS", 1)
    monkeypatch.setattr(paging, "PAGE_ROWS", 1)
    wanted(people, "KN68OWN")

    def pages(person):
        found: list[list[str]] = []
        cursor = ""
        while not found or cursor:
            _, page = hotlists.view_list(person, "stolen", cursor)
            found.append([entry.plate for entry in page])
            cursor = page.further
        return found

    assert pages(people.authoriser) == [["KN68OWN"], [OTHERS], [HERS]]
    # The last one is hers: no page further is offered that would be empty.
    assert pages(people.operator) == [["KN68OWN"], [OTHERS]]


def test_its_page_is_as_one_that_is_not_there(people, sought):
    client = Client()
    client.force_login(people.operator)
    withheld, missing = (
        client.get(reverse("hotlists:entry", args=["stolen", number]))
        for number in (sought[HERS].pk, 999_999)
    )
    assert (withheld.status_code, missing.status_code) == (404, 404)
    assert main_of(withheld) == main_of(missing)
    with pytest.raises(hotlists.NotFound):
        hotlists.view_entry(people.operator, "stolen", sought[HERS].pk)
    assert hotlists.view_entry(people.operator, "stolen", sought[OTHERS].pk).plate == OTHERS


def test_long_lists_are_counted_in_bands(people, sought, monkeypatch):
    monkeypatch.setattr(lists, "COUNTED", 1)
    monkeypatch.setattr(lists, "_BANDS", (100, 2))
    (theirs,), (all_,) = hotlists.lists_of(people.operator), hotlists.lists_of(people.authoriser)
    assert theirs.alerting == all_.alerting == "2 or more"


def test_while_relations_cannot_be_checked_nothing_is_shown_to_whoever_declared(
    people, sought, monkeypatch, tmp_path
):
    changed = config.load().model_copy(update={"sealer_socket": str(tmp_path / "none.sock")})
    monkeypatch.setattr(config, "load", lambda: changed)
    with pytest.raises(SealerUnavailable):
        hotlists.view_list(people.operator, "stolen")
    assert len(hotlists.view_list(people.authoriser, "stolen")[1]) == 2
