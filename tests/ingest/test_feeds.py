"""Feeds in the records: opened, changed, mapped, closed, each in the ledger, and found in memory within half a second."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

from turnpike.cameras.services import register_camera
from turnpike.ingest import feeds
from turnpike.ingest.errors import FeedError, TryLater
from turnpike.ingest.feed_directory import LOOKED_UP_S, Directory
from turnpike.ingest.feed_secrets import token_digest
from turnpike.ingest.models import Feed, FeedAddress, FeedRevision
from turnpike.ledger.services import AuditEvent, entries

pytestmark = pytest.mark.django_db

WORDS = feeds.FeedWords("Europe/London", {"plate": "data.plate", "captured_at": "data.at"})


@pytest.fixture(autouse=True)
def _cameras() -> None:
    for camera_id in ("gate", "bridge"):
        register_camera(
            "tests", camera_id=camera_id, name=camera_id, latitude=51.5, longitude=-0.1, heading_degrees=0,
            purpose="Tests", owner="Tests",
        )  # fmt: skip


def a_feed(name: str = "north", **changes: Any) -> Feed:
    given: dict[str, Any] = {"name": name, "adapter": "json", "camera_id": "gate", "words": WORDS}
    return feeds.open_feed("ines", **(given | changes))


def told(event: AuditEvent) -> list[dict[str, Any]]:
    return [dict(entry.details) for entry in entries() if entry.event == event]


def test_an_opened_feed_says_what_understanding_needs():
    a_feed()
    known = feeds.facts("north")
    assert known is not None
    assert (known.adapter, known.time_zone, known.cameras) == ("json", "Europe/London", {"": "gate"})
    assert known.settings == WORDS.settings
    assert feeds.facts("south") is None
    (entry,) = told(AuditEvent.FEED_OPENED)
    assert (entry["feed"], entry["camera"], entry["adapter"]) == ("north", "gate", "json")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "North Gate"}, "small letters"),
        ({"adapter": "smoke-signals"}, "no adapter of that name"),
        ({"camera_id": "moon"}, "No camera of that id"),
        ({"words": feeds.FeedWords("Mars/Olympus")}, "time zone is not known"),
        ({"words": feeds.FeedWords("UTC", {"smell": "x"})}, "no setting called smell"),
        ({"words": feeds.FeedWords("UTC", {"plate": "x" * 501})}, "at most 500"),
        ({"limits": feeds.FeedLimits(("10.0.0.1/8",))}, "Give networks as"),
        ({"limits": feeds.FeedLimits(messages_a_minute=0)}, "messages a minute"),
        ({"limits": feeds.FeedLimits(certificate_sha256="ab:cd")}, "64 hexadecimal"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_kept(changes: dict[str, Any], sentence: str):
    with pytest.raises(FeedError, match=sentence):
        a_feed(**changes)
    assert not Feed.objects.exists()
    assert told(AuditEvent.FEED_OPENED) == []


def test_a_name_is_taken_for_good():
    feeds.close_feed(a_feed(), "ines")
    with pytest.raises(FeedError, match="already exists"):
        a_feed()


def test_of_an_address_only_its_hash_is_kept_and_the_ledger_has_no_more():
    feed = a_feed()
    token = feeds.new_address(feed, "ines")
    assert len(token) == 43
    (row,) = FeedAddress.objects.all()
    assert bytes(row.token_sha256) == token_digest(token)
    (entry,) = told(AuditEvent.FEED_SECRET_ISSUED)
    assert token not in str(entry)
    known = Directory().feeds()
    found = known.of_token(token)
    assert found is not None
    assert found.facts.name == "north"
    assert known.of_token(token[:-1]) is None


def test_a_revoked_address_is_refused_within_a_second():
    feed = a_feed()
    old, new = feeds.new_address(feed, "ines"), feeds.new_address(feed, "ines")
    now_s = 0.0
    directory = Directory(lambda: now_s)
    assert directory.feeds().of_token(old)
    assert feeds.revoke_addresses(feed, "ines", but_newest=True) == 1
    now_s = LOOKED_UP_S - 0.01
    assert directory.at_hand() is not None
    now_s = LOOKED_UP_S
    assert LOOKED_UP_S < 1
    assert directory.at_hand() is None
    assert directory.feeds().of_token(old) is None
    assert directory.feeds().of_token(new)
    assert len(told(AuditEvent.FEED_SECRET_REVOKED)[0]["tokens_sha256"]) == 1
    assert feeds.revoke_addresses(feed, "ines") == 1
    assert feeds.revoke_addresses(feed, "ines") == 0


def test_only_what_changed_is_read_again(django_assert_num_queries: Any):
    now_s = 0.0
    directory = Directory(lambda: now_s)
    first, _ = a_feed("one"), a_feed("two")
    directory.feeds()
    before = directory.feeds().by_name["two"]
    feeds.map_camera(first, "ines", source="7", camera_id="bridge")
    now_s = 1.0
    known = directory.feeds()
    assert known.by_name["one"].facts.cameras == {"": "gate", "7": "bridge"}
    assert known.by_name["two"] is before
    now_s = 2.0
    with django_assert_num_queries(1):
        directory.feeds()


def test_records_that_cannot_be_read_let_nothing_by(monkeypatch: pytest.MonkeyPatch):
    now_s = 0.0
    directory = Directory(lambda: now_s)
    directory.feeds()

    def broken() -> None:
        raise OperationalError

    monkeypatch.setattr(FeedRevision.objects, "values_list", lambda *_, **__: broken())
    monkeypatch.setattr("turnpike.ingest.feed_directory.connections.close_all", lambda: None)
    now_s = 1.0
    with pytest.raises(TryLater):
        directory.feeds()


def test_a_closed_feed_takes_nothing_and_is_still_understood():
    feed = a_feed()
    token, _ = feeds.new_address(feed, "ines"), feeds.set_password(feed, "ines", "cam-7")
    feeds.close_feed(feed, "ines")
    known = Directory().feeds()
    assert known.of_token(token) is None
    assert known.by_username == {}
    assert feeds.facts("north") is not None
    assert feeds.open_facts() == ()
    for change in (
        lambda: feeds.close_feed(feed, "ines"),
        lambda: feeds.new_address(feed, "ines"),
        lambda: feeds.set_password(feed, "ines", "x"),
        lambda: feeds.map_camera(feed, "ines", source="", camera_id="gate"),
        lambda: feeds.change_feed(feed, "ines", words=WORDS, limits=feeds.FeedLimits()),
    ):
        with pytest.raises(FeedError, match="closed"):
            change()


def test_cameras_are_mapped_remapped_and_taken_out():
    feed = a_feed()
    feeds.map_camera(feed, "ines", source="Cam 2", camera_id="bridge")
    feeds.map_camera(feed, "ines", source="Cam 2", camera_id="gate")
    feeds.map_camera(feed, "ines", source="", camera_id="")
    assert Directory().feeds().by_name["north"].facts.cameras == {"Cam 2": "gate"}
    assert [entry["camera"] for entry in told(AuditEvent.FEED_CAMERA_MAPPED)] == ["", "gate", "bridge"]
    with pytest.raises(FeedError, match="No camera"):
        feeds.map_camera(feed, "ines", source="x", camera_id="moon")
    with pytest.raises(FeedError, match="64 characters"):
        feeds.map_camera(feed, "ines", source="x" * 65, camera_id="gate")


def test_a_password_is_sealed_and_its_user_name_the_feeds_alone():
    feed = a_feed()
    password = feeds.set_password(feed, "ines", "cam-7")
    assert len(password) == 20
    row = Feed.objects.get()
    assert password.encode() not in bytes(row.sealed_password)
    assert password not in str(told(AuditEvent.FEED_SECRET_ISSUED))
    with pytest.raises(FeedError, match="Another feed"):
        feeds.set_password(a_feed("south"), "ines", "cam-7")
    with pytest.raises(FeedError, match="letters"):
        feeds.set_password(feed, "ines", "cam:7")
    feeds.take_password_away(feed, "ines")
    assert Directory().feeds().by_name["north"].password is None


def test_what_is_changed_counts_and_is_told():
    feed = a_feed()
    limits = feeds.FeedLimits(("10.1.0.0/16", "2001:db8::/48"), 60, "AB:" * 31 + "AB")
    feeds.change_feed(
        feed,
        "ines",
        words=feeds.FeedWords("UTC", {"plate": "p", "captured_at": "t", "camera": ""}),
        limits=limits,
    )
    known = Directory().feeds().by_name["north"]
    assert [str(one) for one in known.senders] == ["10.1.0.0/16", "2001:db8::/48"]
    assert (known.messages_a_minute, known.certificate_sha256) == (60, "ab" * 32)
    assert known.facts.settings == {"plate": "p", "captured_at": "t"}
    assert told(AuditEvent.FEED_CHANGED)[0]["senders"] == ["10.1.0.0/16", "2001:db8::/48"]


def test_a_mapping_that_cannot_be_used_is_not_saved():
    feed = a_feed()
    before = Directory().feeds().by_name["north"].facts.settings
    with pytest.raises(FeedError, match="path of captured_at"):
        feeds.change_feed(
            feed, "ines", words=feeds.FeedWords("UTC", {"plate": "p"}), limits=feeds.FeedLimits()
        )
    assert Directory().feeds().by_name["north"].facts.settings == before
    settings = {"broker": "b", "username": "u", "password_file": "../keys/spool"}
    with pytest.raises(FeedError, match="name of a file"):
        feeds.open_feed("ines", name="nvr", adapter="frigate", words=feeds.FeedWords("UTC", settings))
