"""The errors of importing history.

TurnpikeError
└── InputError
    └── HistoryError        the file, or what was said about it, cannot be used; nothing of it was loaded unless told
        ├── FileRefused     no CSV or Parquet that can be read, cut short, or unlike what was begun before
        └── PlanRefused     the mapping does not fit the file, or leaves something open
"""

from __future__ import annotations

from turnpike.errors import InputError


class HistoryError(InputError):
    """The file, or what was said about it, cannot be used."""


class FileRefused(HistoryError):
    """It is no CSV or Parquet that can be read, is cut short, or is unlike what was begun before."""


class PlanRefused(HistoryError):
    """The mapping does not fit the file, or leaves something open; the sentence names the option to give."""
