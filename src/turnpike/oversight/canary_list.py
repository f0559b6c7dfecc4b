"""A secret list of test searches: who searched for what and when, as the commissioner's own people noted it.

It is read into memory for one answer and nowhere else: not into a file, a table, a session, a log line or an entry.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from turnpike.errors import InputError
from turnpike.plates.services import PlateError, parse_pattern

MOST_SEARCHES = 1_000
_FIELDS = (3, 4)
_RECEIPT = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")
_NO_ZONE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?")


class CanaryError(InputError):
    """The list cannot be used; the sentence names the line and never what stands in it."""


@dataclass(frozen=True, slots=True)
class Canary:
    """One test search: line `row` of the list, counted from 1. The receipt is the entry and leaf that its maker was given, if noted."""

    row: int
    person: str
    at: datetime
    pattern: str
    entry: int | None = None
    leaf: str = ""


def read_canaries(text: str) -> tuple[Canary, ...]:
    """The list in comma-separated lines: person, time in UTC, plate or pattern, and the receipt if there is one.

    Blank lines and a first line that begins with “person” are passed over.

    Raises:
        CanaryError: naming the first line that cannot be read, or that there are none or too many.
    """
    found: list[Canary] = []
    # A bare carriage return inside a field would otherwise be a fault of the reader's own.
    for row, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        fields = [field.strip() for field in next(csv.reader(io.StringIO(line)), [])]
        if not any(fields) or (not found and fields[0].casefold() == "person"):
            continue
        found.append(_canary(row, fields))
        if len(found) > MOST_SEARCHES:
            raise CanaryError(f"The list has more than {MOST_SEARCHES:,} searches; compare it in parts.")
    if not found:
        raise CanaryError("The list is empty; put one search on each line.")
    return tuple(found)


def _canary(row: int, fields: list[str]) -> Canary:
    if len(fields) not in _FIELDS or not all(fields[:3]):
        raise CanaryError(
            f"Line {row} is not “person, time, plate or pattern”, with a receipt behind or without."
        )
    person, time, pattern, *rest = fields
    try:
        parsed = parse_pattern(pattern).text
    except PlateError:
        raise CanaryError(
            f"Line {row} has no plate or pattern that could be searched for; correct it."
        ) from None
    receipt = _RECEIPT.fullmatch(rest[0].lower().replace(" ", "")) if rest and rest[0] else None
    if rest and rest[0] and receipt is None:
        raise CanaryError(
            f"Line {row} has a receipt that is not “entry:hash”; copy it whole, or leave it out."
        )
    entry, leaf = (int(receipt[1]), receipt[2]) if receipt else (None, "")
    return Canary(row, person, _instant(row, time), parsed, entry, leaf)


def _instant(row: int, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return (at.replace(tzinfo=UTC) if _NO_ZONE.fullmatch(text) else at).astimezone(UTC)
    except (ValueError, OverflowError):
        raise CanaryError(f"Line {row} has no time like 2026-11-22 14:03, in UTC; correct it.") from None
