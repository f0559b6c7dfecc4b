"""Somebody who changes the hotlist, in a process of its own: entries that wait are authorised, one after another."""

from __future__ import annotations

import random
import threading
import time

import msgspec

from turnpike.bench.apart import answer_process
from turnpike.bench.long_list import AUTHORISER

_LONGEST_PAUSE_S = 0.4


class ChangeEntries(msgspec.Struct, frozen=True):
    """What is asked: to authorise these entries."""

    entries: tuple[int, ...]


class EntriesChanged(msgspec.Struct, frozen=True):
    """When each change was committed, by the clock that all processes of a machine share."""

    committed_at_s: tuple[float, ...]


def change(asked: ChangeEntries) -> EntriesChanged:
    """Each as an authoriser does it, with pauses between that fall in with no rhythm of the reader's."""
    from turnpike.site.services import prepare_records

    prepare_records()
    from turnpike.accounts import services as accounts
    from turnpike.hotlists import services as hotlists

    authoriser = accounts.User.objects.get(username=AUTHORISER)
    pause, chance = threading.Event(), random.Random(1)  # noqa: S311 - seeded on purpose
    committed: list[float] = []
    for entry in asked.entries:
        pause.wait(chance.uniform(0, _LONGEST_PAUSE_S))
        hotlists.authorise_entry(authoriser, entry)
        committed.append(time.monotonic())
    return EntriesChanged(tuple(committed))


if __name__ == "__main__":
    answer_process(ChangeEntries, change)
