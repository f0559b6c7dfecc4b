"""Cases from a file: what a register without an interface can export every night."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, replace

from turnpike.access.cases import all_cases, record_case
from turnpike.access.categories import Category
from turnpike.access.errors import CaseFileError, RequestError
from turnpike.access.purposes import check_case_reference
from turnpike.access.registers import CaseFacts
from turnpike.ledger.services import AuditEvent, record

COLUMNS = ("number", "category", "status", "assigned")
_STATES = {"open": True, "closed": False}
_LARGEST_FILE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CaseImport:
    """What became of a file: how many cases it told of, how many of those were new or changed, and each line that was refused."""

    told: int
    changed: int
    closed: int
    refused: tuple[str, ...]


def import_cases(contents: bytes, *, actor: str, whole: bool = False) -> CaseImport:
    """Take over a file of cases: CSV in UTF-8, columns number, category, status (open or closed) and assigned (user names, `;` between).

    A line that cannot be used is refused by itself and said; with `whole`, a case that the file does not name is closed, unless a
    line was refused.

    Raises:
        CaseFileError: it is no such file at all; nothing was taken over.
        LedgerError: a change could not be recorded; what stood before it is taken over.
    """
    rows = _rows(contents)
    found: dict[str, CaseFacts] = {}
    refused: list[str] = []
    for line, row in rows:
        try:
            facts = _facts(row)
        except (RequestError, ValueError) as error:
            refused.append(f"line {line}: {error}")
            continue
        if facts.number in found:
            refused.append(f"line {line}: this case stands further up already; keep one line a case")
            continue
        found[facts.number] = facts
    changed = sum(record_case(facts, actor=actor) for facts in found.values())
    gone = [case for case in all_cases() if case.is_open and case.number not in found]
    closed = 0
    if whole and not refused:
        closed = sum(record_case(replace(case, is_open=False), actor=actor) for case in gone)
    record(
        AuditEvent.CASES_IMPORTED,
        actor=actor,
        details={
            "cases": len(found),
            "changed": changed,
            "closed": closed,
            "refused_lines": len(refused),
            "sha256": hashlib.sha256(contents).hexdigest(),
        },
    )
    return CaseImport(len(found), changed, closed, tuple(refused))


def _rows(contents: bytes) -> list[tuple[int, dict[str, str]]]:
    if len(contents) > _LARGEST_FILE_BYTES:
        raise CaseFileError("The file is larger than 64 MB; split it.")
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaseFileError("The file is not UTF-8 text; export it as CSV in UTF-8.") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
            raise CaseFileError(f"The file lacks the column {missing[0]}; it takes {', '.join(COLUMNS)}.")
        return [(reader.line_num, {name: row[name] or "" for name in COLUMNS}) for row in reader]
    except csv.Error as error:
        raise CaseFileError(f"The file is not CSV from line {reader.line_num} on; export it anew.") from error


def _facts(row: dict[str, str]) -> CaseFacts:
    number = check_case_reference(row["number"])
    category, status = row["category"].strip().lower(), row["status"].strip().lower()
    if category not in set(Category):
        raise ValueError("the category is not one of " + ", ".join(sorted(Category)))
    if status not in _STATES:
        raise ValueError("the status is neither open nor closed")
    assigned = frozenset(name for part in row["assigned"].split(";") if (name := part.strip()))
    return CaseFacts(number, Category(category), _STATES[status], assigned)
