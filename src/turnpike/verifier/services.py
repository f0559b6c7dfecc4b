"""The verifier for the command line; nothing else of Turnpike uses it."""

from __future__ import annotations

from .main import main

__all__ = ["main"]
