"""A force's past for a benchmark: requests of many years with what hangs on them, and a log that holds it all.

Written past the services, which would take days for a million; that the log is nevertheless a whole one is checked afterwards.
"""

from __future__ import annotations

import contextlib
import itertools
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from turnpike.bench.centre import ACTOR, trained

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Manager

    from turnpike.accounts.services import User

ENTRIES_A_REQUEST = 3
_AT_ONCE = 10_000
_INVESTIGATORS = 200
_YEARS = 30
"""33,000 requests a year are a million in thirty."""
_OPEN_OF_ONE, _WAITING, _CASES_OF_ONE, _SEARCHES_OF_ONE = 60, 2_000, 300, 400
_DAY = timedelta(days=1)
_REASON = "Burglary in Mill Lane at 02:10; a witness gave the plate of the car that left"
_PLATE = "AB12CDE"


@dataclass(frozen=True, slots=True)
class Past:
    """Who looks at it, and where there is most: `busy` opened one in 200 requests, and `crowded` holds hundreds of searches."""

    busy: User
    authoriser: User
    auditor: User
    crowded: str
    requests: int


def fill(requests: int) -> Past:
    """So many past requests, and what a busy day leaves open, into fresh records."""
    from turnpike.accounts import services as accounts

    def person(name: str, role: accounts.Role) -> User:
        return accounts.create_account(name, name.title(), [role], actor=ACTOR, standing=trained())

    busy = person("busy", accounts.Role.INVESTIGATOR)
    people = [
        busy,
        *(person(f"investigator-{n}", accounts.Role.INVESTIGATOR) for n in range(1, _INVESTIGATORS)),
    ]
    past = Past(
        busy,
        person("authoriser", accounts.Role.AUTHORISER),
        person("auditor", accounts.Role.AUDITOR),
        _number(requests),
        requests,
    )
    with _in_haste():
        first_entry = _write_log(people, requests)
        _write_requests(people, past, requests, first_entry)
        _write_today(people, past, requests, first_entry)
    return past


def _number(index: int) -> str:
    return f"R-2026-{index:06d}"


def _rows(name: str) -> Manager[Any]:
    """All rows of a model that is named as APPLICATION.MODEL: no service writes them so many at once."""
    from django.apps import apps

    manager: Manager[Any] = apps.get_model(name)._default_manager  # noqa: SLF001 - Django's documented name
    return manager


@contextlib.contextmanager
def _in_haste() -> Iterator[None]:
    """While this lasts nothing waits for the disk: what is filled in is worth nothing after a crash."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
        yield
        cursor.execute("PRAGMA synchronous=FULL")


def _write(name: str, rows: Iterable[dict[str, Any]]) -> None:
    from django.db import transaction

    manager, made = _rows(name), iter(rows)
    while some := [manager.model(**row) for row in itertools.islice(made, _AT_ONCE)]:
        with transaction.atomic():
            manager.bulk_create(some)


def _write_requests(people: list[User], past: Past, requests: int, first_entry: int) -> None:
    now = datetime.now(UTC)
    step = _YEARS * 365 * _DAY / requests

    def opened_at(index: int) -> datetime:
        return now - 10 * _DAY - (requests - index) * step

    _write("access.Request", (_request(index, people, opened_at(index)) for index in range(requests)))
    _write(
        "access.Search",
        (
            _search(_number(index), opened_at(index), first_entry + ENTRIES_A_REQUEST * index)
            for index in range(requests)
        ),
    )
    _write(
        "access.Disclosure",
        ({"request_id": _number(index), "read_id": f"{index:016d}"} for index in range(requests)),
    )
    # One in ten looked further back; of four of these one lapsed, undecided.
    _write(
        "access.Authority",
        (
            {
                "request_id": _number(index),
                "reach_days": 180,
                "asked_at": opened_at(index),
                "granted": None if index % 40 == 0 else index % 3 > 0,
                "decided_by": None if index % 40 == 0 else past.authoriser,
                "decided_at": None if index % 40 == 0 else opened_at(index),
            }
            for index in range(0, requests, 10)
        ),
    )
    _write(
        "access.EmergencyReview",
        (
            {
                "request_id": _number(index),
                "due_at": opened_at(index) + _DAY,
                "reviewed_by": past.authoriser,
                "reviewed_at": opened_at(index) + _DAY,
                "justified": True,
                "remarks": "The searches fit what was said.",
            }
            for index in range(7, requests, 200)
        ),
    )


def _request(index: int, people: list[User], opened_at: datetime) -> dict[str, Any]:
    return {
        "number": _number(index),
        "requester": people[index % len(people)],
        "operator": people[index % len(people)],
        "patterns": [_PLATE],
        "case_reference": f"CR/{index:07d}/26",
        "category": "burglary",
        "purpose": "crime_investigation",
        "reason": _REASON,
        "opened_at": opened_at,
        "expires_at": opened_at + _DAY,
        "closed_at": opened_at + _DAY / 2 if index % 2 else None,
        # Of one in fifty nobody ever told.
        "outcome": "" if index % 50 == 0 else "nothing",
    }


def _search(number: str, at: datetime, opening: int) -> dict[str, Any]:
    return {
        "request_id": number,
        "pattern": _PLATE,
        "captured_from": at - _DAY,
        "captured_until": at,
        "searched_at": at,
        "returned": 1,
        "truncated": False,
        "fitting": 1,
        "intent_entry": opening + 1,
        "returned_entry": opening + 2,
    }


def _write_today(people: list[User], past: Past, requests: int, first_entry: int) -> None:
    """What is open: requests of the busy one, one of them with hundreds of searches; a full queue; their cases."""
    now = datetime.now(UTC)
    waiting = range(requests + _OPEN_OF_ONE, requests + _OPEN_OF_ONE + _WAITING)
    opened = [
        *(_request(index, people[:1], now) for index in range(requests, requests + _OPEN_OF_ONE)),
        *(_request(index, people[1:], now) for index in waiting),
    ]
    _write("access.Request", ({**row, "closed_at": None, "outcome": ""} for row in opened))
    _write("access.Search", (_search(past.crowded, now, first_entry) for _ in range(_SEARCHES_OF_ONE)))
    _write(
        "access.Authority",
        ({"request_id": _number(index), "reach_days": 180, "asked_at": now} for index in waiting),
    )
    cases = [f"CR/{index:07d}/26" for index in range(max(requests // 10, _CASES_OF_ONE))]
    facts = {"category": "burglary", "told_at": now}
    _write("access.Case", ({"number": number, "is_open": True, **facts} for number in cases))
    _write(
        "access.CaseAssignment",
        (
            {
                "case_id": number,
                "username": past.busy.username if place < _CASES_OF_ONE else people[place % 199 + 1].username,
            }
            for place, number in enumerate(cases)
        ),
    )
    _write("access.NumberSeries", [{"year": now.year, "last": requests + _OPEN_OF_ONE + _WAITING}])


def _write_log(people: list[User], requests: int) -> int:
    """Each request's opening, search and answer as entries of the log; the index of the first."""
    from django.db import connection, transaction

    from turnpike.audit import services as audit
    from turnpike.ledger import services as ledger

    head = _rows("ledger.TreeHead")
    frontier = audit.Frontier.from_bytes(bytes(head.get().frontier))
    first = frontier.size
    lookers = [ledger.looker_of(person.username) for person in people]
    entries = _sealed_entries(people, lookers, first, requests)
    while some := list(itertools.islice(entries, _AT_ONCE)):
        frontier, nodes = frontier.extend([committed for _, committed, _, _, _ in some])
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                'INSERT INTO ledger_entry ("index", commitment, sealed, looker) VALUES (%s, %s, %s, %s)',
                [row[:4] for row in some],
            )
            cursor.executemany(
                'INSERT INTO ledger_salt ("index", salt) VALUES (%s, %s)', [(row[0], row[4]) for row in some]
            )
            cursor.executemany(
                'INSERT INTO ledger_node (level, "index", hash) VALUES (%s, %s, %s)',
                [(node.level, node.index, node.hash) for node in nodes],
            )
    signer = ledger.signers()[0]
    checkpoint = audit.Checkpoint(signer.name, frontier.size, frontier.root())
    head.update(
        size=frontier.size,
        frontier=frontier.to_bytes(),
        checkpoint=audit.sign_checkpoint(checkpoint, signer),
    )
    return first


def _sealed_entries(
    people: list[User], lookers: list[bytes], first: int, requests: int
) -> Iterator[tuple[int, bytes, bytes, bytes | None, bytes]]:
    """Index, commitment, sealed contents, looker and salt of each entry."""
    import msgspec

    from turnpike.audit import services as audit
    from turnpike.ledger import services as ledger

    chance = random.Random(1)  # noqa: S311 - salts of made-up contents
    now, step = datetime.now(UTC), _YEARS * 365 * _DAY / requests
    for index in range(requests):
        opened_at = (now - 10 * _DAY - (requests - index) * step).isoformat(timespec="milliseconds")
        place = index % len(people)
        for part, contents in enumerate(_contents(index, people[place].username, opened_at, first)):
            entry = first + ENTRIES_A_REQUEST * index + part
            plain, salt = msgspec.json.encode(contents), chance.randbytes(32)
            sealed = ledger.seal_contents(entry, salt, plain)
            yield entry, audit.commitment(salt, plain), sealed, lookers[place] if part else None, salt


def _contents(index: int, actor: str, at: str, first: int) -> tuple[dict[str, object], ...]:
    number, opening = _number(index), first + ENTRIES_A_REQUEST * index
    why = {
        "request": number,
        "case_reference": f"CR/{index:07d}/26",
        "purpose": "crime_investigation",
        "reason": _REASON,
    }
    asked = f'{{"action":"Search","resource":"{number}","context":{{"range_hours":24,"days_back":1}}}}'
    decided = {"rules": ["search"], "policy": "base@000000000000", "asked": asked}
    span = {"captured_from": at, "captured_until": at, "cameras": "all", "pattern": _PLATE}
    answer = {"request": number, "intent": opening + 1, "returned": 1, "reads": [f"{index:016d}"]}
    told = (
        ("access.request_opened", {**why, **decided}),
        ("consultation.search_intended", {**why, **span, **decided}),
        ("consultation.search_returned", answer),
    )
    return tuple({"event": event, "at": at, "actor": actor, "details": details} for event, details in told)
