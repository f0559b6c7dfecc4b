"""One read followed through the log: collected, consulted, disclosed, and no longer kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from turnpike.access.services import Denied
from turnpike.cameras import services as cameras
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent, record
from turnpike.oversight import read_life
from turnpike.oversight.read_life import follow_read
from turnpike.reads.services import InvalidReadId, NewBatch, NewRead

pytestmark = pytest.mark.django_db
PLATE = "AB12CDE"


@pytest.fixture
def read(store, people):
    """The id of a read that was stored now, by a camera whose collection the log tells of, beside another's."""
    cameras.register_camera(
        "tests", camera_id="mill-lane", name="Mill Lane north", latitude=51.5, longitude=0.1, heading_degrees=0, purpose="crime", owner="Fenbridge Police",
    )  # fmt: skip
    record(AuditEvent.READS_COLLECTED, actor="system", details={"cameras": ["mill-lane: 3"]})
    at = timezone.now() - timedelta(seconds=2)
    new = NewRead(plate=PLATE, raw_text=PLATE, confidence=0.9, captured_at=at, event_key=1)
    (result,) = store.append([NewBatch("mill-lane", "s", "m", "a", bytes(32), at, (new,))])
    record(AuditEvent.READS_COLLECTED, actor="system", details={"cameras": ["elsewhere: 1", "mill-lane: 1"]})
    record(AuditEvent.READS_COLLECTED, actor="system", details={"cameras": ["mill-lane-south: 1"]})
    return result.stored[0][1].text


@pytest.fixture
def lived(read):
    """What became of it, among what became of others; the entries that tell of it."""
    reads = {"reads": ["0123456789ABCDEF", read]}
    told = [
        record(AuditEvent.SEARCH_RETURNED, actor="pat", details={"request": "R-1", **reads}).index,
        record(AuditEvent.READ_VIEWED, actor="pat", details={"request": "R-1", "read": read}).index,
    ]
    record(AuditEvent.READ_VIEWED, actor="pat", details={"request": "R-1", "read": "0123456789ABCDEF"})
    told.append(record(AuditEvent.READS_EXPORTED, actor="pat", details={"request": "R-1", **reads}).index)
    record(AuditEvent.SIGNED_OUT, actor="pat")
    return told


def cameras_of(index):
    return str(ledger.opened_at((index,))[0].details["cameras"])


def told_by(life):
    return {stage.title: [entry.index for entry in stage.entries] for stage in life.stages}


def test_its_life_is_told_in_stages(people, read, lived):
    life = follow_read(people.commissioner, read.lower())
    told = told_by(life)
    assert told["Consultations"] == lived[:2]
    assert told["Disclosures"] == lived[2:]
    assert told["Erasure"] == []
    assert "elsewhere: 1" in cameras_of(told["Collection"][-1])
    assert all("mill-lane-south: 1" not in cameras_of(i) for i in told["Collection"])
    assert life.place is not None
    assert life.place.kept
    assert life.is_over


def test_that_it_was_followed_is_an_entry_and_no_part_of_its_life(people, read, lived):
    receipt = follow_read(people.commissioner, read).receipt
    look = ledger.entry(receipt.index)
    assert look is not None
    assert (look.event, look.details["read"], look.actor) == (AuditEvent.READ_FOLLOWED, read, "commissioner")
    assert told_by(follow_read(people.commissioner, read))["Consultations"] == lived[:2]


def test_steps_find_the_same(people, read, lived, monkeypatch):
    whole = told_by(follow_read(people.commissioner, read))
    monkeypatch.setattr(read_life, "MOST_OPENED", 2)
    after, steps = 0, 0
    seen: list[int] = []
    while True:
        life = follow_read(people.commissioner, read, after=after, seen=seen)
        assert life.stop - after <= 2 or steps == 0
        after, steps = life.stop, steps + 1
        seen = [int(part) for part in life.seen.split(",") if part] + [0, 10**9]
        if after >= max(lived) + 2:
            break
    assert told_by(life) == whole
    assert steps > 2


def test_without_the_store_the_log_still_tells(people, read, lived):
    from turnpike.reads import services as reads

    reads.detach()
    life = follow_read(people.commissioner, read)
    assert life.place is None
    assert told_by(life)["Disclosures"] == lived[2:]


def test_the_page_shows_no_plate_and_says_what_is_missing(client, people, read, lived, store, monkeypatch):
    client.force_login(people.commissioner)
    page = client.get("/commissioner/read/", {"read": read}).content.decode()
    assert "Mill Lane north" in page
    assert "Was given an export" in page
    assert PLATE not in page
    monkeypatch.setattr(store, "place", lambda _: None)
    gone = client.get("/commissioner/read/", {"read": read}).content.decode()
    assert "no entry names its erasure" in gone
    assert client.get("/commissioner/read/", {"read": "x"}).status_code == 400


def test_who_may_not_see_the_log_follows_nothing(people, read):
    with pytest.raises(Denied):
        follow_read(people.investigator, read)
    with pytest.raises(InvalidReadId):
        follow_read(people.commissioner, "nonsense")
