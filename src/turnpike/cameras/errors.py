"""The errors of the camera register.

TurnpikeError
└── InputError
    └── CameraError    the camera cannot be registered or used as asked
"""

from __future__ import annotations

from turnpike.errors import InputError


class CameraError(InputError):
    """The camera cannot be registered or used as asked; the sentence names what to change."""
