"""Checks a bundle of the audit log on a machine that has nothing of Turnpike but this folder.

It trusts the keys that it is given and nothing else, and shares no code with what writes the log: only Python's own library and
`cryptography`. A copy of the folder runs by itself: `python -I verifier BUNDLE --key KEY`. `docs/verify.md` is for whoever does so.
"""
