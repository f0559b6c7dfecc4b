"""Asking the sealer, from any other process: a connection a question, in as many messages as it takes."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from turnpike.sealer.errors import SealerUnavailable, TooManyChecks
from turnpike.sealer.messages import (
    PLATES_A_MESSAGE,
    TOKENS_A_MESSAGE,
    Declared,
    Flag,
    Hold,
    Match,
    Matched,
    Refused,
    Seal,
    Sealed,
    Tell,
    Told,
    Trace,
    Traced,
    read_answer,
    write_message,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from io import BufferedRWPair
    from pathlib import Path

    from turnpike.sealer.messages import Question, Reason, Words

_Kind = TypeVar("_Kind", Sealed, Matched, Traced, Told)
_Item = TypeVar("_Item")
ANSWER_S = 5.0
"""For each message of a question."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question which plates are flagged: who asks, and pays for it; each person's tokens; the plates; and for whom marks are made.

    `share` (0 to 1) is how often chance picks such a question, whatever its people and plates; what has a mark in `picked` is picked again.
    """

    asker: str
    tokens: Mapping[str, Sequence[bytes]]
    plates: Sequence[str]
    scope: str
    share: float = 0.0
    picked: Sequence[bytes] = ()

    def told(self) -> Iterator[Hold]:
        """What the sealer is told before it is asked, in blocks."""
        for person, tokens in self.tokens.items():
            yield Hold(person)
            yield from (Hold(person, block) for block in _blocks(tokens, TOKENS_A_MESSAGE))
        yield from (Hold(picked=block) for block in _blocks(self.picked, TOKENS_A_MESSAGE))

    def questions(self) -> Iterator[Match]:
        """The plates, in blocks; one at least."""
        # Parted among people and plates, so that a look is picked as often in all, however much it holds.
        chance = self.share / max(1, len(self.tokens) * len(self.plates))
        for block in _blocks(self.plates, PLATES_A_MESSAGE) or [()]:
            yield Match(self.asker, block, self.scope, chance)


@dataclass(frozen=True, slots=True)
class Flagged:
    """The answer: of each flagged plate its mark and why, sealed; and about whom so much is asked that it should be looked into."""

    flags: Mapping[str, tuple[bytes, bytes]]
    alarmed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SealerClient:
    """The way to the sealer behind one socket.

    Each method raises SealerUnavailable where it does not answer with sense or holds another key, and TooManyChecks over a limit.
    """

    socket_path: Path

    def seal(self, asker: str, person: str, plate: str, words: Words) -> Sealed:
        """A relation as the records may keep it."""
        with self._link() as link:
            return _expect(link, Seal(asker, person, plate, words), Sealed)

    def match(self, asked: Asked) -> Flagged:
        """Which plates are flagged, and of each its mark and why."""
        flags: dict[str, tuple[bytes, bytes]] = {}
        alarmed: list[str] = []
        with self._link() as link:
            for told in asked.told():
                write_message(link, told)
            for question in asked.questions():
                matched = _expect(link, question, Matched)
                alarmed += matched.alarmed
                flags |= {_placed(question, flag): (flag.mark, flag.why) for flag in matched.flags}
        return Flagged(flags, tuple(alarmed))

    def tell(
        self,
        asker: str,
        mark: bytes,
        why: bytes,
        declared_of: Callable[[Sequence[bytes]], Sequence[Declared]],
    ) -> tuple[Reason, ...]:
        """What a flag stands on; nothing where chance picked. `declared_of` gives the relations that have one of these tokens."""
        with self._link() as link:
            traced = _expect(link, Trace(asker, mark, why), Traced)
            declared = tuple(declared_of(traced.tokens))
            return _expect(link, Tell(asker, mark, why, declared), Told).reasons

    def answers(self) -> bool:
        """Whether it is there."""
        try:
            self.match(Asked("", {}, (), ""))
        except SealerUnavailable:
            return False
        return True

    @contextmanager
    def _link(self) -> Iterator[BufferedRWPair]:
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(ANSWER_S)
                link.connect(str(self.socket_path))
                with link.makefile("rwb") as stream:
                    yield stream
        except (OSError, EOFError, msgspec.MsgspecError) as error:
            raise SealerUnavailable(
                "The sealer does not answer, so that relations cannot be checked: try again in a few minutes."
            ) from error


def _blocks(items: Sequence[_Item], size: int) -> list[tuple[_Item, ...]]:
    return [tuple(items[start : start + size]) for start in range(0, len(items), size)]


def _expect(link: BufferedRWPair, question: Question, kind: type[_Kind]) -> _Kind:
    write_message(link, question)
    answer = read_answer(link)
    if isinstance(answer, kind):
        return answer
    why = answer.why if isinstance(answer, Refused) else ""
    if why == "budget":
        raise TooManyChecks(
            "More plates were looked at than can be checked for relations: wait a minute, and try again tomorrow if it still says so."
        )
    if why == "ceiling":
        raise TooManyChecks(
            "So many plates were looked at today by all who work with the same people that none can be checked: tell your auditor, and try again tomorrow."
        )
    if why == "key":
        raise SealerUnavailable(
            "The sealer's key is not the one that the relations were sealed with; restore it from your backup."
        )
    raise _no_sense()


def _placed(question: Match, flag: Flag) -> str:
    if not 0 <= flag.place < len(question.plates):
        raise _no_sense()
    return question.plates[flag.place]


def _no_sense() -> SealerUnavailable:
    return SealerUnavailable("The sealer's answer is not understood; look at the server's log.")
