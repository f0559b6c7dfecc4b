"""Accounts as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, roles and sign-in."""

    name = "turnpike.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Sign-ins, sign-outs, failed sign-ins and refused pages each leave an entry in the ledger."""
        from turnpike.accounts import recording

        recording.connect()
