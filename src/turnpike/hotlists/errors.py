"""The errors of hotlists.

TurnpikeError
├── InputError
│   └── HotlistError          the list, entry or hit cannot be made or changed as asked
│       ├── NotFound          there is no such list, entry or hit
│       └── AlreadyDecided    somebody else was first
└── UnavailableError
    └── Disconnected          alerts no longer come this way; connect again
"""

from __future__ import annotations

from turnpike.errors import InputError, UnavailableError


class HotlistError(InputError):
    """The list, entry or hit cannot be made or changed as asked."""


class NotFound(HotlistError):
    """There is no such list, entry or hit."""


class AlreadyDecided(HotlistError):
    """The entry or hit is no longer in the state from which this could be done."""


class Disconnected(UnavailableError):
    """Alerts no longer come this way, since they were taken too slowly or the server stops; connect again."""
