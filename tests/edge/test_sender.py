"""The sender takes a read out of the outbox only when the centre has it."""

from __future__ import annotations

import json
import logging
import random
import sqlite3
import threading

import pytest
from tests.centre import free_port

from turnpike.edge import sender as sender_module
from turnpike.edge.models import PostedRead
from turnpike.edge.outbox import Outbox
from turnpike.edge.sender import FIRST_PAUSE_S, LONGEST_PAUSE_S, Sender


@pytest.fixture
def outbox(tmp_path):
    opened = Outbox(tmp_path / "out.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def sender(outbox, fake_centre, monkeypatch):
    monkeypatch.setattr(sender_module, "FIRST_PAUSE_S", 0.01)
    made = Sender(outbox, centre_url=fake_centre.url + "/", key="tpc_secret", rng=random.Random(1))
    yield made
    made.stop()


def reads(count, start=0):
    return [PostedRead(f"e{n}", "AB12 CDE", 0.9, "2026-01-02T03:04:05Z") for n in range(start, start + count)]


def test_everything_is_sent_in_order_under_the_camera_s_key(outbox, fake_centre, sender):
    outbox.put(reads(250), model="m")
    sender.start()
    assert sender.drain(20, threading.Event())
    assert fake_centre.events == [f"e{n}" for n in range(250)]
    assert fake_centre.batches == [100, 100, 50]
    assert fake_centre.keys == {"Bearer tpc_secret"}
    assert sender.sent == 250


@pytest.mark.parametrize(
    "trouble",
    [
        None,
        (503, b"{}"),
        (500, b"oops"),
        (401, b"{}"),
        (403, b"{}"),
        (200, b"not the answer"),
        (302, b""),
        (520, b""),
    ],
    ids=[
        "link breaks",
        "busy",
        "fault",
        "unknown key",
        "wrong camera",
        "another server",
        "redirect",
        "a status of nobody",
    ],
)
def test_whatever_goes_wrong_the_reads_stay_and_are_sent_again(outbox, fake_centre, sender, trouble):
    fake_centre.answers = [trouble, trouble]
    outbox.put(reads(3), model="m")
    sender.start()
    assert sender.drain(20, threading.Event())
    assert fake_centre.events == ["e0", "e1", "e2"]


def test_a_status_that_no_standard_knows_is_told_as_it_came(outbox, fake_centre, sender, caplog):
    fake_centre.answers = [(520, b"")]
    outbox.put(reads(1), model="m")
    with caplog.at_level(logging.INFO):
        sender.start()
        assert sender.drain(20, threading.Event())
        sender.stop()
    assert "the centre answered 520" in caplog.text


def test_a_batch_too_large_is_sent_in_parts(outbox, fake_centre, sender):
    fake_centre.answers = [(413, b""), (413, b"")]
    outbox.put(reads(40), model="m")
    sender.start()
    assert sender.drain(20, threading.Event())
    assert fake_centre.batches == [10, 10, 10, 10]


def test_an_answer_lost_on_the_way_doubles_nothing(outbox, fake_centre, sender):
    """The centre stored, the link broke: the same events come again and are known."""
    outbox.put(reads(3), model="m")
    fake_centre.reads += [{"event_id": event_id} for event_id in ("e0", "e1", "e2")]
    sender.start()
    assert sender.drain(20, threading.Event())
    assert fake_centre.events == ["e0", "e1", "e2"]
    assert sender.sent == 0


def test_a_centre_that_is_away_is_waited_for(outbox, monkeypatch):
    monkeypatch.setattr(sender_module, "FIRST_PAUSE_S", 0.01)
    away = Sender(outbox, centre_url=f"http://127.0.0.1:{free_port()}", key="k", rng=random.Random(1))
    outbox.put(reads(2), model="m")
    away.start()
    assert not away.drain(0.3, threading.Event())
    away.stop()
    assert len(outbox) == 2


def test_what_the_centre_kept_aside_is_told_without_the_plate(outbox, fake_centre, sender, caplog):
    answer = {"stored": 0, "duplicates": 0, "quarantined": [{"index": 0, "reason": "No time zone."}]}
    fake_centre.answers = [(200, json.dumps(answer).encode())]
    outbox.put(reads(1), model="m")
    with caplog.at_level(logging.INFO):
        sender.start()
        assert sender.drain(20, threading.Event())
        sender.stop()
    assert "No time zone." in caplog.text
    assert "AB12" not in caplog.text
    assert sender.quarantined == 1


def test_who_is_told_to_stop_does_not_wait_for_a_centre_that_is_away(outbox, fake_centre, sender):
    fake_centre.answers = [(503, b"")] * 1_000
    outbox.put(reads(1), model="m")
    stopping = threading.Event()
    threading.Timer(0.1, stopping.set).start()
    sender.start()
    assert sender.drain(3_600, stopping)
    assert len(outbox) == 1


def test_an_outbox_that_fails_for_a_while_ends_no_sending(outbox, fake_centre, sender, tmp_path, caplog):
    """The disk does not let go of what was sent: it is posted again, and known, until it does."""
    outbox.put(reads(3), model="m")
    other_hand = sqlite3.connect(tmp_path / "out.sqlite3", isolation_level=None)
    other_hand.execute(
        "CREATE TRIGGER stuck BEFORE DELETE ON waiting BEGIN SELECT RAISE(ABORT, 'AB12 CDE'); END"
    )
    with caplog.at_level(logging.INFO):
        sender.start()
        assert fake_centre.posted.acquire(timeout=20)
        assert fake_centre.posted.acquire(timeout=20)  # only a sender that outlived the fault posts again
        other_hand.execute("DROP TRIGGER stuck")
        other_hand.close()
        assert sender.drain(20, threading.Event())
        sender.stop()
    assert fake_centre.events == ["e0", "e1", "e2"]
    assert "The outbox does not work now (IntegrityError)" in caplog.text
    assert "AB12" not in caplog.text


def test_a_fault_that_nobody_foresaw_ends_no_sending_and_tells_no_plate(
    fake_centre, tmp_path, caplog, monkeypatch
):
    monkeypatch.setattr(sender_module, "FIRST_PAUSE_S", 0.01)

    class Stumbling(Outbox):
        left = 2

        def waiting(self, limit):
            if self.left:
                self.left -= 1
                raise ValueError("AB12 CDE")
            return super().waiting(limit)

    box = Stumbling(tmp_path / "out.sqlite3")
    box.put(reads(3), model="m")
    stumbling = Sender(box, centre_url=fake_centre.url, key="k", rng=random.Random(1))
    with caplog.at_level(logging.INFO):
        stumbling.start()
        assert stumbling.drain(20, threading.Event())
        stumbling.stop()
    box.close()
    assert fake_centre.events == ["e0", "e1", "e2"]
    assert "Sending failed (ValueError)." in caplog.text
    assert "AB12" not in caplog.text


def test_a_busy_centre_is_left_alone_for_as_long_as_it_asks(outbox, fake_centre, sender, caplog, monkeypatch):
    waits: list[float] = []
    monkeypatch.setattr(sender._stopping, "wait", waits.append)
    fake_centre.answers = [(503, b"", 7), (503, b"", 3_600), (503, b"")]
    outbox.put(reads(1), model="m")
    sender.start()
    assert sender.drain(20, threading.Event())
    assert 7 <= waits[0] < 9
    assert LONGEST_PAUSE_S <= waits[1] <= 1.25 * LONGEST_PAUSE_S
    assert waits[2] <= 4 * FIRST_PAUSE_S, "what was asked for once is not asked for ever"
