"""A hotlist of any length for a benchmark, and people who change it.

Its rows are written past the services, whose door would take days for a million; what is measured then goes through them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from turnpike.bench.centre import ACTOR, trained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.accounts.services import User

_LIST, _CASE = "bench", "BENCH/1"
AUTHORISER = "authoriser"


@dataclass(frozen=True, slots=True)
class LongList:
    """What was filled in: `waiting` are the numbers of proposed entries, in the order of their plates."""

    waiting: tuple[int, ...]


def fill(alerting: Sequence[str], waiting: Sequence[str]) -> LongList:
    """A list of entries that alert and of some that wait, into fresh records."""
    from turnpike.access import services as access
    from turnpike.accounts import services as accounts
    from turnpike.hotlists import services as hotlists

    investigator, authoriser = (
        accounts.create_account(role.value, role.value.title(), [role], actor=ACTOR, standing=trained())
        for role in (accounts.Role.INVESTIGATOR, accounts.Role.AUTHORISER)
    )
    hotlists.create_list(authoriser, slug=_LIST, name="Bench", purpose="To measure matching.")
    facts = access.CaseFacts(
        _CASE, access.Category.BURGLARY, is_open=True, assigned=frozenset({investigator.username})
    )
    access.record_case(facts, actor=ACTOR)
    proposed = _first(investigator)
    authorised = _first(investigator, authorised_by=authoriser, state=hotlists.EntryState.AUTHORISED)
    _copy(authorised, alerting)
    _copy(proposed, waiting)
    hotlists.Entry.objects.filter(pk__in=[proposed.pk, authorised.pk]).delete()
    rows = hotlists.Entry.objects.filter(state=hotlists.EntryState.PROPOSED).order_by("pk")
    return LongList(tuple(rows.values_list("pk", flat=True)))


def _first(proposer: User, **facts: Any) -> Any:
    from turnpike.hotlists import services as hotlists

    return hotlists.Entry.objects.create(
        hotlist=hotlists.find_list(_LIST),
        plate="X",
        case_reference=_CASE,
        reason="Made up to measure matching.",
        legal_basis=hotlists.LegalBasis.LAW_ENFORCEMENT,
        source="Benchmark",
        owner="Nobody: a benchmark",
        priority=hotlists.Priority.LOW,
        weed_at=datetime.now(UTC) + timedelta(days=28),
        proposed_by=proposer,
        **facts,
    )


def _copy(entry: Any, plates: Sequence[str]) -> None:
    """A row for each plate, otherwise like this entry's; as objects a million would take minutes."""
    from django.db import connection, transaction

    meta = entry._meta  # noqa: SLF001 - Django's documented name
    names = [field.column for field in meta.concrete_fields if field.column not in ("id", "plate")]
    columns = ", ".join(map(connection.ops.quote_name, names))
    places = ", ".join(["%s"] * len(names))
    with connection.cursor() as cursor:
        # The names are those of our own columns.
        cursor.execute(f"SELECT {columns} FROM {meta.db_table} WHERE id = %s", [entry.pk])  # noqa: S608
        same = cursor.fetchone()
        # Nothing waits for the disk: what is filled in is worth nothing after a crash.
        cursor.execute("PRAGMA synchronous=OFF")
        with transaction.atomic():
            cursor.executemany(
                f"INSERT INTO {meta.db_table} (plate, {columns}) VALUES (%s, {places})",  # noqa: S608
                [(plate, *same) for plate in plates],
            )
        cursor.execute("PRAGMA synchronous=FULL")
