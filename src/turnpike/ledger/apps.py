"""The ledger as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Ledger entries, the tree's frontier and its signed checkpoints."""

    name = "turnpike.ledger"
    label = "ledger"
    verbose_name = "Ledger"
