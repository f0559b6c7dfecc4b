"""One read from its collection to its erasure, as the log tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from turnpike.access.services import Action, authorise, grounds, read_place, read_stored_at
from turnpike.errors import UnavailableError
from turnpike.ledger.services import (
    AuditEvent,
    LedgerEntry,
    Receipt,
    first_at,
    opened_at,
    opened_between,
    record,
    state,
)
from turnpike.reads.services import ReadId

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from turnpike.access.services import Place
    from turnpike.accounts.services import User

MOST_OPENED = 50_000
"""Of one page. Source: ours; about a second's work on two cores."""
_MOST_CARRIED = 200
_COLLECTED_WITHIN = timedelta(minutes=2)
"""How long after a read was stored its collection is looked for; it follows within a second. Source: ours."""
_ID_AHEAD = timedelta(seconds=2)
"""By how much the time in a read's id may be ahead of its commit: it is drawn within the second, and counts up. Source: `reads/appending.py`."""
_COLLECTION = (AuditEvent.READS_COLLECTED,)
STAGES = {
    "collection": "Collection",
    "consultation": "Consultations",
    "alteration": "Actions",
    "disclosure": "Disclosures",
    "erasure": "Erasure",
}
"""In words, by what stands before an event's dot."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the read's life, with the entries that tell of it, oldest first."""

    title: str
    entries: tuple[LedgerEntry, ...]


@dataclass(frozen=True, slots=True)
class ReadLife:
    """What the log told so far: of its entries from `begin` up to `end`, exclusive, those up to `stop` were looked at."""

    read: str
    place: Place | None
    """Where it was made and whether it is kept; None where the read store cannot be asked."""
    stored_at: datetime
    stages: tuple[Stage, ...]
    begin: int
    stop: int
    end: int
    erased: int
    """How many of those opened for this page say nothing any more, since their contents were erased."""
    receipt: Receipt

    @property
    def is_over(self) -> bool:
        """Whether the log was looked at to its end."""
        return self.stop >= self.end

    @property
    def seen(self) -> str:
        """The entries so far, as the next page takes them."""
        return ",".join(str(entry.index) for stage in self.stages for entry in stage.entries)


def follow_read(user: User, text: str, *, after: int = 0, seen: Iterable[int] = ()) -> ReadLife:
    """The life of the read with that id: at most `MOST_OPENED` entries are opened, from when it was stored or index `after` on.

    `seen` are the entries that the page before found; those that do not tell of the read are left out.

    Raises:
        InvalidReadId: the text is no read's id.
        Denied: the person may not look at the log.
        LedgerError: the look could not be recorded, or an entry cannot be opened.
    """
    read_id = ReadId.parse(text)
    decision = authorise(user, Action.ViewLog, resource="ledger")
    size = state().size
    place, stored_at = _place(read_id)
    begin = first_at(stored_at - _ID_AHEAD, size)
    first = min(max(begin, after), size)
    stop = min(size, first + MOST_OPENED)
    receipt = record(
        AuditEvent.READ_FOLLOWED,
        actor=user.username,
        details={"read": read_id.text, "first_entry": first, "last_entry": stop - 1, **grounds(decision)},
    )
    carried = sorted({index for index in seen if begin <= index < first})[:_MOST_CARRIED]
    camera = place.camera_id if place else ""
    told = [entry for entry in opened_at(carried) if _tells_of(entry, read_id.text, camera, stored_at)]
    opened = list(opened_between(first, stop))
    told += [entry for entry in opened if _tells_of(entry, read_id.text, camera, stored_at)]
    return ReadLife(
        read_id.text, place, stored_at, _stages(told), begin, stop, size, stop - first - len(opened), receipt
    )


def _place(read_id: ReadId) -> tuple[Place | None, datetime]:
    try:
        place = read_place(read_id.text)
    except UnavailableError:
        return None, read_stored_at(read_id)
    return place, place.stored_at


def _tells_of(entry: LedgerEntry, read: str, camera: str, stored_at: datetime) -> bool:
    """Whether the entry is of this read: names it; or is a collection, of its camera if known, when it was stored."""
    if entry.event in _COLLECTION:
        cameras = entry.details.get("cameras")
        is_its = not camera or (
            isinstance(cameras, list) and any(one.startswith(f"{camera}: ") for one in cameras)
        )
        return is_its and entry.at <= stored_at + _COLLECTED_WITHIN
    if entry.event in (AuditEvent.READ_FOLLOWED, AuditEvent.WHO_COULD_SEE_ASKED):
        return False
    reads = entry.details.get("reads")
    return entry.details.get("read") == read or (isinstance(reads, list) and read in reads)


def _stages(told: Iterable[LedgerEntry]) -> tuple[Stage, ...]:
    by_stage: dict[str, list[LedgerEntry]] = {name: [] for name in STAGES}
    for entry in told:
        by_stage.setdefault(entry.event.value.partition(".")[0], []).append(entry)
    return tuple(Stage(STAGES.get(name, name.capitalize()), tuple(own)) for name, own in by_stage.items())
