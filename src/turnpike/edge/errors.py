"""The roadside's errors.

TurnpikeError
├── InputError
│   └── EdgeError            the edge cannot be run as asked
└── UnavailableError
    ├── OutboxUnavailable    the outbox's file cannot be worked on now; what is in it stays
    └── CentreUnavailable    the centre did not take the reads now; they stay in the outbox
"""

from __future__ import annotations

from turnpike.errors import InputError, UnavailableError


class EdgeError(InputError):
    """The edge cannot be run as asked."""


class OutboxUnavailable(UnavailableError):
    """The outbox's file cannot be worked on now; what is in it stays, and nothing was half done."""


class CentreUnavailable(UnavailableError):
    """The centre did not take the reads now; they stay in the outbox and are sent again, after `retry_after_s` at the soonest."""

    def __init__(self, sentence: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s
