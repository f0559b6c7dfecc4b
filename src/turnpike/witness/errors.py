"""A witness's errors.

TurnpikeError
└── ConfigurationError
    └── WitnessFolderError  its folder is missing, damaged, in use, or cannot be made; the sentence says what to do
"""

from __future__ import annotations

from turnpike.errors import ConfigurationError


class WitnessFolderError(ConfigurationError):
    """The folder is missing, damaged, in use, or cannot be made."""
