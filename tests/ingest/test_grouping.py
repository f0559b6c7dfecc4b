"""One thread writes; what comes meanwhile is written together; nothing ends the thread but its stop."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from turnpike.ingest import grouping
from turnpike.ingest.checking import Message, PutAside
from turnpike.ingest.errors import TryLater
from turnpike.ingest.grouping import GroupWriter
from turnpike.ingest.messages import Answer
from turnpike.reads.services import NewBatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SECRET_PLATE = "ZZ99SECRET"
WAIT_S = 10


def message(name: str, *, reads: int = 1) -> Message:
    batch = NewBatch(name, "x", "", "", hashlib.sha256().digest(), datetime(2026, 1, 1, tzinfo=UTC), ())
    return Message(batch, (), {}, tuple(PutAside(at, "", "", b"", b"") for at in range(reads)))


def submit(writer: GroupWriter, one: Message) -> Future[Answer]:
    """Put a message in line, and give the future of its answer."""
    answer: Future[Answer] = Future()
    writer.submit(one, answer)
    return answer


class Disk:
    """A commit that can be held up and made to fail."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.failing: dict[str, Exception] = {}
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Event()
        self.settled = 0
        self.closed = False
        self.settling_fails = False

    def commit(self, messages: Sequence[Message]) -> tuple[Answer, ...]:
        self.entered.set()
        assert self.open.wait(WAIT_S)
        self.groups.append([one.batch.camera_id for one in messages])
        for one in messages:
            if one.batch.camera_id in self.failing:
                raise self.failing[one.batch.camera_id]
        return tuple(Answer(len(one), 0, (), ()) for one in messages)

    def settle(self) -> None:
        self.settled += 1
        if self.settling_fails:
            raise OSError(SECRET_PLATE)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def writer(disk: Disk) -> Iterator[GroupWriter]:
    made = GroupWriter(disk.commit, disk.settle, disk.close)
    made.start()
    yield made
    disk.open.set()
    made.stop()


def held_up(disk: Disk, writer: GroupWriter) -> None:
    """Let the writer be in the middle of writing one message."""
    disk.open.clear()
    submit(writer, message("first"))
    assert disk.entered.wait(WAIT_S)


def test_what_comes_during_a_commit_is_written_together(disk: Disk, writer: GroupWriter):
    held_up(disk, writer)
    answers = [submit(writer, message(name)) for name in "abc"]
    disk.open.set()
    assert [answer.result(WAIT_S).stored for answer in answers] == [1, 1, 1]
    assert disk.groups == [["first"], ["a", "b", "c"]]


def test_a_group_is_bounded(disk: Disk, writer: GroupWriter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(grouping, "MAX_GROUP_READS", 10)
    held_up(disk, writer)
    answers = [submit(writer, message(name, reads=4)) for name in "abcde"]
    disk.open.set()
    for answer in answers:
        answer.result(WAIT_S)
    assert disk.groups == [["first"], ["a", "b"], ["c", "d"], ["e"]]


def test_one_that_cannot_be_written_keeps_no_other_from_it(
    disk: Disk, writer: GroupWriter, caplog: pytest.LogCaptureFixture
):
    disk.failing["b"] = ValueError(SECRET_PLATE)
    held_up(disk, writer)
    answers = {name: submit(writer, message(name)) for name in "abc"}
    disk.open.set()
    assert answers["a"].result(WAIT_S)
    assert answers["c"].result(WAIT_S)
    with pytest.raises(TryLater):
        answers["b"].result(WAIT_S)
    assert SECRET_PLATE not in caplog.text
    assert "ValueError" in caplog.text


def test_no_failure_ends_the_thread(disk: Disk, writer: GroupWriter, caplog: pytest.LogCaptureFixture):
    disk.failing["a"] = OSError(28, "No space left on device")
    disk.settling_fails = True
    with pytest.raises(TryLater):
        submit(writer, message("a")).result(WAIT_S)
    assert submit(writer, message("b")).result(WAIT_S).stored == 1
    assert SECRET_PLATE not in caplog.text


def test_a_sender_who_gave_up_before_is_left_out_and_after_is_no_harm(disk: Disk, writer: GroupWriter):
    held_up(disk, writer)
    left, kept = submit(writer, message("left")), submit(writer, message("kept"))
    assert left.cancel()
    disk.open.set()
    assert kept.result(WAIT_S)
    assert disk.groups == [["first"], ["kept"]]
    assert not kept.cancel()


def test_the_thread_lives_on_where_all_gave_up(disk: Disk, writer: GroupWriter):
    held_up(disk, writer)
    assert submit(writer, message("left")).cancel()
    disk.open.set()
    assert submit(writer, message("later")).result(WAIT_S)


def test_stopping_writes_what_waits_and_refuses_the_rest(disk: Disk):
    writer = GroupWriter(disk.commit, disk.settle, disk.close)
    waiting = [submit(writer, message(name)) for name in "ab"]
    writer.start()
    writer.stop()
    assert [answer.result(0).stored for answer in waiting] == [1, 1]
    assert disk.closed
    with pytest.raises(TryLater):
        submit(writer, message("c"))


def test_no_queue_grows_beyond_its_bound(disk: Disk, writer: GroupWriter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(grouping, "MAX_WAITING_READS", 10)
    held_up(disk, writer)
    answers = [submit(writer, message(name, reads=5)) for name in "ab"]
    with pytest.raises(TryLater, match="again later"):
        writer.submit(message("c"), Future())
    with pytest.raises(TryLater, match="again later"):
        writer.check_room()
    disk.open.set()
    assert [answer.result(WAIT_S).stored for answer in answers] == [5, 5]
    writer.check_room()
    assert submit(writer, message("d", reads=99)).result(WAIT_S).stored == 99, "one alone is always taken"


def test_what_comes_soon_after_a_group_is_gathered(disk: Disk, writer: GroupWriter):
    assert submit(writer, message("first")).result(WAIT_S)
    answers = [submit(writer, message(name)) for name in "abcdef"]
    for answer in answers:
        answer.result(WAIT_S)
    assert disk.groups == [["first"], list("abcdef")]
