"""The witness for the command line; nothing else of Turnpike uses it."""

from __future__ import annotations

from turnpike.witness.answering import Witness
from turnpike.witness.errors import WitnessFolderError
from turnpike.witness.folder import Settings, cosigner, init, refused, settings, state
from turnpike.witness.serving import Server, serve

__all__ = [
    "Server",
    "Settings",
    "Witness",
    "WitnessFolderError",
    "cosigner",
    "init",
    "refused",
    "serve",
    "settings",
    "state",
]
