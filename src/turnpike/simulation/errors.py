"""What can go wrong while a demo world or a nation's reads are made or read.

InputError
├── TownSizeError     more cameras or fewer vehicles than a town can have; ask for less or more
├── NationSizeError   a nation's number is out of its range; the sentence says which range
├── PlateTextError    text that cannot be drawn as a plate; give A-Z and 0-9 that fit
└── WorldFolderError  the folder holds no complete demo world; write it with `turnpike simulate`
"""

from __future__ import annotations

from turnpike.errors import InputError


class TownSizeError(InputError):
    """The town cannot have that many cameras or that few vehicles."""


class NationSizeError(InputError):
    """A number of a nation's plan is out of its range."""


class PlateTextError(InputError):
    """The text cannot be drawn as a plate of this style."""


class WorldFolderError(InputError):
    """The folder holds no complete demo world, or one of another making."""
