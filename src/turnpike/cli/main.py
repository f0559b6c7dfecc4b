"""`turnpike`: every verb, and what becomes of an error."""

from __future__ import annotations

import os
import sys

import typer

from turnpike import __version__
from turnpike.cli import (
    account,
    agreement,
    audit,
    camera,
    case,
    configuration,
    db,
    feed,
    key,
    policy,
    relation,
    simulate,
    witness,
)
from turnpike.cli.backup import backup, restore
from turnpike.cli.demo import demo
from turnpike.cli.doctor import doctor
from turnpike.cli.edge import edge, edge_status
from turnpike.cli.evaluate import evaluate
from turnpike.cli.import_ import import_
from turnpike.cli.lanes import lanes
from turnpike.cli.read import read
from turnpike.cli.sealer import sealer
from turnpike.cli.serve import serve
from turnpike.errors import TurnpikeError


def _print_version(is_asked: bool) -> None:
    if is_asked:
        print(f"turnpike {__version__}")
        raise typer.Exit


# The verbs' own modules are light; what is heavy they import when they run, so that --help answers at once.
app = typer.Typer(
    name="turnpike",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def turnpike(
    version: bool = typer.Option(
        False, "--version", help="Print the version and end.", is_eager=True, callback=_print_version
    ),
) -> None:
    """Accountable number-plate recognition: camera to read, store, alert and justified search."""


app.command()(read)
app.command()(evaluate)
app.command()(edge)
app.command(name="edge-status")(edge_status)
app.command()(lanes)
app.command()(serve)
app.command()(sealer)
app.command()(demo)
app.command(name="import")(import_)
app.add_typer(simulate.commands, name="simulate")
app.command()(doctor)
app.command()(backup)
app.command()(restore)
app.add_typer(camera.commands, name="camera")
app.add_typer(feed.commands, name="feed")
app.add_typer(case.commands, name="case")
app.add_typer(relation.commands, name="relation")
app.add_typer(account.commands, name="account")
app.add_typer(agreement.commands, name="agreement")
app.add_typer(key.commands, name="key")
app.add_typer(audit.commands, name="audit")
app.add_typer(witness.commands, name="witness")
app.add_typer(policy.commands, name="policy")
app.add_typer(configuration.commands, name="config")
app.add_typer(db.commands, name="db")


def run() -> None:
    """The entry point: an error that is ours becomes its sentence on stderr and status 1; misuse is 2."""
    # What is written here is of people and plates: for its owner only, unless a command says otherwise.
    os.umask(0o077)
    try:
        app(prog_name="turnpike")
    except TurnpikeError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
