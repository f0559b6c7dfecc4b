"""Validation, deduplication, matching and group commit of posted reads; quarantine."""
