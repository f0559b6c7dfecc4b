"""The errors of hotlists.

TurnpikeError
├── InputError
│   └── HotlistError          the list, entry or hit cannot be made or changed as asked
│       ├── NotFound          there is no such list, entry or hit
│       └── AlreadyDecided    somebody else was first
└── UnavailableError
    └── SlowSubscriber        alerts came faster than they were taken; connect again
"""

from __future__ import annotations

from turnpike.errors import InputError, UnavailableError


class HotlistError(InputError):
    """The list, entry or hit cannot be made or changed as asked."""


class NotFound(HotlistError):
    """There is no such list, entry or hit."""


class AlreadyDecided(HotlistError):
    """The entry or hit is no longer in the state from which this could be done."""


class SlowSubscriber(UnavailableError):
    """Alerts came faster than they were taken; connect again to have the rest."""
