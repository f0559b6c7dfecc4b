"""A program: entries are changed by several connections and processes while others match; what they saw, as JSON on stdout.

With an argument it is the other process: it moves the entry of that number to each plate on its stdin, and says when that was done.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from datetime import timedelta
from itertools import count

from turnpike.site.services import prepare_records

ORDER_S = 0.3
"""Long enough for a transaction to overtake another, if it could."""


def main() -> None:
    prepare_records()
    if len(sys.argv) > 1:
        be_the_other_process(int(sys.argv[1]))
    else:
        told = {**order_of_transactions(), **readers_and_writers(), **another_process()}
        json.dump(told, sys.stdout)


def wanted(plate: str) -> int:
    """An entry that alerts, put there past the door."""
    from django.utils import timezone

    from turnpike.accounts.services import User
    from turnpike.hotlists.current import changing_entries
    from turnpike.hotlists.kinds import EntryState
    from turnpike.hotlists.models import Entry, Hotlist

    hotlist, _ = Hotlist.objects.get_or_create(slug="stolen", name="Stolen", purpose="For this test")
    one, other = (User.objects.get_or_create(username=name)[0] for name in ("one", "other"))
    with changing_entries() as revision:
        entry = Entry.objects.create(
            hotlist=hotlist,
            plate=plate,
            weed_at=timezone.now() + timedelta(days=1),
            state=EntryState.AUTHORISED,
            proposed_by=one,
            authorised_by=other,
            revision=revision,
        )
    return entry.pk


def move(entry_id: int, plate: str) -> None:
    from turnpike.hotlists.current import changing_entries
    from turnpike.hotlists.models import Entry

    with changing_entries() as revision:
        Entry.objects.filter(pk=entry_id).update(plate=plate, revision=revision)


def found(follower, plates: list[str]) -> list[str]:
    from django.utils import timezone

    return [plates[match.position] for match in follower.get().match(plates, now=timezone.now())]


def order_of_transactions() -> dict[str, object]:
    """A transaction takes a revision and dawdles; another one comes, and a reader looks meanwhile."""
    from django.db import connections, transaction

    from turnpike.hotlists.current import CurrentMatcher
    from turnpike.hotlists.models import Edition, Entry
    from turnpike.hotlists.revisions import next_revision

    first, second = wanted("AB12CDE"), wanted("CD34EFG")
    asked, ticks = ["EF56GHJ", "GH78JKL"], count()
    follower = CurrentMatcher(lambda: next(ticks))
    follower.get()
    order: list[str] = []
    seen: list[str] = []

    def other() -> None:
        move(second, "GH78JKL")
        order.append("later")
        connections.close_all()

    def look() -> None:
        seen.extend(found(follower, asked))
        connections.close_all()

    threads = [threading.Thread(target=work) for work in (other, look)]
    with transaction.atomic():
        revision = next_revision()
        for thread in threads:
            thread.start()
        Entry.objects.filter(pk=first).update(plate="EF56GHJ", revision=revision)
        threads[0].join(ORDER_S)
        threads[1].join()
        order.append("earlier")
    threads[0].join()
    return {
        "order": order,
        "seen_meanwhile": seen,
        "seen_afterwards": found(follower, asked),
        "revisions": list(Edition.objects.order_by("number").values_list("number", flat=True)),
    }


def readers_and_writers() -> dict[str, object]:
    """Four entries move about; whoever looks finds each of them, at one plate and not at two."""
    from django.db import connections
    from django.utils import timezone
    from tests.hotlists.packing import Wanted, oracle

    from turnpike.hotlists import matcher
    from turnpike.hotlists.current import CurrentMatcher
    from turnpike.hotlists.models import Entry

    matcher.MOST_CHANGES = 2
    heads = ("JA", "JB", "JC")
    asked, ticks = [f"{head}7{number}WWW" for head in heads for number in range(4)], count()
    entries = [wanted(plate) for plate in asked[:4]]
    packing: list[threading.Thread] = []

    def in_background(work) -> None:
        packing.append(threading.Thread(target=work))
        packing[-1].start()

    follower = CurrentMatcher(lambda: next(ticks), in_background)
    stop, faults = threading.Event(), []

    def look() -> None:
        try:
            while not stop.is_set():
                found = follower.get().match(asked, now=timezone.now())
                if sorted(match.entry_id for match in found) != entries:
                    faults.append(repr(found))
        except Exception as fault:  # noqa: BLE001 - told to the test
            faults.append(repr(fault))
        finally:
            connections.close_all()

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(40):
        move(entries[turn % 4], f"{heads[(turn // 4 + 1) % 3]}7{turn % 4}WWW")
    stop.set()
    for thread in (*readers, *packing):
        thread.join()
    rows = [Wanted(*row) for row in Entry.objects.values_list("pk", "plate", "weed_at")]
    agrees = list(follower.get().match(asked, now=timezone.now())) == oracle(rows, asked, timezone.now())
    return {"faults": faults[:5], "packed_anew": len(packing), "agrees_in_the_end": agrees}


def another_process() -> dict[str, object]:
    """By the real clock; both processes read the same one."""
    from turnpike.hotlists.current import CurrentMatcher

    entry, here = wanted("AB99CDE"), CurrentMatcher()
    taken: list[float] = []
    with subprocess.Popen(
        [sys.executable, "-m", "tests.hotlists.several_connections", str(entry)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdin
        assert other.stdout
        assert other.stdout.readline() == "ready\n"
        for plate in ("ZZ99ZZZ", "YY88YYY", "XX77XXX", "WW66WWW"):
            other.stdin.write(f"{plate}\n")
            other.stdin.flush()
            pause = threading.Event()
            while not found(here, [plate]):
                pause.wait(0.005)
            seen_s = time.monotonic()
            taken.append(seen_s - float(other.stdout.readline()))
        other.stdin.close()
    return {"reached_after_s": taken}


def be_the_other_process(entry_id: int) -> None:
    print("ready", flush=True)  # noqa: T201 - a program
    for line in sys.stdin:
        move(entry_id, line.strip())
        print(time.monotonic(), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
