"""A small centre on loopback that answers to posted reads as it is told to."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Body = dict[str, Any]
Answer = tuple[int, dict[str, str], Body]


@dataclass
class Centre:
    url: str = ""
    messages: list[tuple[str, Body]] = field(default_factory=list)
    """Key and body of each message, in the order of arrival."""


def taken(_key: str, body: Body) -> Answer:
    """Every read is stored."""
    return 200, {}, {"stored": len(body["reads"]), "duplicates": 0, "quarantined": [], "read_ids": []}


@contextmanager
def small_centre(answer: Callable[[str, Body], Answer] = taken) -> Iterator[Centre]:
    centre, arriving = Centre(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body in one piece, so that neither waits for the other

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            key = self.headers["authorization"].removeprefix("Bearer ")
            with arriving:
                centre.messages.append((key, body))
                status, headers, answered = answer(key, body)
            content = json.dumps(answered).encode()
            self.send_response(status if self.path == "/api/v1/reads" else 404)
            for name, value in {**headers, "content-length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    centre.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield centre
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
