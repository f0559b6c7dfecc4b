"""What can go wrong in recognition.

UnavailableError
└── EngineUnavailable    the recognition engine or its model files cannot be loaded
InputError
└── LanesFileError       the file of a camera's lanes is not as it should be

A picture without a plate is no error: it has no readings.
"""

from __future__ import annotations

from turnpike.errors import InputError, UnavailableError


class EngineUnavailable(UnavailableError):
    """The recognition engine or its model files cannot be loaded."""


class LanesFileError(InputError):
    """The file of a camera's lanes is not as it should be."""
