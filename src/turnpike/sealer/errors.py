"""The sealer's errors.

TurnpikeError
├── UnavailableError
│   ├── SealerUnavailable  it does not answer, or holds another key than the one that the relations were sealed with
│   └── TooManyChecks      more plates are asked of one person's declarations than a minute or a day allows
└── ConfigurationError
    └── SealerFolderError  its folder or key is not its own alone, or damaged
"""

from __future__ import annotations

from turnpike.errors import ConfigurationError, UnavailableError


class SealerUnavailable(UnavailableError):
    """The sealer does not answer, or holds another key; nothing that needs a check of relations may go on."""


class TooManyChecks(UnavailableError):
    """More plates are asked of one person's declarations than a minute or a day allows; trying again later is right."""


class SealerFolderError(ConfigurationError):
    """The sealer's folder or key is not its own alone, or damaged."""
