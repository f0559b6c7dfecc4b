"""The roadside's errors.

TurnpikeError
├── InputError
│   └── EdgeError            the edge cannot be run as asked
└── UnavailableError
    └── CentreUnavailable    the centre did not take the reads now; they stay in the outbox
"""

from __future__ import annotations

from turnpike.errors import InputError, UnavailableError


class EdgeError(InputError):
    """The edge cannot be run as asked."""


class CentreUnavailable(UnavailableError):
    """The centre did not take the reads now; they stay in the outbox and are sent again."""
