"""The sealer as a process: one Unix socket, four questions, and the key nowhere but here.

It logs that somebody asks too much; never who, about whom or what.
"""

from __future__ import annotations

import ctypes
import logging
import os
import shutil
import signal
import socketserver
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec

from turnpike.errors import TurnpikeError
from turnpike.sealer.budget import Budget, Limits, Verdict
from turnpike.sealer.key import own_key
from turnpike.sealer.messages import (
    MAX_HELD,
    Answer,
    Hold,
    Match,
    Matched,
    Question,
    Refused,
    Seal,
    Tell,
    Told,
    Trace,
    Traced,
    read_question,
    write_message,
)
from turnpike.sealer.sealing import AnotherKey, Sealing

if TYPE_CHECKING:
    from collections.abc import Sequence

_log = logging.getLogger(__name__)
_PATIENCE_S = 5.0
_PR_SET_DUMPABLE = 4
"""Source: prctl(2)."""


@dataclass(slots=True)
class Held:
    """What one connection was told so far: each person's tokens, and marks that were picked before."""

    people: dict[str, set[bytes]] = field(default_factory=dict)
    picked: set[bytes] = field(default_factory=set)
    size: int = 0
    fault: Refused | None = None
    """Why whatever is asked on this connection is refused."""

    def add(self, told: Hold) -> None:
        """Take it in, unless that is more than one connection may tell."""
        self.size += 1 + len(told.tokens) + len(told.picked)
        if self.size > MAX_HELD:
            self.fault = Refused("question")
            return
        if told.person is not None:
            self.people.setdefault(told.person, set()).update(told.tokens)
        self.picked.update(told.picked)


class Sealer(socketserver.ThreadingUnixStreamServer):
    """Answers on the socket until `shutdown`; a thread a connection."""

    daemon_threads = True

    def __init__(self, folder: Path, socket_path: Path, limits: Limits, *, group: str = "") -> None:
        self._sealing = Sealing(own_key(folder))
        self._budget = Budget(limits)
        # What a sealer that was killed left behind; nothing else has a socket of that name.
        socket_path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            super().__init__(str(socket_path), _Conversation)
        finally:
            os.umask(before)
        if group:
            shutil.chown(socket_path, group=group)
            socket_path.chmod(0o660)

    def answer(self, question: Question, held: Held) -> Answer | None:
        """The answer to one question, given what its connection was told before; to what is only told, there is none."""
        try:
            if not isinstance(question, Hold):
                return held.fault or self._over(*_cost(question, held)) or self._answered(question, held)
            self._sealing.check(question.tokens)
            held.add(question)
        except AnotherKey:
            held.fault = Refused("key")
        # A fault in what is only told is the answer to the next question.
        return None if isinstance(question, Hold) else held.fault

    def _answered(self, question: Seal | Match | Trace | Tell, held: Held) -> Answer:
        if isinstance(question, Seal):
            return self._sealing.seal(question.person, question.plate, question.words)
        if isinstance(question, Match):
            flags = self._sealing.match(question, held.people, held.picked)
            return Matched(flags, self._alarms(tuple(held.people)))
        if isinstance(question, Trace):
            return Traced(self._sealing.trace(question.mark, question.why))
        return Told(self._sealing.tell(question.mark, question.why, question.declared))

    def _over(self, asker: str, about: Sequence[str], plates: int) -> Refused | None:
        verdict = self._budget.take(asker, about, plates)
        if verdict is Verdict.WITHIN:
            return None
        if verdict is Verdict.OVER_BUDGET:
            _log.warning("Somebody asked for more plates than their budget holds.")
            return Refused("budget")
        _log.error("More plates were asked of one person's declarations than all may ask in a day.")
        return Refused("ceiling")

    def _alarms(self, about: Sequence[str]) -> tuple[str, ...]:
        alarmed = self._budget.alarms(about)
        if alarmed:
            _log.error(
                "So many plates were asked of one person's declarations that it should be looked into."
            )
        return alarmed


def _cost(question: Seal | Match | Trace | Tell, held: Held) -> tuple[str, Sequence[str], int]:
    """Who pays, whose declarations are asked about, and how many plates."""
    if isinstance(question, Match):
        return question.asker, tuple(held.people), len(question.plates)
    if isinstance(question, Seal):
        return question.asker, (question.person,), 1
    return question.asker, (), 1


class _Conversation(socketserver.StreamRequestHandler):
    timeout = _PATIENCE_S

    def handle(self) -> None:
        sealer, held = cast("Sealer", self.server), Held()
        try:
            while True:
                answer = sealer.answer(read_question(self.rfile), held)
                if answer is not None:
                    write_message(self.wfile, answer)
                if isinstance(answer, Refused):
                    return
        except msgspec.MsgspecError:
            with suppress(OSError):
                write_message(self.wfile, Refused("question"))
        except (EOFError, OSError):
            return  # whoever asked has heard all, or went away


def run(folder: Path, socket_path: Path, limits: Limits, *, group: str = "", follow: bool = False) -> None:
    """Answer until SIGTERM; with `follow` also until whoever holds the other end of our standard input is gone.

    Raises:
        SealerFolderError: the folder or the key is not this process's own alone, or damaged.
    """
    os.umask(0o077)
    if sys.platform == "linux":
        # Neither a debugger of the same account nor a core dump gets at the key.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    with Sealer(folder, socket_path, limits, group=group) as sealer:
        if follow:
            # Ctrl-C reaches everything in a shell's foreground; it is for the centre to end this, after its own work.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            threading.Thread(target=_end_with_parent, name="follow-parent", daemon=True).start()
        sealer.serve_forever()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _main() -> None:
    folder, socket_path, *limits = sys.argv[1:]
    try:
        run(Path(folder), Path(socket_path), Limits(*map(int, limits)), follow=True)
    except TurnpikeError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    _main()
