"""Asking the sealer, from any other process: a connection a question."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from turnpike.sealer.errors import SealerUnavailable, TooManyChecks
from turnpike.sealer.messages import (
    Match,
    Matched,
    Refused,
    Seal,
    Sealed,
    Tell,
    Told,
    read_answer,
    write_message,
)

if TYPE_CHECKING:
    from pathlib import Path

    from turnpike.sealer.messages import Answer, Question, Reason, Words

ANSWER_S = 5.0


@dataclass(frozen=True, slots=True)
class SealerClient:
    """The way to the sealer behind one socket.

    Each method raises SealerUnavailable where it does not answer with sense or holds another key, and TooManyChecks over the budget.
    """

    socket_path: Path

    def seal(self, person: str, plate: str, words: Words) -> Sealed:
        """A relation as the records may keep it."""
        answer = self._ask(Seal(person, plate, words))
        if not isinstance(answer, Sealed):
            raise _no_sense()
        return answer

    def match(self, question: Match) -> Matched:
        """Which plates are flagged, in their order."""
        answer = self._ask(question)
        if not isinstance(answer, Matched) or len(answer.flagged) != len(question.plates):
            raise _no_sense()
        return answer

    def tell(self, asker: str, mark: bytes, why: bytes) -> tuple[Reason, ...]:
        """What a flag stands on; nothing where chance picked."""
        answer = self._ask(Tell(asker, mark, why))
        if not isinstance(answer, Told):
            raise _no_sense()
        return answer.reasons

    def answers(self) -> bool:
        """Whether it is there."""
        try:
            self.match(Match((), (), "", 0.0))
        except SealerUnavailable:
            return False
        return True

    def _ask(self, question: Question) -> Answer:
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(ANSWER_S)
                link.connect(str(self.socket_path))
                with link.makefile("rwb") as stream:
                    write_message(stream, question)
                    answer = read_answer(stream)
        except (OSError, EOFError, msgspec.MsgspecError) as error:
            raise SealerUnavailable(
                "The sealer does not answer, so that relations cannot be checked: try again in a few minutes."
            ) from error
        if isinstance(answer, Refused) and answer.why == "budget":
            raise TooManyChecks(
                "More plates were looked at than can be checked for relations: wait a minute, and try again tomorrow if it still says so."
            )
        if isinstance(answer, Refused) and answer.why == "key":
            raise SealerUnavailable(
                "The sealer's key is not the one that the relations were sealed with; restore it from your backup."
            )
        return answer


def _no_sense() -> SealerUnavailable:
    return SealerUnavailable("The sealer's answer is not understood; look at the server's log.")
