"""The site's errors.

TurnpikeError
├── ConfigurationError
│   └── AlreadyServed    another process owns this data folder
└── InputError
    └── BackupRefused    a copy cannot be made, or put back, there
"""

from __future__ import annotations

from turnpike.errors import ConfigurationError, InputError


class AlreadyServed(ConfigurationError):
    """Another process owns this data folder; stop it, or name another folder."""


class BackupRefused(InputError):
    """The copy cannot be made or put back; the sentence says what to do."""
