"""The door: requests, watches, policy, decisions, search."""
