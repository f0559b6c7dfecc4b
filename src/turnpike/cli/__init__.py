"""`turnpike ...`, a file a verb."""
