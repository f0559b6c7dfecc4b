"""The errors of accounts.

TurnpikeError
└── InputError
    └── AccountError         the account cannot be made or used as asked
        ├── SignInExpired    a one-time sign-in is unknown, used or past its time
        └── IdentityRefused  a provider's subject opens no account here
"""

from __future__ import annotations

from turnpike.errors import InputError


class AccountError(InputError):
    """The account cannot be made or used as asked."""


class SignInExpired(AccountError):
    """A one-time sign-in is unknown, was used already, or is past its time."""


class IdentityRefused(AccountError):
    """A provider's subject opens no account here, or none with a role; the sentence says what to do."""
