"""`turnpike`, also as `python -m turnpike`: the verbs of `cli` and of `bench`, which know nothing of each other."""

from __future__ import annotations

from turnpike.bench.main import bench
from turnpike.cli.main import app, run

__all__ = ["app", "main"]

app.command()(bench)


def main() -> None:
    """The entry point."""
    run()


if __name__ == "__main__":
    main()
