"""What can go wrong while a demo world is made or read.

InputError
├── TownSizeError     more cameras or fewer vehicles than a town can have; ask for less or more
├── PlateTextError    text that cannot be drawn as a plate; give A-Z and 0-9 that fit
└── WorldFolderError  the folder holds no complete demo world; write it with `turnpike simulate`
"""

from __future__ import annotations

from turnpike.errors import InputError


class TownSizeError(InputError):
    """The town cannot have that many cameras or that few vehicles."""


class PlateTextError(InputError):
    """The text cannot be drawn as a plate of this style."""


class WorldFolderError(InputError):
    """The folder holds no complete demo world, or one of another making."""
