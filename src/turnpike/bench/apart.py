"""A measurement in a process of its own: asked in JSON on its stdin, answered in JSON on its stdout."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, TypeVar

import msgspec

from turnpike.bench.errors import BenchFailed

if TYPE_CHECKING:
    from collections.abc import Callable

Asked = TypeVar("Asked", bound=msgspec.Struct)
Answered = TypeVar("Answered", bound=msgspec.Struct)


def ask_process(module: str, asked: msgspec.Struct, answer: type[Answered]) -> Answered:
    """What the module `turnpike.bench.MODULE`, run as a program, answered.

    Raises:
        BenchFailed: the process failed.
    """
    done = subprocess.run(  # noqa: S603 - a module of this folder
        [sys.executable, "-m", f"turnpike.bench.{module}"],
        input=msgspec.json.encode(asked),
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise BenchFailed(f"The measuring process {module} failed; what it printed above says why.")
    return msgspec.json.decode(done.stdout, type=answer)


def tell(sentence: str) -> None:
    """Progress, for who waits: on stderr, as stdout carries the answer."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def answer_process(asked: type[Asked], work: Callable[[Asked], msgspec.Struct]) -> None:
    """The other side: do the work that stdin asks for."""
    answer = work(msgspec.json.decode(sys.stdin.buffer.read(), type=asked))
    sys.stdout.buffer.write(msgspec.json.encode(answer))
