"""The errors of the read store.

TurnpikeError
├── InputError
│   ├── InvalidRead       a read or a batch holds what cannot be stored; names the field, never its value
│   ├── InvalidReadId     the text is not a read's id
│   ├── InvalidQuery      the query's time range is no range
│   ├── GroupTooLarge     more reads than one commit takes
│   └── SearchTooLarge    the search would pass its limits of time, memory or rows
├── ConfigurationError
│   ├── SchemaMismatch    the store was written by a newer Turnpike, or the version asked for is none
│   └── RewriteNeeded     a large table is to be written anew, and nobody asked for it yet
└── UnavailableError
    └── StoreUnavailable  the store is closed, in use elsewhere, or its engine failed
"""

from __future__ import annotations

from turnpike.errors import ConfigurationError, InputError, UnavailableError


class InvalidRead(InputError):
    """A read or a batch holds what cannot be stored; the sentence names the field, never its value."""


class InvalidReadId(InputError):
    """The text is not a read's id."""


class InvalidQuery(InputError):
    """The query's time range is no range."""


class GroupTooLarge(InputError):
    """More reads than one commit takes."""


class SearchTooLarge(InputError):
    """The search would pass its limits of time, memory or rows."""


class SchemaMismatch(ConfigurationError):
    """The store was written by a newer Turnpike, or the version asked for is none."""


class RewriteNeeded(ConfigurationError):
    """A large table is to be written anew, and nobody asked for it yet; `turnpike db migrate --rewrite-large` does."""


class StoreUnavailable(UnavailableError):
    """The store is closed, in use elsewhere, or its engine failed."""
