"""Revisions of the entries: how a change is numbered where it is made, and found again where plates are matched.

Why no change is lost, whatever the order in which transactions end:

- A transaction that changes entries first locks one row, takes the next number and writes it beside each entry that
  it changes. The lock lasts until it ends, so that the next one waits: revisions become visible in the order of their
  numbers, and one that is rolled back gives its number back. (On SQLite there is one writer at a time anyway.) A plain sequence would not do: a later number may be
  committed first, and whoever looked in between would never look for the earlier one again.
- A reader notes the newest revision *before* it fetches the entries changed since the one it had. What is committed in between is
  fetched now, or again the next time; either way the row is fetched as it then stands, and laying it over twice does no harm.
- Each revision has a token by chance. Where the reader's revision is no longer there with its token, the records were put back from
  a backup (or a transaction that this process itself had seen was rolled back), and everything is fetched anew.

Entries are never deleted; one that no longer alerts has a state that says so.
"""

from __future__ import annotations

import secrets
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from django.db import transaction
from django.db.models import CharField, Max
from django.db.models.functions import Cast

from turnpike.hotlists.entry_table import EntryTable
from turnpike.hotlists.kinds import EntryState
from turnpike.hotlists.models import Edition, Entry
from turnpike.hotlists.plate_columns import words_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from numpy.typing import NDArray

_FIRST = 1
_AT_ONCE = 2_000
"""Rows of one part. Source: measured; with ten times as many the collector of garbage takes as long as all the rest."""
_UTC = "+00"
"""What PostgreSQL writes behind an instant; SQLite writes nothing."""


class Revision(NamedTuple):
    """One revision of the entries, and what tells it from another of the same number."""

    number: int
    token: int


class Changes(NamedTuple):
    """Entries that changed: those that may alert as they now stand, and the numbers of all."""

    authorised: EntryTable
    touched: NDArray[np.int64]


def next_revision() -> int:
    """The number to be written beside each entry that this transaction changes; asked for before any is changed.

    Raises:
        TransactionManagementError: outside a transaction, where it would be seen before the change.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "Change entries inside a transaction, together with their revision."
        )
    Edition.objects.get_or_create(number=_FIRST, defaults={"token": secrets.randbits(63)})
    # Until this transaction ends, every other one that changes entries waits here.
    Edition.objects.select_for_update().get(number=_FIRST)
    newest: int = Edition.objects.aggregate(newest=Max("number"))["newest"]
    return Edition.objects.create(number=newest + 1, token=secrets.randbits(63)).number


def newest_revision() -> Revision | None:
    """The newest one, by a look at one row; None where no entry was ever changed."""
    row = Edition.objects.order_by("-number").values_list("number", "token").first()
    return Revision(*row) if row else None


def still_stands(revision: Revision) -> bool:
    """Whether the records still go on from this revision."""
    return Edition.objects.filter(number=revision.number, token=revision.token).exists()


def authorised_entries() -> EntryTable:
    """Every entry that may alert; past its weed date or not."""
    return _packed(Entry.objects.filter(state=EntryState.AUTHORISED))


def changed_since(revision: Revision) -> Changes:
    """The entries changed by a later revision, as they now stand."""
    changed = Entry.objects.filter(revision__gt=revision.number)
    touched = np.fromiter(changed.order_by().values_list("id", flat=True), np.int64)
    return Changes(_packed(changed.filter(state=EntryState.AUTHORISED)), touched)


def _packed(entries: QuerySet[Entry]) -> EntryTable:
    """These entries, fetched a part at a time."""
    # The instant as text, since a million objects of date and time take longer than all the rest together.
    # In no order: for one, a database that knows no better reads a million rows in it to find ten changed ones.
    told = entries.order_by().annotate(weeds=Cast("weed_at", CharField()))
    rows = iter(told.values_list("id", "plate", "weeds").iterator(chunk_size=_AT_ONCE))
    # These grow in their place, where a list of arrays would be there twice in the end.
    entry_ids, words, weed_us = bytearray(), bytearray(), bytearray()
    while some := list(islice(rows, _AT_ONCE)):
        ids, plates, weeds = zip(*some, strict=True)
        instants = np.array([weed.removesuffix(_UTC) for weed in weeds], "datetime64[us]")
        entry_ids += np.array(ids, np.int64).tobytes()
        words += words_of(plates).tobytes()
        weed_us += instants.tobytes()
    return EntryTable.of(
        np.frombuffer(entry_ids, np.int64),
        np.frombuffer(words, np.uint64).reshape(-1, 2),
        np.frombuffer(weed_us, np.int64),
    )
