"""What a commit leaves behind, wherever it is cut off: over a real store, real records, real files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests import alert_world
from tests.ingest.posting import a_message, a_read, with_patch

from turnpike.cameras.services import register_camera
from turnpike.hotlists.services import Hit
from turnpike.images.services import PatchStore, PatchStoreError
from turnpike.ingest import committing, quarantine
from turnpike.ingest.bodies import Posted
from turnpike.ingest.checking import Checker, Message
from turnpike.ingest.committing import Committer
from turnpike.ingest.models import MatchedUpTo, QuarantinedRead
from turnpike.ingest.retries import RetryHashes
from turnpike.ledger.services import AuditEvent, LedgerError, entries
from turnpike.reads.services import ReadId, StoreUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from turnpike.reads.services import ReadStore

PLATE = "AB12CDE"
CHECKER = Checker(RetryHashes(bytes(32)), max_reads=1_000, max_bytes=1 << 24)


def message(*reads: Any, camera_id: str = "gate") -> Message:
    return CHECKER.check(Posted(a_message(*reads)), camera_id=camera_id, received_at=datetime.now(UTC))


@pytest.fixture(autouse=True)
def _cameras(db: None) -> None:
    for camera_id in ("gate", "bridge"):
        register_camera(
            "tests", camera_id=camera_id, name=camera_id, latitude=51.5, longitude=-0.1, heading_degrees=0,
            purpose="Tests", owner="Tests",
        )  # fmt: skip


@pytest.fixture
def patches(tmp_path: Path) -> PatchStore:
    return PatchStore(tmp_path / "patches")


@pytest.fixture
def committer(store: ReadStore, patches: PatchStore) -> Committer:
    made = Committer(store, patches)
    made.catch_up()
    return made


def collected() -> list[dict[str, Any]]:
    return [dict(one.details) for one in entries() if one.event is AuditEvent.READS_COLLECTED]


def test_each_stored_read_has_its_own_picture(committer: Committer, patches: PatchStore):
    (known,) = committer.commit([message(known_read := with_patch())])
    one, two = message(known_read, a_read(), with_patch()), message(with_patch(), camera_id="bridge")
    answers = committer.commit([one, two])
    assert [answer.stored for answer in answers] == [2, 1]
    assert answers[0].read_ids[0] == known.read_ids[0]
    for read_id, has_patch in zip([*answers[0].read_ids, *answers[1].read_ids], [1, 0, 1, 1], strict=True):
        assert read_id is not None
        place = ReadId.parse(read_id)
        assert patches.read(place.batch, place.slot) == (a_patch_as_kept() if has_patch else None)


def a_patch_as_kept() -> bytes:
    return message(with_patch()).patches[0]


def test_the_same_event_twice_in_one_message_is_one_read(committer: Committer):
    read = a_read()
    (answer,) = committer.commit([message(read, read)])
    assert (answer.stored, answer.duplicates) == (1, 1)
    assert answer.read_ids[0] == answer.read_ids[1]


def test_an_event_id_is_a_camera_s_own(committer: Committer, store: ReadStore):
    read = a_read()
    answers = committer.commit([message(read), message(read, camera_id="bridge")])
    assert [answer.stored for answer in answers] == [1, 1]
    assert store.count() == 2


def test_where_pictures_cannot_be_kept_no_read_is_stored(
    committer: Committer, store: ReadStore, patches: PatchStore, monkeypatch: pytest.MonkeyPatch
):
    def refuse(batch: int, patches: object) -> None:
        raise PatchStoreError("The disk is full.")

    sent = message(with_patch(), a_read())
    with monkeypatch.context() as broken:
        broken.setattr(patches, "write", refuse)
        with pytest.raises(PatchStoreError):
            committer.commit([sent])
    assert store.count() == 0
    (answer,) = committer.commit([sent])
    assert answer.stored == 2


def test_the_ledger_has_each_acknowledged_message_and_no_plate(committer: Committer):
    one, two = message(a_read(plate=PLATE)), message(a_read(), a_read(), camera_id="bridge")
    committer.commit([one, two])
    (entry,) = collected()
    assert entry["cameras"] == ["bridge: 2", "gate: 1"]
    assert entry["payloads_sha256"] == [
        f"gate: {one.batch.payload_sha256.hex()}",
        f"bridge: {two.batch.payload_sha256.hex()}",
    ]
    assert PLATE not in json.dumps(entry)
    committer.commit([one])
    assert collected()[0]["payloads_sha256"] == [f"gate: {one.batch.payload_sha256.hex()}"]


def test_a_read_of_a_wanted_vehicle_is_a_hit(committer: Committer, people: Any):
    alert_world.stolen_list(people)
    alert_world.wanted(people, PLATE)
    sent = message(a_read(plate=PLATE), a_read(plate="XY34ZZZ"))
    (answer,) = committer.commit([sent])
    assert [hit.read_id for hit in Hit.objects.all()] == [answer.read_ids[0]]
    committer.commit([sent])
    assert Hit.objects.count() == 1


class _Died(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["match_column", "record"])
def test_a_crash_after_the_reads_are_stored_loses_no_hit(
    step: str,
    committer: Committer,
    store: ReadStore,
    patches: PatchStore,
    people: Any,
    monkeypatch: pytest.MonkeyPatch,
):
    alert_world.stolen_list(people)
    alert_world.wanted(people, PLATE)
    committer.commit([message(a_read(plate="XY34ZZZ"))])
    committer.settle()

    def die(*_: object, **__: object) -> None:
        raise _Died

    with monkeypatch.context() as dying:
        dying.setattr(committing, step, die)
        with pytest.raises(_Died):
            committer.commit([sent := message(a_read(plate=PLATE))])
    assert store.count() == 2
    before = len(collected())

    restarted = Committer(store, patches)
    assert restarted.catch_up() == 1
    assert Hit.objects.count() == 1
    assert len(collected()) == before + 1
    assert collected()[0] == {"cameras": ["gate: 1"], "payloads_sha256": [], "after_restart": True}
    (answer,) = restarted.commit([sent])
    assert (answer.stored, answer.duplicates) == (0, 1)
    assert Hit.objects.count() == 1
    assert Committer(store, patches).catch_up() == 0


@pytest.mark.parametrize("step", ["match_column", "record"])
def test_a_fault_after_the_reads_are_stored_is_made_good_by_the_retry(
    step: str, committer: Committer, people: Any, monkeypatch: pytest.MonkeyPatch
):
    alert_world.stolen_list(people)
    alert_world.wanted(people, PLATE)

    def fail(*_: object, **__: object) -> None:
        raise LedgerError("The ledger cannot be written.")

    sent = message(a_read(plate=PLATE))
    with monkeypatch.context() as failing:
        failing.setattr(committing, step, fail)
        with pytest.raises(LedgerError):
            committer.commit([sent])
        committer.settle()
    assert MatchedUpTo.objects.get().batch == 0
    (answer,) = committer.commit([sent])
    committer.settle()
    assert (answer.stored, answer.duplicates) == (0, 1)
    assert Hit.objects.count() == 1
    assert collected()[0]["cameras"] == ["gate: 1"]
    assert answer.read_ids[0] is not None
    assert MatchedUpTo.objects.get().batch == ReadId.parse(answer.read_ids[0]).batch


@pytest.mark.parametrize("retried", ["at once", "after another", "never"])
def test_reads_that_land_though_the_store_fails_are_matched_and_counted(
    retried: str, committer: Committer, store: ReadStore, people: Any, monkeypatch: pytest.MonkeyPatch
):
    alert_world.stolen_list(people)
    alert_world.wanted(people, PLATE)
    session = store._appender._session
    insert = session.insert_table

    def insert_and_fail(name: str, table: Any) -> None:
        insert(name, table)
        if name == "insert_reads":
            raise StoreUnavailable("The store does not answer.")

    sent = message(a_read(plate=PLATE))
    with monkeypatch.context() as failing:
        failing.setattr(session, "insert_table", insert_and_fail)
        with pytest.raises(StoreUnavailable):
            committer.commit([sent])
    committer.settle()
    assert MatchedUpTo.objects.get().batch == 0
    others = message(a_read(plate="XY34ZZZ"), camera_id="bridge")
    for group in {"at once": [sent, others], "after another": [others, sent], "never": [others]}[retried]:
        (answer,) = committer.commit([group])
        assert answer.duplicates == (group is sent)
    committer.settle()
    assert [hit.read_plate for hit in Hit.objects.all()] == [PLATE]
    told = sorted(line for entry in collected() for line in entry["cameras"])
    assert told == ["bridge: 1", "gate: 1"]
    assert MatchedUpTo.objects.get().batch == store.last_batch()


def test_catching_up_goes_on_to_the_end(
    committer: Committer, store: ReadStore, patches: PatchStore, monkeypatch: pytest.MonkeyPatch
):
    for _ in range(5):
        committer.commit([message(a_read(), a_read())])
    monkeypatch.setattr(committing, "_CATCH_UP_READS", 3)
    assert Committer(store, patches).catch_up() == 10
    assert Committer(store, patches).catch_up() == 0


def test_a_quarantined_read_is_kept_once_sealed_and_without_its_picture(committer: Committer):
    bad = with_patch(plate=PLATE, confidence=3)
    sent = message(a_read(), bad)
    first, second = committer.commit([sent])[0], committer.commit([sent])[0]
    assert first.quarantined == second.quarantined
    assert first.read_ids[1] is None
    assert [(one.index, one.event_id) for one in first.quarantined] == [(1, bad["event_id"])]
    row = QuarantinedRead.objects.get()
    assert PLATE.encode() not in bytes(row.sealed)
    assert json.loads(quarantine.opened(row)) == {name: bad[name] for name in bad if name != "patch"}
    assert row.payload_bytes == len(json.dumps(bad))
    kept = [one for one in entries() if one.event is AuditEvent.READS_QUARANTINED]
    assert [dict(one.details) for one in kept] == [{"cameras": ["gate: 1"]}]


@pytest.mark.parametrize(
    "bad",
    [
        "x" * 5_000,
        {"number_plate": "P" * 5_000, "a": 1},
        {f"field {at}": "y" * 100 for at in range(200)},
        [[1]],
    ],
)
def test_of_a_strange_read_only_little_is_kept(committer: Committer, bad: Any):
    committer.commit([message(bad)])
    assert len(quarantine.opened(QuarantinedRead.objects.get())) <= quarantine.MAX_KEPT_BYTES


def test_not_even_a_tiny_picture_is_kept_unchecked(committer: Committer):
    committer.commit([message(a_read(patch="dGlueQ=="))])
    assert "patch" not in json.loads(quarantine.opened(QuarantinedRead.objects.get()))


def test_the_same_bad_read_of_two_cameras_is_kept_for_each(committer: Committer):
    bad = a_read(confidence=3)
    committer.commit([message(bad, bad), message(bad, camera_id="bridge")])
    assert sorted(QuarantinedRead.objects.values_list("camera", flat=True)) == ["bridge", "gate"]
