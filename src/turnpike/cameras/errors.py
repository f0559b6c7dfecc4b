"""The errors of the camera register.

TurnpikeError
└── InputError
    └── CameraError         the camera cannot be registered or used as asked
        ├── CaseError       the necessity case cannot be made, approved, refused or ended as asked
        └── CaseMissing     no necessity case of this camera is in force: its reads are refused
"""

from __future__ import annotations

from turnpike.errors import InputError


class CameraError(InputError):
    """The camera cannot be registered or used as asked; the sentence names what to change."""


class CaseError(CameraError):
    """The necessity case cannot be made, approved, refused or ended as asked; `field` is the one to change, where it is one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class CaseMissing(CameraError):
    """No necessity case of this camera is in force: make one, have it approved, and send the reads again."""
