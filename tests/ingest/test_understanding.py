"""From a spooled message to a stored read: over a real spool, a real process of adapters, a real store and real records."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.ingest.posting import a_patch
from tests.necessity import give_case

from turnpike.cameras.services import Camera, register_camera
from turnpike.images.services import PatchStore
from turnpike.ingest import message_quarantine, sending, sorting, understanding
from turnpike.ingest.adapter_child import AdapterChild
from turnpike.ingest.committing import Committer
from turnpike.ingest.errors import TryLater
from turnpike.ingest.feeding import FeedFacts, SpooledMessage
from turnpike.ingest.models import QuarantinedMessage
from turnpike.ingest.passes import SILENCE
from turnpike.ingest.retries import RetryHashes
from turnpike.ingest.spool import Spool
from turnpike.ingest.understanding import FEED_UNKNOWN, HOPELESS, Understanding
from turnpike.ingest.vendor_reads import NO_PLATE
from turnpike.ledger.services import AuditEvent, LedgerError, entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turnpike.ingest.checking import Message
    from turnpike.ingest.grouping import Reply
    from turnpike.reads.services import ReadStore, StoredRead

pytestmark = pytest.mark.long

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PLATE = "AB12CDE"
ADAPTERS = Path(__file__).with_name("odd_adapters.py")
MAPPING = {
    "plate": "plate", "captured_at": "at", "confidence": "sure", "camera": "camera", "event_id": "id", "picture": "picture",
}  # fmt: skip
FEEDS = {
    "one": FeedFacts("one", "json", settings=MAPPING, cameras={"": "gate"}, directions={"gate": "away"}),
    "several": FeedFacts("several", "json", settings=MAPPING, cameras={"A": "gate", "B": "bridge"}),
    "recorder": FeedFacts("recorder", "json", settings=MAPPING, cameras={"": "gate", "B": "bridge"}),
    "passes": FeedFacts("passes", "passes", cameras={"": "gate"}),
    "alive": FeedFacts("alive", "dies", cameras={"A": "gate", "B": "bridge"}),
}


class World:
    """A centre's line from spool to store, worked by hand; `again` is a kill and a restart."""

    def __init__(self, folder: Path, store: ReadStore, child: AdapterChild) -> None:
        self.folder, self.store, self.child = folder, store, child
        self.now = NOW
        self.feeds = dict(FEEDS)
        self.refusing: Exception | None = None
        self.refused_camera = ""
        self.heard: list[tuple[frozenset[str], datetime]] = []
        self.patches = PatchStore(folder / "patches")
        self.committer = Committer(store, self.patches)
        self.committer.catch_up()
        self._open()

    def _open(self) -> None:
        self.spool = Spool(self.folder / "spool", bytes(32), max_bytes=1 << 26, now=lambda: self.now)
        self.spool.start()
        self.line = Understanding(
            self.spool, self.child, self._submit, self.feeds.get, RetryHashes(bytes(32)),
            now=lambda: self.now, heard=lambda cameras, at: self.heard.append((frozenset(cameras), at)),
        )  # fmt: skip

    def again(self) -> None:
        self.spool.stop()
        self._open()

    def _submit(self, message: Message, reply: Reply) -> None:
        if self.refusing is not None:
            raise self.refusing
        if message.batch.camera_id == self.refused_camera:
            reply.set_exception(TryLater("The message could not be stored."))
            return
        (answer,) = self.committer.commit([message])
        reply.set_result(answer)

    def put(self, feed: str, *bodies: bytes) -> None:
        for body in bodies:
            self.spool.put(SpooledMessage(feed, self.now, "application/json", "", body)).result(20)

    def work(self, *, for_s: float = 0.0) -> None:
        """All that can be done now, and after so long."""
        self._rounds()
        self.now += timedelta(seconds=for_s)
        self._rounds()

    def _rounds(self) -> None:
        for _ in range(4):
            self.line._due_s = dict.fromkeys(self.line._due_s, 0.0)
            self.line.round()

    def reads(self) -> list[StoredRead]:
        return list(self.store.since(0, 1_000))

    def segments(self) -> int:
        return len(list((self.folder / "spool").glob("*.seg")))


@pytest.fixture(scope="module")
def child() -> Iterator[AdapterChild]:
    made = AdapterChild((sys.executable, str(ADAPTERS)))
    yield made
    made.stop()


@pytest.fixture
def world(
    db: None, store: ReadStore, tmp_path: Path, child: AdapterChild, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    for camera_id in ("gate", "bridge"):
        register_camera(
            "tests", camera_id=camera_id, name=camera_id, latitude=51.5, longitude=-0.1, heading_degrees=0,
            purpose="Tests", owner="Tests",
        )  # fmt: skip
        give_case(camera_id)
    monkeypatch.setattr(understanding, "_TAKE_S", 0.0)
    made = World(tmp_path, store, child)
    yield made
    made.spool.stop()


def a_message(**fields: Any) -> bytes:
    values = {"plate": PLATE, "at": NOW.isoformat(), "sure": 0.9, "id": "1", **fields}
    return json.dumps({name: value for name, value in values.items() if value is not None}).encode()


def of_pass(name: str, plate: str, sure: float, phase: str, *, at: datetime = NOW) -> bytes:
    return json.dumps([name, plate, sure, phase, at.isoformat()]).encode()


def told(event: AuditEvent) -> list[dict[str, Any]]:
    return [dict(one.details) for one in entries() if one.event is event]


def quarantined() -> list[tuple[str, str]]:
    return sorted((one.feed, one.reason) for one in message_quarantine.newest(100))


def test_a_message_becomes_a_read_with_its_feed_s_facts_and_is_settled(world: World):
    body = a_message(plate="ab12 cde", sure=93, picture=base64.b64encode(a_patch()).decode())
    world.put("one", body)
    world.work(for_s=61)
    (read,) = world.reads()
    assert (read.camera_id, read.plate, read.confidence) == ("gate", PLATE, 0.93)
    assert (read.adapter, read.direction, read.captured_at, read.received_at) == ("json", "away", NOW, NOW)
    assert read.has_patch
    patch = world.patches.read(read.read_id.batch, read.read_id.slot)
    assert patch is not None
    assert patch.startswith(b"\xff\xd8")
    (entry,) = told(AuditEvent.READS_COLLECTED)
    assert entry["payloads_sha256"] == [f"gate: {hashlib.sha256(body).hexdigest()}"]
    assert world.segments() == 0, "nothing of the message is left"


def test_what_is_not_stored_yet_is_not_settled(world: World):
    world.refusing = TryLater("Too many reads are waiting.")
    world.put("one", a_message())
    world.work(for_s=61)
    assert (world.segments(), world.reads()) == (1, [])
    world.again()
    world.refusing = None
    world.work(for_s=61)
    assert len(world.reads()) == 1
    assert world.segments() == 0


def test_the_same_message_twice_and_after_a_kill_is_one_read(world: World):
    world.put("one", a_message(), a_message())
    world.line.round()
    world.again()
    world.work()
    assert len(world.reads()) == 1


def test_a_line_that_is_full_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch):
    clock_s = [0.0]
    monkeypatch.setattr(world.line._sending, "_clock_s", lambda: clock_s[0])
    world.refusing = TryLater("Too many reads are waiting.")
    world.put("one", a_message())
    world.work()
    world.refusing = None
    world.work()
    assert world.reads() == []
    clock_s[0] = 2.0
    world.work()
    assert len(world.reads()) == 1


def test_one_that_can_never_be_stored_is_put_aside_while_others_are(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sending, "_AGAIN_S", 0.0)
    world.refused_camera = "gate"
    world.put("several", a_message(camera="A"))
    for _ in range(3):
        world.work()
    assert quarantined() == [], "a store that takes nothing is not the message's fault"
    world.put("several", a_message(camera="B"))
    for _ in range(3):
        world.work()
    assert quarantined() == [("several", HOPELESS)]
    assert [read.camera_id for read in world.reads()] == ["bridge"]


@pytest.mark.parametrize(
    ("feed", "body", "reason"),
    [
        ("one", b"no JSON", "not well-formed JSON"),
        ("one", a_message(plate=None), NO_PLATE),
        ("one", a_message(plate="  "), NO_PLATE),
        ("one", a_message(plate="京A12345"), "The plate cannot be used"),
        ("one", a_message(at="2030-01-01T00:00:00Z"), "minutes in the future"),
        ("one", a_message(at="2020-01-01T00:00:00Z"), "more than 400 days ago"),
        ("several", a_message(camera="C"), sorting.CAMERA_UNKNOWN),
        ("several", a_message(), sorting.CAMERA_UNKNOWN),
        ("closed", a_message(), FEED_UNKNOWN),
        ("alive", b"die", "ends the process"),
    ],
)
def test_what_cannot_be_taken_is_put_aside_with_its_reason_and_never_dropped(
    world: World, feed: str, body: bytes, reason: str
):
    world.put(feed, body, a_message(id="2") if feed == "one" else b"")
    world.work(for_s=61)
    assert reason in " ".join(why for _, why in quarantined())
    assert len(world.reads()) == (feed == "one"), "the good one is stored"
    counts = told(AuditEvent.MESSAGES_QUARANTINED)
    assert counts[-1]["feeds"][0].startswith(feed)
    assert world.segments() == 0
    for row in QuarantinedMessage.objects.all():
        assert PLATE.encode() not in bytes(row.sealed)


def test_a_camera_that_may_send_nothing_has_its_messages_put_aside(world: World):
    Camera.objects.filter(camera_id="gate").update(active=False)
    world.put("several", a_message(camera="A"), a_message(camera="B"))
    world.work()
    assert [read.camera_id for read in world.reads()] == ["bridge"]
    assert quarantined() == [("several", sorting.NOT_ADMITTED)]


def test_a_feed_of_one_camera_is_that_camera_s_whatever_it_calls_itself(world: World):
    world.put("one", a_message(camera="IPC-7"))
    world.put("several", a_message(camera="B"))
    world.work()
    assert sorted(read.camera_id for read in world.reads()) == ["bridge", "gate"]


def test_of_a_feed_of_several_no_camera_is_taken_for_another(world: World):
    world.put("recorder", a_message(), a_message(camera="B"), a_message(camera="C"))
    world.work()
    assert sorted(read.camera_id for read in world.reads()) == ["bridge", "gate"]
    assert quarantined() == [("recorder", sorting.CAMERA_UNKNOWN)]


def test_where_the_ledger_cannot_be_written_nothing_is_settled_and_all_is_done_later(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object, **__: object) -> None:
        raise LedgerError("The ledger cannot be written.")

    world.put("one", b"no JSON", a_message())
    with monkeypatch.context() as failing:
        failing.setattr(message_quarantine, "record", fail)
        with pytest.raises(LedgerError):
            world.work()
    assert QuarantinedMessage.objects.count() == 0
    world.again()
    world.work(for_s=61)
    assert len(quarantined()) == 1
    assert len(world.reads()) == 1
    assert world.segments() == 0


def test_after_a_fix_a_message_is_replayed_into_a_read(world: World):
    feed = world.feeds.pop("one")
    world.put("one", a_message(), a_message(id="2", at=(NOW + timedelta(seconds=1)).isoformat()))
    world.work(for_s=61)
    asides = message_quarantine.newest(9)
    assert [(one.reason, one.can_be_replayed) for one in asides] == [(FEED_UNKNOWN, True)] * 2
    world.feeds["one"] = feed
    world.now += timedelta(days=5)
    done = message_quarantine.replay(
        [one.id for one in asides] + [99], actor="administrator", put=world.spool.put
    )
    assert done == 2
    assert message_quarantine.newest(9) == ()
    world.work(for_s=61)
    assert {(read.plate, read.received_at) for read in world.reads()} == {(PLATE, NOW)}
    assert len(world.reads()) == 2
    (entry,) = told(AuditEvent.MESSAGES_REPLAYED)
    assert entry == {"feeds": ["one: 2"]}


def test_what_fails_again_when_replayed_is_aside_again(world: World):
    world.put("one", b"no JSON")
    world.work()
    (aside,) = message_quarantine.newest(9)
    assert message_quarantine.replay([aside.id], actor="x", put=world.spool.put) == 1
    world.work()
    (again,) = message_quarantine.newest(9)
    assert again.reason == aside.reason


def test_what_the_spool_does_not_take_stays_aside(world: World):
    world.put("one", b"no JSON")
    world.work()
    (aside,) = message_quarantine.newest(9)
    world.spool.stop()
    with pytest.raises(TryLater):
        message_quarantine.replay([aside.id], actor="x", put=world.spool.put)
    assert message_quarantine.newest(9) == (aside,)


def test_messages_of_a_pass_are_one_read_of_the_surest(world: World):
    best = of_pass("7", PLATE, 0.95, "update", at=NOW + timedelta(seconds=1))
    world.put("passes", of_pass("7", "AB12CDF", 0.5, "new"), best, of_pass("7", "", 0.0, "ended"))
    world.work(for_s=61)
    (read,) = world.reads()
    assert (read.plate, read.confidence, read.captured_at) == (PLATE, 0.95, NOW + timedelta(seconds=1))
    (entry,) = told(AuditEvent.READS_COLLECTED)
    assert entry["payloads_sha256"] == [f"gate: {hashlib.sha256(best).hexdigest()}"]
    assert quarantined() == []
    assert world.segments() == 0


def test_an_open_pass_survives_a_kill_whole(world: World):
    world.put("passes", of_pass("7", PLATE, 0.95, "new"))
    world.work()
    assert world.reads() == []
    world.again()
    world.now += timedelta(seconds=5)
    world.put("passes", of_pass("7", "AB12CDF", 0.5, "update"))
    world.work(for_s=1)
    assert (world.reads(), world.segments()) == ([], 2)
    world.work(for_s=SILENCE.total_seconds())
    (read,) = world.reads()
    assert (read.plate, read.frames_agreeing) == (PLATE, 1)
    world.work(for_s=61)
    assert world.segments() == 0


def test_what_waited_in_the_spool_is_no_silence(world: World):
    """A minute after the messages came, one after another, they are still one pass."""
    for number in range(5):
        world.put("passes", of_pass("7", PLATE, 0.5 + number / 10, "update"))
        world.now += timedelta(seconds=10)
    world.now += timedelta(minutes=5)
    world.work(for_s=61)
    assert [read.confidence for read in world.reads()] == [0.9]


def test_silence_is_told_while_other_cameras_go_on_sending(world: World):
    world.put("passes", of_pass("7", PLATE, 0.9, "new"))
    for number in range(16):
        world.put("one", a_message(id=str(number), plate=f"AA{number:02d}AAA"))
        world.now += timedelta(seconds=1)
        world.line.round()
    assert PLATE in {read.plate for read in world.reads()}


def test_a_clock_that_is_set_back_holds_up_no_pass(world: World):
    world.put("passes", of_pass("7", PLATE, 0.9, "new"))
    world.work()
    world.now -= timedelta(hours=1)
    world.work()
    assert len(world.reads()) == 1


def test_a_pass_without_a_plate_is_put_aside_once(world: World):
    world.put("passes", of_pass("7", "", 0.1, "new"), of_pass("7", "", 0.1, "ended"))
    world.work(for_s=61)
    assert quarantined() == [("passes", NO_PLATE)]
    assert world.segments() == 0


def test_a_sign_of_life_is_heard_and_settled(world: World):
    world.put("alive", b"B", b"nobody")
    world.work(for_s=61)
    assert world.heard == [(frozenset({"bridge"}), NOW)]
    assert (world.segments(), quarantined(), world.reads()) == (0, [], [])


def test_recent_messages_show_what_was_understood_and_no_plate(world: World):
    world.put("one", a_message(camera="IPC-7"), a_message(camera=PLATE.lower()), b"no JSON " + PLATE.encode())
    for number in range(25):
        world.put("several", a_message(camera="C", id=str(number)))
    world.work()
    last, swapped, first = world.line.recent.of("one")
    assert last.faults == ("The message is not well-formed JSON.",)
    assert (first.received_at, first.size_bytes) == (NOW, len(a_message(camera="IPC-7")))
    (sighting,) = first.sightings
    assert (sighting.source_camera, sighting.camera_id, sighting.fault) == ("IPC-7", "gate", "")
    assert dict(sighting.fields)["plate"] == "7 characters"
    assert swapped.sightings[0].source_camera == "(hidden: it reads like a plate)"
    assert len(world.line.recent.of("several")) == 20
    assert world.line.recent.of("several")[0].sightings[0].source_camera == "C"
    assert world.line.recent.of("other") == ()
    shown = repr([world.line.recent.of(feed) for feed in FEEDS])
    assert PLATE.lower() not in shown.lower()


def test_what_was_never_understood_for_a_day_is_told_and_goes(world: World, monkeypatch: pytest.MonkeyPatch):
    world.refusing = TryLater("No.")
    world.put("one", a_message(), a_message(id="2"))
    world.put("several", a_message(camera="A"))
    world.work(for_s=24 * 3600 + 1)
    (entry,) = told(AuditEvent.MESSAGES_GONE)
    assert entry == {
        "feeds": ["one: 2", "several: 1"], "unreadable": 0, "why": "24 hours in the spool are over",
    }  # fmt: skip
    assert world.segments() == 0


def test_an_outage_is_one_entry_however_many_messages_are_refused(world: World):
    world.spool._max_bytes = 4_000
    for _ in range(3):
        with pytest.raises(TryLater):
            world.put("one", a_message(filler="x" * 5_000))
        world.work()
    (began,) = told(AuditEvent.MESSAGES_REFUSED)
    assert began == {
        "why": "the spool is full (spool_max_mb)", "since": NOW.isoformat(timespec="seconds"), "refused": 1,
    }  # fmt: skip


def test_one_outage_is_told_over_when_there_is_room_for_a_minute(world: World):
    world.spool._max_bytes = 4_000
    with pytest.raises(TryLater):
        world.put("one", a_message(filler="x" * 5_000))
    world.work(for_s=30)
    world.work(for_s=30)
    (over,) = told(AuditEvent.MESSAGES_TAKEN_AGAIN)
    assert over["refused"] == 1
    world.work(for_s=61)
    assert len(told(AuditEvent.MESSAGES_REFUSED)) == len(told(AuditEvent.MESSAGES_TAKEN_AGAIN)) == 1


def test_the_feed_s_facts_are_asked_each_time(world: World):
    world.put("one", a_message())
    world.work()
    world.feeds["one"] = replace(FEEDS["one"], cameras={"": "bridge"})
    world.put("one", a_message(id="2"))
    world.work()
    assert [read.camera_id for read in world.reads()] == ["gate", "bridge"]
