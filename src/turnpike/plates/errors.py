"""Errors of plate text.

    InputError
    └── PlateError  a text is no plate, or a pattern too wide to search for

No sentence quotes the text itself: errors end in logs, and logs hold no plates.
"""

from __future__ import annotations

from turnpike.errors import InputError


class PlateError(InputError):
    """The text is no plate or plate pattern; the sentence says what to give instead."""
