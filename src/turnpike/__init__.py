"""Turnpike: accountable number-plate recognition, from camera to justified search."""

__version__ = "0.1.0"
