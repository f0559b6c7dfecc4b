"""Errors of kept pictures.

InputError
└── PatchError       a picture is no plate patch, or a kept one is damaged
UnavailableError
└── PatchStoreError  the disk does not take or give patches now
"""

from __future__ import annotations

from turnpike.errors import InputError, UnavailableError


class PatchError(InputError):
    """Not a usable plate patch; the sentence says what to send, or what to restore."""


class PatchStoreError(UnavailableError):
    """Patches cannot be written or read now; nothing was half written."""
