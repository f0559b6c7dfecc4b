"""The witness over HTTP: one address to post to, and what it signed last for anybody to read. TLS is for a proxy before it."""

from __future__ import annotations

import hashlib
import logging
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, cast

from turnpike.audit import services as audit
from turnpike.errors import TurnpikeError
from turnpike.witness.answering import TEXT, Answer, Witness
from turnpike.witness.errors import WitnessFolderError
from turnpike.witness.folder import settings

if TYPE_CHECKING:
    from turnpike.witness.folder import Settings

_PATIENCE_S = 20.0
_log = logging.getLogger(__name__)


class Server(ThreadingHTTPServer):
    """Listens for one witness.

    Raises:
        WitnessFolderError: the address cannot be listened on.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, witness: Witness, where: Settings) -> None:
        self.witness = witness
        try:
            super().__init__((where.host, where.port), _Conversation)
        except OSError as error:
            raise WitnessFolderError(
                f"The witness cannot listen on {where.host}:{where.port} ({error}); change witness.toml."
            ) from error


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _PATIENCE_S

    def do_POST(self) -> None:
        """Answer `add-checkpoint`."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > audit.MAX_BODY_BYTES:
            self.close_connection = True
            self._give(
                Answer(413, TEXT, b"Say the body's length, of at most %d bytes.\n" % audit.MAX_BODY_BYTES)
            )
            return
        body = self.rfile.read(int(length))
        if self.path != f"/{audit.ADD_CHECKPOINT}":
            self._give(Answer(404, TEXT, b"Post to /add-checkpoint.\n"))
            return
        self._give(self._witness.add_checkpoint(body))

    def do_GET(self) -> None:
        """Answer what was signed last: `/` lists the logs, `/logs/HASH/checkpoint` gives one's newest."""
        logs = {hashlib.sha256(origin.encode()).hexdigest(): origin for origin in self._witness.origins}
        if self.path == "/":
            lines = [
                self._witness.public_key,
                *(f"/logs/{key}/checkpoint {name}" for key, name in logs.items()),
            ]
            self._give(Answer(200, TEXT, ("\n".join(lines) + "\n").encode()))
            return
        key = self.path.removeprefix("/logs/").removesuffix("/checkpoint")
        note = (
            self._witness.newest(logs[key])
            if self.path == f"/logs/{key}/checkpoint" and key in logs
            else None
        )
        self._give(
            Answer(200, TEXT, note.encode())
            if note
            else Answer(404, TEXT, b"There is no such checkpoint here.\n")
        )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """To the log rather than the terminal; a request holds nothing but hashes."""
        _log.info(format, *args)

    @property
    def _witness(self) -> Witness:
        return cast("Server", self.server).witness

    def _give(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)


def serve(folder: Path) -> None:
    """Answer until SIGTERM or Ctrl-C.

    Raises:
        WitnessFolderError: the folder is damaged, or another process serves it.
    """
    witness = Witness(folder)
    with Server(witness, settings(folder)) as server:
        host, port = server.server_address[:2]
        sys.stderr.write(f"The witness listens on http://{host!s}:{port}/\n")
        sys.stderr.flush()
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        try:
            server.serve_forever(0.1)
        except KeyboardInterrupt:
            pass
        finally:
            witness.close()


def _main() -> None:
    try:
        serve(Path(sys.argv[1]))
    except TurnpikeError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    _main()
