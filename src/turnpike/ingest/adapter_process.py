"""Makers' messages are understood in a process of their own: one that a hostile message kills, hangs or bloats is ended, and takes nothing with it.

It is asked on its standard input and answers on its standard output, a message at a time, and holds neither a key nor a database. Pictures are decoded
here too, and only plates' patches go back.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import resource
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from turnpike.images.services import PatchError, check_patch, patch_from
from turnpike.ingest.adapter_wire import LENGTH, Answered, answer, asked, row_of
from turnpike.ingest.vendor_messages import MAX_SIGHTINGS, NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Mapping

    from turnpike.ingest.adapter_wire import Asked, SightingRow
    from turnpike.ingest.vendor_messages import Adapter, Picture, Understood

MAX_MEMORY_BYTES = 96 * 2**20
"""Beyond what this process takes when it starts. Source: the 64 MB that one message may take, and half as much again for what the allocator
cannot give back."""
TOO_MUCH_MEMORY = "The message takes more memory than one may."
READY = LENGTH.pack(0)
"""Its first words."""
_PAGE = "SC_PAGE_SIZE"
_PR_SET_PDEATHSIG = 1
"""Source: prctl(2)."""

_answered = msgspec.msgpack.Decoder(Answered).decode


def serve(adapters: Mapping[str, Adapter], questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the questions end; a message that takes too much memory is the last, since a fresh process has it all again."""
    while head := questions.read(LENGTH.size):
        (length,) = LENGTH.unpack(head)
        messages = asked(questions.read(length))
        messages.reverse()
        while messages:
            found = _answer(adapters, messages)
            answers.write(found)
            answers.flush()
            if found == _NO_MEMORY:
                return


_NO_MEMORY = answer(Answered(TOO_MUCH_MEMORY))


def _answer(adapters: Mapping[str, Adapter], messages: list[Asked]) -> bytes:
    """The answer to the last of these, which is taken off."""
    name = messages[-1].adapter
    try:
        return _understood(adapters, messages)
    except NotUnderstood as error:
        return answer(Answered(str(error)))
    except MemoryError:
        return _NO_MEMORY
    except Exception as error:  # noqa: BLE001 - whatever an adapter does wrong is told as its fault
        # Only the kind of error: its text may hold a plate.
        return answer(
            Answered(
                f"The adapter {name} failed over the message ({type(error).__name__}); that is to be mended in Turnpike."
            )
        )


def _understood(adapters: Mapping[str, Adapter], messages: list[Asked]) -> bytes:
    one = messages.pop()
    adapter = adapters.get(one.adapter)
    if adapter is None:
        return answer(Answered("The feed's adapter is not known to this version of Turnpike."))
    understood = adapter.understand(one.message)
    # Its pictures are decoded without the message beside them.
    del one
    if len(understood.sightings) > MAX_SIGHTINGS:
        return answer(Answered(f"The message holds over {MAX_SIGHTINGS} sightings."))
    faults = tuple((fault.reason, fault.source_camera) for fault in understood.faults[:MAX_SIGHTINGS])
    alive = tuple(understood.alive)[:MAX_SIGHTINGS]
    rows, notes = _rows(understood)
    content = answer(Answered("", rows, faults, alive, understood.software, understood.model, notes))
    # An adapter that gives values of other types is found here, and not where its reads are stored.
    _answered(memoryview(content)[LENGTH.size :])
    return content


def _rows(understood: Understood) -> tuple[tuple[SightingRow, ...], tuple[str, ...]]:
    rows, notes = [], []
    for sighting in understood.sightings:
        patch = None
        if sighting.picture is not None:
            try:
                patch = _patch(sighting.picture)
            except PatchError as error:
                notes.append(f"A read is taken without its picture. {error}")
        rows.append(row_of(sighting, patch))
    return tuple(rows), tuple(notes)


def _patch(picture: Picture) -> bytes:
    box = picture.box
    if box is None:
        return check_patch(picture.content)
    return patch_from(picture.content, (box.x, box.y, box.width, box.height))


def limit_memory(more_bytes: int) -> None:
    """Let this process take so much more than it has, where the system can tell."""
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * os.sysconf(_PAGE) + more_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def run(adapters: Mapping[str, Adapter]) -> None:
    """As a process: answer on what is standard output now; what an adapter prints goes to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for the worker to end, after its own work
    if sys.platform == "linux":
        # Also where it is just then busy with a message that never ends.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    logging.disable()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit_memory(MAX_MEMORY_BYTES)
    with contextlib.suppress(BrokenPipeError):
        answers.write(READY)
        answers.flush()
        serve(adapters, sys.stdin.buffer, answers)


if __name__ == "__main__":
    from turnpike.ingest.adapters import adapters as known

    run(known())
