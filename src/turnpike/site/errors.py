"""The site's errors.

TurnpikeError
└── ConfigurationError
    └── AlreadyServed    another process owns this data folder
"""

from __future__ import annotations

from turnpike.errors import ConfigurationError


class AlreadyServed(ConfigurationError):
    """Another process owns this data folder; stop it, or name another folder."""
