"""`turnpike witness …`: an outside body's witness, which knows nothing of any centre's records."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotation

import typer

commands = typer.Typer(
    no_args_is_help=True, help="Witness other bodies' logs: sign only what continues what was signed before."
)

FOLDER = typer.Argument(help="The witness's folder: its settings, its key and what it signed last.")


@commands.callback()
def witness() -> None:
    """Witness other bodies' logs: sign only what continues what was signed before."""


@commands.command()
def init(
    folder: Path = FOLDER,
    name: str = typer.Option(..., help="The witness's name, like an address: witness.example.org/w1."),
    log: list[str] = typer.Option(
        ..., help="The key of a log to witness, as its keeper publishes it; again for each."
    ),
    host: str = typer.Option("127.0.0.1", help="Address to listen on; TLS is for a proxy before it."),
    port: int = typer.Option(8089, min=0, max=65535, help="Port to listen on."),
) -> None:
    """Make a witness's folder and print its public key, which the logs' keepers and everybody who checks needs."""
    from turnpike.witness.services import init as make

    typer.echo(make(folder, name, log, host=host, port=port))


@commands.command()
def serve(folder: Path = FOLDER) -> None:
    """Answer logs that ask for a cosignature, until Ctrl-C."""
    from turnpike.witness.services import serve as answer

    answer(folder)


@commands.command()
def show(folder: Path = FOLDER) -> None:
    """Print the witness's key, what it signed last of each log, and what it refused."""
    from turnpike.witness import services

    state, settings = services.state(folder), services.settings(folder)
    typer.echo(services.cosigner(folder).public_key)
    for origin in sorted({*settings.logs, *state.origins}):
        seen = state.seen(origin)
        told = f"{seen.size} entries, root {seen.root.hex()}" if state.note(origin) else "nothing signed yet"
        typer.echo(f"{origin}: {told}" + ("" if origin in settings.logs else " (no longer witnessed)"))
    refused = services.refused(folder)
    typer.echo(f"{len(refused)} requests were refused that a log had signed" + (":" if refused else "."))
    for path in refused:
        typer.echo(f"  {path}")
