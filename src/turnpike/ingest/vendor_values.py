"""Values as makers of cameras write them: dashes for nothing, percents for shares, local times without a zone, text for numbers."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from turnpike.ingest.vendor_messages import NotUnderstood

if TYPE_CHECKING:
    from datetime import tzinfo

MAX_TEXT_CHARACTERS = 64
_MAX_LOOKED_AT = 16 * MAX_TEXT_CHARACTERS
MAX_PICTURE_BYTES = 8 * 2**20
"""Source: ours; a 4K JPEG of best quality has about four."""
_NOTHING = frozenset(
    {"", "-", "--", "n/a", "na", "none", "null", "unknown", "unk", "undefined", "nil", "(null)"}
)
_NUMBER = re.compile(r"\s*([+-]?\d{1,15}(?!\d)(?:[.,]\d{1,9})?)")
_PERCENT = 100.0
_EPOCH_MS_FROM = 1e11
"""As seconds this lies in the year 5138, as milliseconds in 1973."""


def text_of(value: object) -> str:
    """Text of a value, trimmed and cut to 64 characters; empty for what stands for nothing, and for what is no text or number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    # No more of it is looked at: one by one, the characters of a picture would take eight times its size.
    whole = value[:_MAX_LOOKED_AT] if isinstance(value, str) else str(value)
    text = "".join(character for character in whole if character.isprintable()).strip()
    return "" if text.lower() in _NOTHING else text[:MAX_TEXT_CHARACTERS]


def number_of(value: object) -> float | None:
    """The number that a value is or begins with ("30km/h" is 30); None for none, and for what is not finite."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e15 else None  # noqa: PLR2004 - held exactly by a float; what is no number is not below it
    match = _NUMBER.match(value) if isinstance(value, str) else None
    return float(match[1].replace(",", ".")) if match else None


def confidence_of(value: object, *, most: float) -> float | None:
    """A share of 0 to 1 from a number of 0 to `most`, 1 or 100; clipped, for some cameras go beyond their own scale."""
    number = number_of(value)
    return None if number is None else min(1.0, max(0.0, number / most))


def guessed_confidence_of(value: object) -> float | None:
    """As `confidence_of` where the maker's scale is not known: above 1 it was percent. What is exactly 1 is taken for a share."""
    number = number_of(value)
    return confidence_of(value, most=_PERCENT if number is not None and number > 1 else 1.0)


def zone_of(name: str) -> tzinfo:
    """The time zone of that IANA name.

    Raises:
        NotUnderstood: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise NotUnderstood(
            "The feed's time zone is not known here; set one such as Europe/London."
        ) from error


def instant_of(value: object, zone: tzinfo) -> datetime | None:
    """The UTC instant of an ISO 8601 text or of Unix seconds or milliseconds; None for what is none.

    A text without an offset is of `zone`; of an hour that autumn repeats the first is taken.
    """
    number = (
        number_of(value)
        if not isinstance(value, str) or re.fullmatch(r"\s*\d{9,16}(\.\d+)?\s*", value)
        else None
    )
    try:
        if number is not None:
            return datetime.fromtimestamp(number / 1000 if number > _EPOCH_MS_FROM else number, UTC)
        if not isinstance(value, str):
            return None
        moment = datetime.fromisoformat(value.strip()[:MAX_TEXT_CHARACTERS])
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def picture_of(text: object) -> bytes | None:
    """The bytes of a base64 text, with or without a `data:` head; None for none, for what is no base64, and for over 8 MiB."""
    if not isinstance(text, str) or not text or len(text) > MAX_PICTURE_BYTES * 4 // 3 + 128:
        return None
    head, comma, _ = text[:64].partition(",")
    try:
        return base64.b64decode(
            text[len(head) + 1 :] if comma and head.startswith("data:") else text, validate=True
        )
    except (binascii.Error, ValueError):
        return None
