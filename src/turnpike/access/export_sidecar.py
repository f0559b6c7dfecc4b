"""The paper that travels with exported reads: for what they were taken, under which decision, and until when they may be kept."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from turnpike import config

if TYPE_CHECKING:
    from datetime import date, datetime

    from turnpike.access.export_files import ExportFormat
    from turnpike.access.models import Search
    from turnpike.access.rulings import Decision
    from turnpike.ledger.services import AuditEvent, Receipt

HANDLING = (
    "Use it for the purpose and the case named here and for nothing else.",
    "Hand it to nobody who does not work on that case; each copy is yours to account for.",
    "A read is evidence of a plate, not of a vehicle or a person: hold the picture against the text before you act.",
    "Delete it, and every copy, by the date given here, unless the case file is kept longer by law.",
    "Whoever audits can hold the hash and the log entries against the log.",
)


def delete_by(exported_at: datetime) -> date:
    """The last day on which an export may be kept."""
    return (exported_at + timedelta(days=config.load().export_delete_days)).date()


def sidecar(
    search: Search,
    decision: Decision,
    *,
    scope: str,
    form: ExportFormat,
    file: tuple[str, str, int],
    reads: tuple[int, int],
    entries: tuple[tuple[AuditEvent, Receipt], ...],
    exported_at: datetime,
) -> bytes:
    """The sidecar as JSON. `file` is its name, SHA-256 and bytes; `reads` how many it holds and how many were gone."""
    request = search.request
    name, digest, size_bytes = file
    told = {
        "turnpike_export": 1,
        "organisation": config.load().organisation,
        "request": request.number,
        "case": request.case_reference or "none: an emergency",
        "purpose": request.purpose_label,
        "reason": request.reason,
        "requester": {"username": request.requester.username, "name": request.requester.name},
        "exported_by": {"username": request.operator.username, "name": request.operator.name},
        "scope": _scope(search, scope, reads),
        "decision": {
            "policy": decision.pack_version,
            "rules": [{"name": rule.id, "says": rule.says} for rule in decision.rules],
        },
        "log": [
            {"event": event.value, "entry": receipt.index, "leaf": receipt.leaf.hex()}
            for event, receipt in entries
        ],
        "file": {
            "name": name,
            "format": form.value,
            "media": form.media,
            "sha256": digest,
            "bytes": size_bytes,
        },
        "exported_at": exported_at.isoformat(timespec="milliseconds"),
        "delete_by": delete_by(exported_at).isoformat(),
        "handling": list(HANDLING),
    }
    return json.dumps(told, ensure_ascii=False, indent=2).encode() + b"\n"


def _scope(search: Search, scope: str, reads: tuple[int, int]) -> dict[str, object]:
    return {
        "kind": scope,
        "reads": reads[0],
        # Deleted since, or no longer open to whoever exports; which of both is not told.
        "not_included": reads[1],
        "pattern": search.pattern,
        "captured_from": search.captured_from.isoformat(),
        "captured_until": search.captured_until.isoformat(),
        "search_entries": [search.intent_entry, search.returned_entry],
    }
