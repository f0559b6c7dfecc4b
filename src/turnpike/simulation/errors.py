"""What can go wrong while a demo world or a nation's reads are made or read.

InputError
├── NationFileError   the reads cannot be written there; give another name, or make room
├── TownSizeError     more cameras or fewer vehicles than a town can have; ask for less or more
├── NationSizeError   a nation's number is out of its range; the sentence says which range
├── PlateTextError    text that cannot be drawn as a plate; give A-Z and 0-9 that fit
├── KeyFileError      the file of keys has none, or a line that is no key; the sentence says which
├── CentreRefused     the centre does not take these cameras' reads; check address and keys
└── WorldFolderError  the folder holds no complete demo world; write it with `turnpike simulate`
UnavailableError
└── CentreSilent      the centre does not answer; start it, or try again later
"""

from __future__ import annotations

from turnpike.errors import InputError, UnavailableError


class TownSizeError(InputError):
    """The town cannot have that many cameras or that few vehicles."""


class NationSizeError(InputError):
    """A number of a nation's plan is out of its range."""


class PlateTextError(InputError):
    """The text cannot be drawn as a plate of this style."""


class WorldFolderError(InputError):
    """The folder holds no complete demo world, or one of another making."""


class NationFileError(InputError):
    """A nation's reads cannot be written there."""


class KeyFileError(InputError):
    """The file does not hold the keys of cameras."""


class CentreRefused(InputError):
    """The centre does not take the load at all."""


class CentreSilent(UnavailableError):
    """The centre does not answer."""
