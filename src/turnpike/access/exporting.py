"""Taking reads away: a decision of its own, the scope said to the read, and an entry in the ledger before the file leaves.

Only what a search under one's own open request returned can be taken. Where a plate's search had more than it may show, all of it is
searched for again, under a fresh decision and entries of its own.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike import config
from turnpike.access.decisions import Detail, grounds
from turnpike.access.disclosing import disclose
from turnpike.access.errors import ExportError, ReadGone
from turnpike.access.export_files import ExportFormat, rows_of, written, zipped
from turnpike.access.export_scopes import ExportScope
from turnpike.access.export_sidecar import delete_by, sidecar
from turnpike.access.models import Disclosure, Export, Search
from turnpike.access.paging import Page, page_by_key
from turnpike.access.policy import Action
from turnpike.access.relation_kinds import LookKind
from turnpike.access.relations import hold_back
from turnpike.access.releasing import opening
from turnpike.access.requests import look_under, under_request
from turnpike.access.searching import search as search_anew
from turnpike.cameras.services import all_cameras
from turnpike.ledger.services import AuditEvent, Receipt, entry, record
from turnpike.plates.services import parse_pattern
from turnpike.reads.services import ReadId, ReadQuery, attached_store

if TYPE_CHECKING:
    from datetime import datetime

    from turnpike.access.models import Request
    from turnpike.access.rulings import Decision
    from turnpike.accounts.services import User
    from turnpike.reads.services import StoredRead


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A ZIP of the reads and their sidecar, and the receipts of both entries of it."""

    name: str
    contents: bytes
    intent: Receipt
    exported: Receipt


@dataclass(frozen=True, slots=True)
class _Asked:
    """One export on its way: of which search, how much, as what, and what allowed it."""

    user: User
    search: Search
    scope: ExportScope
    form: ExportFormat
    decision: Decision
    intent: Receipt
    reads: int
    """How many the button said."""


def export_reads(
    user: User, number: str, search_id: int, *, scope: ExportScope, form: ExportFormat
) -> ExportedFile:
    """What one search under this person's own open request returned, or all that fitted it, as a file to take away.

    Raises:
        Denied: no such open request or search, nothing to export, or more than one export may hold; nothing was fetched.
        ExportError: as many reads as was said fit no more; none is handed over.
        ReadGone: all of them were deleted since.
        LedgerError: an entry could not be written; nothing is handed over.
        TurnpikeError: the store refused or failed.
    """
    asked = _ask(user, number, search_id, scope, form)
    try:
        reads = _fetched(asked)
        return _handed_over(asked, reads)
    except Exception as error:
        # The sentence can quote what was asked, so that only the kind of fault is kept.
        record(
            AuditEvent.EXPORT_NOT_MADE,
            actor=user.username,
            details={"request": number, "intent": asked.intent.index, "fault": type(error).__name__},
        )
        raise


def _ask(user: User, number: str, search_id: int, scope: ExportScope, form: ExportFormat) -> _Asked:
    """Decide, and write down that an export is about to be made."""
    search = find_search(user, number, search_id)
    # Of a pattern never more than was returned.
    whole = search is not None and scope is ExportScope.ALL and parse_pattern(search.pattern).is_exact
    reads = 0 if search is None else search.fitting if whole else search.returned
    if scope is ExportScope.ALL and not whole:
        reads = 0
    request, decision = under_request(
        user,
        Action.ExportReads,
        number,
        lambda _: {
            "disclosed": search is not None and _all_disclosed(search),
            "purpose": search.request.purpose if search else "",
            "whole": scope is ExportScope.ALL,
            "reads": reads,
            "most_reads": config.load().export_max_rows,
        },
    )
    if search is None:
        raise ExportError("The policy pack exports without a search; restore its rule read-was-disclosed.")
    details: dict[str, Detail] = {
        "request": request.number,
        "requester": request.requester.username,
        "case_reference": request.case_reference,
        "purpose": request.purpose,
        "reason": request.reason,
        "search": search.returned_entry,
        "scope": scope.value,
        "reads_said": reads,
        "format": form.value,
        **grounds(decision),
    }
    intent = record(AuditEvent.EXPORT_INTENDED, actor=user.username, details=details)
    return _Asked(user, search, scope, form, decision, intent, reads)


def _fetched(asked: _Asked) -> tuple[StoredRead, ...]:
    """The reads to be exported: those that are not deleted, and that agreements and relations still leave to this person."""
    search = asked.search
    if asked.scope is ExportScope.ALL:
        outcome = search_anew(
            asked.user,
            search.request.number,
            pattern=search.pattern,
            captured_from=search.captured_from,
            captured_until=search.captured_until,
            camera_ids=_cameras_of(search),
            expecting=asked.reads,
        )
        return outcome.reads
    pattern = parse_pattern(search.pattern)
    request, cameras = search.request, _cameras_of(search)
    opened = opening(asked.user, request.purpose, search.captured_from, search.captured_until, cameras)
    query = opened.narrowed(ReadQuery(pattern, search.captured_from, search.captured_until, cameras))
    found = attached_store().pick(query, [ReadId.parse(read_id) for read_id in _returned(search)])
    look = look_under(request, LookKind.PATTERN)
    reads, _ = hold_back(look, opened.stripped(found), named=pattern.is_exact)
    if not reads:
        raise ReadGone(
            "None of these reads can be exported now: they are no longer kept, or no longer open to you."
        )
    disclose(asked.user, opened, reads, request_number=request.number)
    return reads


def _handed_over(asked: _Asked, reads: tuple[StoredRead, ...]) -> ExportedFile:
    """The ZIP, once the ledger says what is in it."""
    search, exported_at = asked.search, timezone.now()
    cameras = {camera.camera_id: camera for camera in all_cameras()}
    data = written(rows_of(reads, cameras), asked.form)
    digest, gone = hashlib.sha256(data).hexdigest(), asked.reads - len(reads)
    details: dict[str, Detail] = {
        "request": search.request.number,
        "intent": asked.intent.index,
        "exported": len(reads),
        "not_included": gone,
        "format": asked.form.value,
        "file_sha256": digest,
        "delete_by": delete_by(exported_at).isoformat(),
        "reads": [read.read_id.text for read in reads],
    }
    exported = record(AuditEvent.READS_EXPORTED, actor=asked.user.username, details=details)
    kept = _remember(asked, len(reads), digest, exported, exported_at)
    name = f"reads.{asked.form.value}"
    paper = sidecar(
        search,
        asked.decision,
        scope=asked.scope.value,
        form=asked.form,
        file=(name, digest, len(data)),
        reads=(len(reads), gone),
        entries=((AuditEvent.EXPORT_INTENDED, asked.intent), (AuditEvent.READS_EXPORTED, exported)),
        exported_at=exported_at,
    )
    packed = zipped(((name, data), ("sidecar.json", paper)))
    return ExportedFile(f"{search.request.number}-export-{kept.pk}.zip", packed, asked.intent, exported)


def _remember(asked: _Asked, reads: int, digest: str, exported: Receipt, exported_at: datetime) -> Export:
    return Export.objects.create(
        request=asked.search.request,
        search=asked.search,
        scope=asked.scope.value,
        form=asked.form.value,
        reads=reads,
        file_sha256=digest,
        exported_at=exported_at,
        delete_by=delete_by(exported_at),
        intent_entry=asked.intent.index,
        exported_entry=exported.index,
    )


def searches_under(request: Request, cursor: str = "") -> Page[Search]:
    """The searches answered under a request, newest first."""
    return page_by_key(request.searches.all(), cursor, newest_first=True)


def exports_under(request: Request, cursor: str = "") -> Page[Export]:
    """The exports that left under a request, newest first."""
    return page_by_key(request.exports.all(), cursor, newest_first=True)


def find_search(user: User, number: str, search_id: int) -> Search | None:
    """One search under a request that this person searches under."""
    own = Search.objects.select_related("request__requester", "request__operator").filter(
        pk=search_id, request__number=number, request__operator=user
    )
    return own.first()


def _returned(search: Search) -> list[str]:
    """Which reads a search returned, as the ledger has it."""
    said = entry(search.returned_entry)
    reads = said.details.get("reads") if said else None
    return reads if isinstance(reads, list) else []


def _cameras_of(search: Search) -> tuple[str, ...] | None:
    """The only cameras that were searched, as the ledger has it; None for all."""
    said = entry(search.intent_entry)
    cameras = said.details.get("cameras") if said else []
    return tuple(cameras) if isinstance(cameras, list) else None


def _all_disclosed(search: Search) -> bool:
    """Whether what it returned still counts as disclosed to the request."""
    returned = set(_returned(search))
    disclosed = Disclosure.objects.filter(request_id=search.request_id).values_list("read_id", flat=True)
    return bool(returned) and returned <= set(disclosed)
