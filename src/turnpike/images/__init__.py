"""Plate patches kept durably: append-only pack files."""
