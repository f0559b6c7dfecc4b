"""`python -m turnpike` is `turnpike`."""

from __future__ import annotations

from turnpike.cli.main import run

if __name__ == "__main__":
    run()
