"""A centre that keeps to a script, for the tests of the roadside."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class FakeCentre:
    """Answers as it is told to, in turn; then takes everything, and knows an event that comes again."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes] | tuple[int, bytes, int] | None] = []
        self.reads: list[dict[str, Any]] = []
        self.posted = threading.Semaphore(0)
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
                status, text, *retry_after_s = answer
                if status == 200 and not text:
                    new = [r for r in body["reads"] if r["event_id"] not in centre.events]
                    centre.reads += new
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
                for seconds in retry_after_s:
                    self.send_header("Retry-After", str(seconds))
                self.end_headers()
                self.wfile.write(text)
                centre.posted.release()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    @property
    def events(self):
        return [read["event_id"] for read in self.reads]

    @property
    def plates(self):
        return [read["plate"] for read in self.reads]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def fake_centre():
    opened = FakeCentre()
    yield opened
    opened.close()
