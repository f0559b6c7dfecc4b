"""`turnpike bench ...`, a file a benchmark."""
