"""What can go wrong in recognition.

UnavailableError
└── EngineUnavailable    the recognition engine or its model files cannot be loaded

A picture without a plate is no error: it has no readings.
"""

from __future__ import annotations

from turnpike.errors import UnavailableError


class EngineUnavailable(UnavailableError):
    """The recognition engine or its model files cannot be loaded."""
