"""`turnpike sealer`: the keeper of the key of relations, under an account of its own."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotation

import typer

from turnpike import config


def sealer(
    folder: Path = typer.Option(
        ..., help="Folder of its key, which is made at the first start; for its account only."
    ),
    socket: Path = typer.Option(
        ..., help="Unix socket to answer on; the centre's sealer_socket names the same."
    ),
    group: str = typer.Option(
        "", help="Group of the centre's account, which may use the socket; without it only the same account."
    ),
) -> None:
    """Seal and match declared plates for a centre under another account, until Ctrl-C."""
    from turnpike.sealer.services import Limits, run

    settings = config.load()
    print(f"The sealer answers on {socket}", file=sys.stderr, flush=True)
    limits = Limits(
        settings.relation_checks_a_minute,
        settings.relation_checks_a_day,
        settings.relation_checks_about_one_a_day,
    )
    run(folder, socket, limits, group=group)
