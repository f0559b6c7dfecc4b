"""What one request to a page may bring, before anybody knows who sends it."""

from __future__ import annotations

import asyncio
import tempfile

import pytest

from turnpike.site.asgi import application
from turnpike.site.body_limit import MAX_BODY_BYTES

CHUNK = b"x" * 250_000
FIVE_MB = 20


@pytest.fixture
def spooled(monkeypatch):
    """Every body that went to the disk; told by the file's own step from memory to disk."""
    seen = []
    rollover = tempfile.SpooledTemporaryFile.rollover

    def told(file):
        seen.append(file)
        rollover(file)

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", told)
    return seen


async def post(chunks: int, *headers: tuple[bytes, bytes], path: str = "/sign-in/") -> tuple[int, int]:
    """The answer's status to a POST in chunks, and how many of them were taken off the wire."""
    taken, sent = 0, []

    async def receive():
        nonlocal taken
        if taken == chunks:
            await asyncio.Event().wait()  # the sender waits for the answer
        taken += 1
        return {"type": "http.request", "body": CHUNK, "more_body": taken < chunks}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [
            (b"host", b"localhost"),
            (b"content-type", b"application/x-www-form-urlencoded"),
            *headers,
        ],
        "server": ("localhost", 8000),
        "client": ("127.0.0.1", 1),
        "scheme": "http",
        "http_version": "1.1",
        "root_path": "",
    }
    await application(scope, receive, send)
    return sent[0]["status"], taken


async def test_a_body_that_says_it_is_too_large_is_refused_unread(spooled):
    status, taken = await post(FIVE_MB, (b"content-length", b"5000000"))
    assert (status, taken, spooled) == (413, 0, [])


async def test_a_body_of_no_said_length_is_cut_off_where_it_passes_the_limit(spooled):
    status, taken = await post(FIVE_MB, (b"transfer-encoding", b"chunked"))
    assert (status, spooled) == (413, [])
    assert taken == MAX_BODY_BYTES // len(CHUNK) + 1


async def test_a_body_that_says_less_than_it_brings_is_cut_off(spooled):
    status, _ = await post(FIVE_MB, (b"content-length", b"10"))
    assert (status, spooled) == (413, [])


async def test_a_body_up_to_the_limit_reaches_the_page():
    status, taken = await post(4, path="/healthz")
    assert (status, taken) == (403, 4)  # for want of the form's token: a page was asked
