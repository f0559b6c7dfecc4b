"""The process that understands makers' messages, as the worker has it: asked, watched, and started again where it dies or does not answer."""

from __future__ import annotations

import logging
import os
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import msgspec

from turnpike.errors import UnavailableError
from turnpike.ingest.adapter_wire import (
    LENGTH,
    MAX_ANSWER_BYTES,
    Asked,
    Refusal,
    Told,
    question,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE_S = 10.0
"""For one message. Source: ours; the largest take half a second on a slow machine."""
START_S = 30.0
_TRIES = 2
_READ_BYTES = 2**20
_COMMAND = (sys.executable, "-P", "-m", "turnpike.ingest.adapter_process")
_log = logging.getLogger(__name__)


class _Gone(Exception):
    """The process ended or was ended; the sentence says what a message did to it."""


class AdapterChild:
    """Used by one thread at a time; starts the process when it is first asked."""

    def __init__(self, command: Sequence[str] = _COMMAND, *, patience_s: float = PATIENCE_S) -> None:
        self._command = list(command)
        self._patience_s = patience_s
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer = bytearray()

    def understand(self, messages: Sequence[Asked]) -> list[Told | Refusal]:
        """What each says, in order. One over which the process ends is tried once more, alone, and is then a refusal.

        Raises:
            UnavailableError: the process cannot be started.
        """
        outcomes: list[Told | Refusal] = []
        tries = 0
        while len(outcomes) < len(messages):
            first = len(outcomes)
            try:
                self._ask(messages[first : first + 1] if tries else messages[first:], outcomes)
                tries = 0
            except _Gone as gone:
                self.stop()
                tries = 1 if len(outcomes) > first else tries + 1
                _log.warning("The process that understands messages is started again: %s", gone)
                if tries == _TRIES:
                    outcomes.append(Refusal(str(gone)))
                    tries = 0
        return outcomes

    def stop(self) -> None:
        """End the process, if it runs."""
        process, self._process = self._process, None
        self._buffer.clear()
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def _ask(self, messages: Sequence[Asked], outcomes: list[Told | Refusal]) -> None:
        process = self._process or self._started()
        assert process.stdin is not None  # noqa: S101 - a pipe, as it is started
        try:
            content = question(list(messages))
            for part in (LENGTH.pack(len(content)), content):
                left = memoryview(part)
                while left:
                    left = left[os.write(process.stdin.fileno(), left) :]
            # A large message is not held twice while it is understood.
            del content, part, left
        except OSError as error:
            raise _Gone(_ENDED) from error
        for _ in messages:
            try:
                outcomes.append(told(self._part(self._patience_s)))
            except msgspec.MsgspecError as error:
                raise _Gone(_ENDED) from error

    def _started(self) -> subprocess.Popen[bytes]:
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
            )
            self._part(START_S)  # its first words
        except (OSError, _Gone) as error:
            self.stop()
            raise UnavailableError(
                "The process that understands cameras' messages does not start; what it printed says why."
            ) from error
        return self._process

    def _part(self, patience_s: float) -> bytearray:
        """The next part that the process says."""
        until_s = time.monotonic() + patience_s
        self._fill(LENGTH.size, until_s)
        (length,) = LENGTH.unpack_from(self._buffer)
        if length > MAX_ANSWER_BYTES:
            raise _Gone(_ENDED)
        self._fill(LENGTH.size + length, until_s)
        part = self._buffer[LENGTH.size : LENGTH.size + length]
        del self._buffer[: LENGTH.size + length]
        return part

    def _fill(self, size: int, until_s: float) -> None:
        """Read until the buffer has so much."""
        while len(self._buffer) < size:
            assert self._process is not None  # noqa: S101 - whoever waits has started it
            assert self._process.stdout is not None  # noqa: S101 - a pipe, as it is started
            stream = self._process.stdout.fileno()
            waiter = select.poll()
            waiter.register(stream, select.POLLIN)
            if not waiter.poll(max(0.0, until_s - time.monotonic()) * 1000):
                raise _Gone(_HUNG)
            found = os.read(stream, _READ_BYTES)
            if not found:
                raise _Gone(_ENDED)
            self._buffer += found


_HUNG = "The message takes far too long to understand; it was tried twice."
_ENDED = "The message ends the process that understands messages; it was tried twice."
