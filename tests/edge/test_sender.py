"""The sender takes a read out of the outbox only when the centre has it."""

from __future__ import annotations

import json
import logging
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from turnpike.edge import sender as sender_module
from turnpike.edge.models import PostedRead
from turnpike.edge.outbox import Outbox
from turnpike.edge.sender import Sender


class FakeCentre:
    """Answers as it is told to, in turn; then takes everything."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes] | None] = []
        self.events: list[str] = []
        self.batches: list[int] = []
        self.keys: set[str | None] = set()
        centre = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                centre.keys.add(self.headers["Authorization"])
                answer = centre.answers.pop(0) if centre.answers else (200, b"")
                if answer is None:
                    self.close_connection = True
                    return  # the link breaks before an answer
                status, text = answer
                if status == 200 and not text:
                    new = [r["event_id"] for r in body["reads"] if r["event_id"] not in centre.events]
                    centre.events += new
                    centre.batches.append(len(body["reads"]))
                    text = json.dumps(
                        {
                            "stored": len(new),
                            "duplicates": len(body["reads"]) - len(new),
                            "quarantined": [],
                            "read_ids": [],
                        }
                    ).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def centre():
    opened = FakeCentre()
    yield opened
    opened.close()


@pytest.fixture
def outbox(tmp_path):
    opened = Outbox(tmp_path / "out.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def sender(outbox, centre, monkeypatch):
    monkeypatch.setattr(sender_module, "FIRST_PAUSE_S", 0.01)
    made = Sender(outbox, centre_url=centre.url + "/", key="tpc_secret", rng=random.Random(1))
    yield made
    made.stop()


def reads(count, start=0):
    return [PostedRead(f"e{n}", "AB12 CDE", 0.9, "2026-01-02T03:04:05Z") for n in range(start, start + count)]


def test_everything_is_sent_in_order_under_the_camera_s_key(outbox, centre, sender):
    outbox.put(reads(250), model="m")
    sender.start()
    assert sender.drain(20, threading.Event())
    assert centre.events == [f"e{n}" for n in range(250)]
    assert centre.batches == [100, 100, 50]
    assert centre.keys == {"Bearer tpc_secret"}
    assert sender.sent == 250


@pytest.mark.parametrize(
    "trouble",
    [None, (503, b"{}"), (500, b"oops"), (401, b"{}"), (403, b"{}"), (200, b"not the answer"), (302, b"")],
    ids=["link breaks", "busy", "fault", "unknown key", "wrong camera", "another server", "redirect"],
)
def test_whatever_goes_wrong_the_reads_stay_and_are_sent_again(outbox, centre, sender, trouble):
    centre.answers = [trouble, trouble]
    outbox.put(reads(3), model="m")
    sender.start()
    assert sender.drain(20, threading.Event())
    assert centre.events == ["e0", "e1", "e2"]


def test_a_batch_too_large_is_sent_in_parts(outbox, centre, sender):
    centre.answers = [(413, b""), (413, b"")]
    outbox.put(reads(40), model="m")
    sender.start()
    assert sender.drain(20, threading.Event())
    assert centre.batches == [10, 10, 10, 10]


def test_an_answer_lost_on_the_way_doubles_nothing(outbox, centre, sender):
    """The centre stored, the link broke: the same events come again and are known."""
    outbox.put(reads(3), model="m")
    centre.events += ["e0", "e1", "e2"]
    sender.start()
    assert sender.drain(20, threading.Event())
    assert centre.events == ["e0", "e1", "e2"]
    assert sender.sent == 0


def test_a_centre_that_is_away_is_waited_for(outbox, centre, monkeypatch):
    monkeypatch.setattr(sender_module, "FIRST_PAUSE_S", 0.01)
    port_of_nobody = FakeCentre()
    port_of_nobody.close()
    away = Sender(outbox, centre_url=port_of_nobody.url, key="k", rng=random.Random(1))
    outbox.put(reads(2), model="m")
    away.start()
    assert not away.drain(0.3, threading.Event())
    away.stop()
    assert len(outbox) == 2


def test_what_the_centre_kept_aside_is_told_without_the_plate(outbox, centre, sender, caplog):
    answer = {"stored": 0, "duplicates": 0, "quarantined": [{"index": 0, "reason": "No time zone."}]}
    centre.answers = [(200, json.dumps(answer).encode())]
    outbox.put(reads(1), model="m")
    with caplog.at_level(logging.INFO):
        sender.start()
        assert sender.drain(20, threading.Event())
        sender.stop()
    assert "No time zone." in caplog.text
    assert "AB12" not in caplog.text
    assert sender.quarantined == 1


def test_who_is_told_to_stop_does_not_wait_for_a_centre_that_is_away(outbox, centre, sender):
    centre.answers = [(503, b"")] * 1_000
    outbox.put(reads(1), model="m")
    stopping = threading.Event()
    threading.Timer(0.1, stopping.set).start()
    sender.start()
    assert sender.drain(3_600, stopping)
    assert len(outbox) == 1
