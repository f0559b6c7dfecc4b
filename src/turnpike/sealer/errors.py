"""The sealer's errors.

TurnpikeError
├── UnavailableError
│   ├── SealerUnavailable  it does not answer, or holds another key than the one that the relations were sealed with
│   └── TooManyChecks      somebody asks for more plates than a minute or a day allows, or all do about one person
└── ConfigurationError
    └── SealerFolderError  its folder or key is not its own alone, or damaged
"""

from __future__ import annotations

from turnpike.errors import ConfigurationError, UnavailableError


class SealerUnavailable(UnavailableError):
    """The sealer does not answer, or holds another key; nothing that needs a check of relations may go on."""


class TooManyChecks(UnavailableError):
    """Somebody asks for more plates than a minute or a day allows, or all together do about one person; trying again later is right."""


class SealerFolderError(ConfigurationError):
    """The sealer's folder or key is not its own alone, or damaged."""
