"""The sealer for every other folder."""

from __future__ import annotations

from turnpike.sealer.budget import Limits
from turnpike.sealer.child import SealerProcess
from turnpike.sealer.client import Asked, Flagged, SealerClient
from turnpike.sealer.errors import SealerFolderError, SealerUnavailable, TooManyChecks
from turnpike.sealer.messages import Declared, Reason, Sealed, Words
from turnpike.sealer.process import Sealer, run

__all__ = [
    "Asked",
    "Declared",
    "Flagged",
    "Limits",
    "Reason",
    "Sealed",
    "Sealer",
    "SealerClient",
    "SealerFolderError",
    "SealerProcess",
    "SealerUnavailable",
    "TooManyChecks",
    "Words",
    "run",
]
