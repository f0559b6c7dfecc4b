"""The errors that every folder's own errors derive from.

    TurnpikeError
    ├── InputError          what was given cannot be used; the sentence says what to give instead
    ├── ConfigurationError  turnpike.toml or the environment is wrong; the sentence names the setting
    └── UnavailableError    a part cannot be reached now; trying again later is right

Each carries one sentence, fit to be shown to the person who can act on it. A sentence never holds a
plate or a person's name, because errors end in logs.
"""

from __future__ import annotations


class TurnpikeError(Exception):
    """Anything Turnpike refuses or fails at, with one sentence that says what to do."""


class InputError(TurnpikeError):
    """What was given cannot be used."""


class ConfigurationError(TurnpikeError):
    """A setting is missing or wrong."""


class UnavailableError(TurnpikeError):
    """A part cannot be reached now; trying again later is right."""
