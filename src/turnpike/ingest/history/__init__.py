"""Reads that another system collected: a file of them, checked, and loaded exactly once. It raises no alerts."""
