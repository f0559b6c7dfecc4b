"""The search: decided, written down, run, written down again, and only then handed over.

Nothing else in Turnpike asks the read store for reads that arrived before. The order of the steps is the
point: the intent is committed before the query runs, and what was returned before the first row leaves.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from django.db import transaction

from turnpike import config
from turnpike.access.authorities import days_back
from turnpike.access.decisions import Detail, grounds
from turnpike.access.disclosing import disclose
from turnpike.access.errors import ExportError, RangeError, TooManyReads
from turnpike.access.models import Disclosure, Request, Search
from turnpike.access.policy import Action, Fact
from turnpike.access.relation_kinds import LookKind
from turnpike.access.relations import ask_outside, hold_back
from turnpike.access.release_words import notices
from turnpike.access.releasing import opening
from turnpike.access.requests import look_under, under_request
from turnpike.ledger.services import AuditEvent, Receipt, record
from turnpike.plates.services import parse_pattern
from turnpike.reads.services import ReadQuery, SearchLimits, SearchResult, StoredRead, attached_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from turnpike.access.flag_cache import Flagged
    from turnpike.access.rulings import Decision
    from turnpike.accounts.services import User
    from turnpike.plates.services import PlatePattern

_HOURS_A_DAY = 24
_BANDS = (1_000, 10_000, 100_000)
"""What a refusal tells of how many there are: more than the most that a search returns, or than one of these."""


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """What one search gave: the reads, newest first, and the receipts of both its ledger entries.

    Of a pattern's reads those that need an outside authoriser are left out; whether there were any is not told.
    """

    reads: tuple[StoredRead, ...]
    truncated: bool
    """Whether there are more reads than were returned."""
    is_pattern: bool
    """Whether more than one plate could fit."""
    intent: Receipt
    returned: Receipt
    elapsed_ms: float
    kept: Search
    """What the records keep of it."""
    withheld: tuple[str, ...] = ()
    """Which cameras and fields of other controllers are not in it, and why; the same whatever was captured."""

    @property
    def fitting(self) -> int:
        """How many reads fit in all, counted to one more than an export may hold."""
        return self.kept.fitting


def search(
    user: User,
    number: str,
    *,
    pattern: str,
    captured_from: datetime,
    captured_until: datetime,
    camera_ids: Sequence[str] | None = None,
    expecting: int | None = None,
) -> SearchOutcome:
    """The reads of a plate or pattern in `[captured_from, captured_until)`, under one's own open request.

    `camera_ids` of None means all cameras of the scope. An export says how many reads of one plate it is `expecting`, which may be more.

    Raises:
        PlateError: the pattern cannot be used.
        RangeError: the range is empty, or not in aware instants.
        TooManyReads: a pattern fits more reads than one search may return; none is, and only how many there are at least is said.
        Denied: no such open request, a range too long, or a plate that an outside authoriser decides about; nothing was searched.
        UnavailableError: relations cannot be checked any more; nothing is returned.
        LedgerError: an entry could not be written; nothing is returned.
        TurnpikeError: the store refused or failed, as SEARCH_FAILED in the ledger says.
    """
    parsed = parse_pattern(pattern)
    span = _span(captured_from, captured_until)
    facts = partial(_facts, pattern=parsed, since=captured_from, span=span, camera_ids=camera_ids)
    named = [parsed.text] if parsed.is_exact else []
    request, decision = under_request(user, Action.Search, number, facts, named)
    cameras = request.scope.narrowed(camera_ids)
    opened = opening(user, request.purpose, captured_from, captured_until, cameras)
    query = opened.narrowed(ReadQuery(parsed, captured_from, captured_until, cameras))
    intent = record(
        AuditEvent.SEARCH_INTENDED,
        actor=user.username,
        details={**_intent(request, decision, query), **opened.told()},
    )
    result, fitting = _run(user, request, query, intent, expecting)
    result = replace(result, rows=opened.stripped(result.rows))
    if result.truncated and not parsed.is_exact:
        _refuse(user, request, query, intent)
    result, held = _without_held(user, request, query, result, intent)
    # Of a pattern only what is handed over counts: more would tell that something was held back.
    fitting = fitting if parsed.is_exact else len(result.rows)
    told = _answer(request, intent, result, fitting)
    returned = record(AuditEvent.SEARCH_RETURNED, actor=user.username, details=told)
    disclose(user, opened, result.rows, request_number=request.number)
    kept = _remember(request, query, result, held, fitting, (intent, returned))
    return SearchOutcome(
        result.rows, result.truncated, not named, intent, returned, result.elapsed_ms, kept, notices(opened)
    )


def _facts(
    request: Request | None,
    *,
    pattern: PlatePattern,
    since: datetime,
    span: timedelta,
    camera_ids: Sequence[str] | None,
) -> dict[str, Fact]:
    """What a search is decided on beside its request; an emergency states no scope, and so is within it."""
    free = request is not None and request.is_emergency
    asked = request.scope.narrowed(camera_ids) if request else None
    return {
        "range_hours": math.ceil(span / timedelta(hours=1)),
        "longest_range_hours": config.load().search_max_days * _HOURS_A_DAY,
        "days_back": days_back(since),
        "plates_in_scope": free or (request is not None and request.scope.holds_plates(pattern)),
        "cameras_in_scope": free or (request is not None and request.scope.holds_cameras(asked)),
    }


def _span(captured_from: datetime, captured_until: datetime) -> timedelta:
    if captured_from.utcoffset() is None or captured_until.utcoffset() is None:
        raise RangeError("Give both ends of the time range with their time zone.")
    if captured_until <= captured_from:
        raise RangeError("The time range ends before it begins: choose a later end.")
    return captured_until - captured_from


def _intent(request: Request, decision: Decision, query: ReadQuery) -> dict[str, Detail]:
    return {
        "request": request.number,
        "requester": request.requester.username,
        "case_reference": request.case_reference,
        "purpose": request.purpose,
        "reason": request.reason,
        "pattern": query.pattern.text,
        "captured_from": query.captured_from.isoformat(timespec="seconds"),
        "captured_until": query.captured_until.isoformat(timespec="seconds"),
        "cameras": "all" if query.camera_ids is None else list(query.camera_ids),
        **grounds(decision),
    }


def _answer(request: Request, intent: Receipt, result: SearchResult, fitting: int) -> dict[str, Detail]:
    return {
        "request": request.number,
        "intent": intent.index,
        "returned": len(result.rows),
        "fitting": fitting,
        "truncated": result.truncated,
        "reads": [read.read_id.text for read in result.rows],
    }


def _limits(max_rows: int = 0) -> SearchLimits:
    settings = config.load()
    return SearchLimits(
        max_rows=max_rows or settings.search_max_rows,
        max_seconds=settings.search_max_seconds,
        max_memory_mb=settings.search_max_memory_mb,
    )


def _run(
    user: User, request: Request, query: ReadQuery, intent: Receipt, expecting: int | None
) -> tuple[SearchResult, int]:
    """What was found, and how many reads of a whole plate fit in all; of a pattern that fits too many nobody is told."""
    exported = expecting is not None and query.pattern.is_exact
    most = config.load().export_max_rows
    limits = _limits(most if exported else 0)
    with _recording_failure(user, request, intent):
        result = attached_store().search(query, limits)
        fitting = len(result.rows)
        if result.truncated and query.pattern.is_exact:
            fitting = attached_store().count_matching(query, most + 1, limits)
        if expecting is not None and fitting != expecting:
            # Before anything is written down as returned or disclosed: nothing of it leaves.
            raise ExportError(
                "Another number of reads fits that search by now: search again, and export what you see."
            )
        return result, fitting


def _without_held(
    user: User, request: Request, query: ReadQuery, result: SearchResult, intent: Receipt
) -> tuple[SearchResult, tuple[Flagged, ...]]:
    """What may be handed over, and what an outside authoriser has to decide about first; neither is told of the other."""
    with _recording_failure(user, request, intent):
        look = look_under(request, LookKind.PATTERN)
        rows, held = hold_back(look, result.rows, named=query.pattern.is_exact)
    return replace(result, rows=rows), held


@contextmanager
def _recording_failure(user: User, request: Request, intent: Receipt) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # The sentence can quote what was asked, so that only the kind of fault is kept.
        record(
            AuditEvent.SEARCH_FAILED,
            actor=user.username,
            details={"request": request.number, "intent": intent.index, "fault": type(error).__name__},
        )
        raise


def _refuse(user: User, request: Request, query: ReadQuery, intent: Receipt) -> NoReturn:
    """Refuse a pattern that fits too many, saying only a band: a trawl is to tell nothing, not even that one vehicle was there."""
    limits = _limits()
    bands = [band for band in _BANDS if band > limits.max_rows]
    count = attached_store().count_matching(query, (bands or [0])[-1] + 1, limits)
    more_than = max([limits.max_rows, *(band for band in bands if count > band)])
    record(
        AuditEvent.SEARCH_REFUSED,
        actor=user.username,
        details={"request": request.number, "intent": intent.index, "more_than": more_than},
    )
    raise TooManyReads(more_than)


def _remember(
    request: Request,
    query: ReadQuery,
    result: SearchResult,
    held: Sequence[Flagged],
    fitting: int,
    receipts: tuple[Receipt, Receipt],
) -> Search:
    intent, returned = receipts
    # One transaction, held back or not, so that the time it takes does not tell.
    with transaction.atomic():
        ask_outside(look_under(request, LookKind.PATTERN), held, is_told=False)
        kept = Search.objects.create(
            request=request,
            pattern=query.pattern.text,
            captured_from=query.captured_from,
            captured_until=query.captured_until,
            returned=len(result.rows),
            truncated=result.truncated,
            fitting=fitting,
            intent_entry=intent.index,
            returned_entry=returned.index,
        )
        Disclosure.objects.bulk_create(
            (Disclosure(request=request, read_id=read.read_id.text) for read in result.rows),
            ignore_conflicts=True,
        )
    return kept
