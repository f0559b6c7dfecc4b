"""What can go wrong with a benchmark.

TurnpikeError
    UnavailableError
        BenchFailed      a measurement could not be made; a poor figure is no error
"""

from __future__ import annotations

from turnpike.errors import UnavailableError


class BenchFailed(UnavailableError):
    """A measurement could not be made on this machine."""
