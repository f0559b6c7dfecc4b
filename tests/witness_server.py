"""A witness for tests, over real HTTP: one that keeps to C2SP tlog-witness, and does otherwise when told to."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from turnpike.audit import services as audit


class FakeWitness:
    """`mood` says how it answers: good, slow, down, refusing, forgetful, forging, endless, unknown, nonsense or redirecting."""

    def __init__(self, name: str, seed: bytes) -> None:
        self.cosigner = audit.Cosigner(name, seed)
        self.mood = "good"
        self.size, self.root = 0, audit.EMPTY_ROOT
        self.asked: list[audit.AddCheckpoint] = []
        self.waiting = threading.Event()
        self.address = ""

    @property
    def line(self) -> str:
        """As it stands in the settings."""
        return f"{self.address} {self.cosigner.public_key}"

    def answer(self, body: bytes) -> tuple[int, bytes]:
        asked = audit.AddCheckpoint.parse(body)
        self.asked.append(asked)
        answers = {
            "down": (503, b""),
            "unknown": (404, b""),
            "refusing": (422, b""),
            "nonsense": (200, b"yes\n"),
        }
        if self.mood in answers:
            return answers[self.mood]
        if self.mood == "endless":
            return 200, b"\xe2\x80\x94 x" * 20_000
        if self.mood == "forging":
            other = audit.Cosigner(self.cosigner.name, b"\x07" * 32)
            return 200, other.cosign(asked.note, datetime.now(UTC)).line.encode()
        if self.mood == "of another note":
            text = audit.Checkpoint("other.example/log", 1, b"r" * 32)
            note = audit.sign_checkpoint(text, audit.Signer("other.example/log", b"\x08" * 32))
            return 200, self.cosigner.cosign(note, datetime.now(UTC)).line.encode()
        return self._honest(asked)

    def _honest(self, asked: audit.AddCheckpoint) -> tuple[int, bytes]:
        checkpoint = asked.checkpoint
        if asked.old_size != self.size or (checkpoint.size == self.size and checkpoint.root != self.root):
            return 409, audit.write_size(self.size)
        try:
            audit.verify_consistency(
                old_size=self.size,
                new_size=checkpoint.size,
                proof=asked.proof,
                old_root=self.root,
                new_root=checkpoint.root,
            )
        except audit.TamperError:
            return 422, b""
        self.size, self.root = checkpoint.size, checkpoint.root
        return 200, self.cosigner.cosign(asked.note, datetime.now(UTC)).line.encode()


@contextmanager
def running_witness(name: str = "witness.example/w1", seed: bytes = b"\x01" * 32):
    """A witness on loopback until the end."""
    witness = FakeWitness(name, seed)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.mood_is("slow"):
                witness.waiting.wait(10)
            if self.mood_is("redirecting"):
                self.send_response(307)
                self.send_header("Location", f"{witness.address}/elsewhere")
                self.end_headers()
                return
            status, answer = witness.answer(body) if self.path == "/w/add-checkpoint" else (400, b"")
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def mood_is(self, mood: str) -> bool:
            return witness.mood == mood

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    witness.address = f"http://127.0.0.1:{server.server_port}/w"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield witness
    finally:
        witness.waiting.set()
        server.shutdown()
        server.server_close()
        thread.join()
