"""The sealer as a process: one Unix socket, three questions, and the key nowhere but here.

It logs that it began, and who was over the budget; never what was asked.
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
from pathlib import Path
from typing import cast

import msgspec

from turnpike.errors import TurnpikeError
from turnpike.sealer.budget import Budget, Limits
from turnpike.sealer.key import own_key
from turnpike.sealer.messages import (
    Answer,
    Match,
    Question,
    Refused,
    Seal,
    Tell,
    Told,
    read_question,
    write_message,
)
from turnpike.sealer.sealing import AnotherKey, Sealing

_log = logging.getLogger(__name__)
_PATIENCE_S = 5.0
_PR_SET_DUMPABLE = 4
"""Source: prctl(2)."""


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

    def answer(self, question: Question) -> Answer:
        """The answer to one question."""
        try:
            if not self._budget.take(*_cost(question)):
                _log.warning("More plates were asked of one person's declarations than the budget holds.")
                return Refused("budget")
            if isinstance(question, Seal):
                return self._sealing.seal(question.person, question.plate, question.words)
            if isinstance(question, Match):
                return self._sealing.match(question)
            return Told(self._sealing.tell(question.mark, question.why))
        except AnotherKey:
            return Refused("key")


def _cost(question: Question) -> tuple[list[str], int]:
    if isinstance(question, Match):
        return [one.person for one in question.people], len(question.plates)
    return [question.asker if isinstance(question, Tell) else question.person], 1


class _Conversation(socketserver.StreamRequestHandler):
    timeout = _PATIENCE_S

    def handle(self) -> None:
        try:
            question = read_question(self.rfile)
        except msgspec.MsgspecError:
            write_message(self.wfile, Refused("question"))
        except (EOFError, OSError):
            return  # whoever asked went away
        else:
            write_message(self.wfile, cast("Sealer", self.server).answer(question))


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
    folder, socket_path, a_minute, a_day = sys.argv[1:]
    try:
        run(Path(folder), Path(socket_path), Limits(int(a_minute), int(a_day)), follow=True)
    except TurnpikeError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    _main()
