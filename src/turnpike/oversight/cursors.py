"""What stands in an address to say from which entry on a page goes."""

from __future__ import annotations

_LONGEST_DIGITS = 18
"""As many as SQLite's integers hold whatever they are."""


def index_in(typed: str) -> int | None:
    """The entry's index that was typed, or nothing where none was."""
    is_index = typed.isascii() and typed.isdecimal() and len(typed) <= _LONGEST_DIGITS
    return int(typed) if is_index else None
