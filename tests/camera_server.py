"""A camera that sends its events to whoever asks: a real HTTP server on loopback whose answer is what a test tells it, and never ends of itself.

with CameraServer() as camera:
    camera.send(part(EVENT))       # to whoever reads now, and first of all to whoever asks later
    camera.drop()                  # ends all connections
"""

from __future__ import annotations

import hashlib
import re
import secrets
import socket
import ssl
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_S = 20.0
_PAIR = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


class CameraServer:
    """Answers `GET` of any path; asks for a digest where it has a user. It keeps its port over a restart."""

    def __init__(
        self,
        user: str = "",
        password: str = "",
        *,
        content_type: str = "multipart/x-mixed-replace; boundary=myboundary",
        is_chunked: bool = False,
        answer: bytes = b"",
        challenge: str = 'Digest realm="Login to 4C0F", qop="auth", nonce="{nonce}", opaque="5f"',
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        self.user, self.password = user, password
        self.content_type, self.is_chunked, self.answer, self.challenge = (
            content_type,
            is_chunked,
            answer,
            challenge,
        )
        self.paths: list[str] = []
        self.heads: list[str] = []
        self.refused = 0
        self.begins_with = b""
        self._tls = None
        if certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(*certificate)
        self._changed = threading.Condition()
        self._open: list[socket.socket] = []
        self._readers: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._nonce = secrets.token_hex(8)
        self.port = 0
        self._listener: socket.socket | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        self.port = int(self._listener.getsockname()[1])
        self._run(self._accept, self._listener)

    def stop(self) -> None:
        """As a camera whose power is cut."""
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        self.drop()
        for thread in self._threads:
            thread.join(WAIT_S)
        self._threads.clear()

    def drop(self) -> None:
        """End all connections in the middle of whatever they are at."""
        with self._changed:
            ended, self._open, self._readers = self._open, [], []
        for one in ended:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def send(self, data: bytes) -> None:
        """To everybody who reads the stream; waits until there is somebody."""
        self.wait_for_readers(1)
        with self._changed:
            for one in self._readers:
                one.sendall(self._wrapped(data))

    def end(self) -> None:
        """End the answer as it should be ended."""
        with self._changed:
            for one in self._readers:
                if self.is_chunked:
                    one.sendall(b"0\r\n\r\n")
        self.drop()

    def wait_for_readers(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._readers) >= count, WAIT_S), (
                "nobody asked for the stream"
            )

    def wait_for_asked(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.paths) >= count, WAIT_S), (
                f"asked {len(self.paths)} times"
            )

    def _wrapped(self, data: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(data), data) if self.is_chunked and data else data

    def _run(self, what: object, *arguments: object) -> None:
        thread = threading.Thread(target=what, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            self._run(self._serve, link)

    def _serve(self, link: socket.socket) -> None:
        try:
            if self._tls is not None:
                link = self._tls.wrap_socket(link, server_side=True)
            with self._changed:
                self._open.append(link)
            for head in _heads(link):
                if not self._answer(link, head):
                    return
        except OSError:
            pass
        finally:
            with self._changed:
                is_reader = link in self._readers
            if not is_reader:
                link.close()

    def _answer(self, link: socket.socket, head: str) -> bool:
        """Whether another request may follow on this connection."""
        path = head.split(" ")[1]
        signed = re.search(r"^authorization: digest (.*)$", head, re.MULTILINE | re.IGNORECASE)
        if self.user and not (signed and self._is_right(signed[1], path)):
            with self._changed:
                self.refused += bool(signed)
                self._changed.notify_all()
            challenge = self.challenge.format(nonce=self._nonce)
            link.sendall(
                f"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: {challenge}\r\nContent-Length: 12\r\n\r\nInvalid user".encode()
            )
            return True
        with self._changed:
            self.paths.append(path)
            self.heads.append(head)
            self._changed.notify_all()
        if self.answer:
            link.sendall(self.answer)
            return False
        framing = "Transfer-Encoding: chunked" if self.is_chunked else "Connection: close"
        link.sendall(
            f"HTTP/1.1 200 OK\r\nContent-Type: {self.content_type}\r\n{framing}\r\n\r\n".encode()
            + self._wrapped(self.begins_with)
        )
        with self._changed:
            self._readers.append(link)
            self._changed.notify_all()
        return False

    def _is_right(self, signed: str, path: str) -> bool:
        given = {found[1]: found[2] or found[3] or "" for found in _PAIR.finditer(signed)}
        kind = hashlib.sha256 if given.get("algorithm") == "SHA-256" else hashlib.md5

        def digest(*parts: str) -> str:
            return kind(":".join(parts).encode()).hexdigest()

        realm = re.search(r'realm="?([^",]*)', self.challenge)
        first = digest(self.user, realm[1] if realm else "", self.password)
        second = digest("GET", path)
        if "qop" in given:
            wanted = digest(first, given["nonce"], given["nc"], given["cnonce"], given["qop"], second)
        else:
            wanted = digest(first, given["nonce"], second)
        return (
            given.get("response") == wanted
            and given.get("username") == self.user
            and given.get("uri") == path
        )


def _heads(link: socket.socket) -> Iterator[str]:
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            piece = link.recv(65_536)
            if not piece:
                return
            data += piece
        head, _, data = data.partition(b"\r\n\r\n")
        yield head.decode().replace("\r\n", "\n")


def part(
    content: bytes, *, media: str = "text/plain", length: bool = True, boundary: bytes = b"--myboundary"
) -> bytes:
    """One part as cameras send it."""
    told = b"Content-Length: %d\r\n" % len(content) if length else b""
    return boundary + b"\r\nContent-Type: " + media.encode() + b"\r\n" + told + b"\r\n" + content + b"\r\n"
