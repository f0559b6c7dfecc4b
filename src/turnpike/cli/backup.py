"""`turnpike backup` and `turnpike restore`: the records database."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotation

import typer

_SALTS = (
    "The salts, by which the log's contents can be read, in a file of their own: keep it for days, not years."
)


def backup(
    out: Path = typer.Argument(help="The file to write; an older one is not written over.", metavar="OUT"),
    salts: Path | None = typer.Option(None, help=_SALTS),
) -> None:
    """Copy the records, while they are in use, without what makes the log's contents readable. Keys, pictures and reads are not in it."""
    from turnpike.site.services import back_up

    back_up(out, salts)
    typer.echo(
        f"The records are in {out}" + (f", the salts in {salts}." if salts else ", without the salts.")
    )


def restore(
    records: Path = typer.Argument(
        help="What `turnpike backup` wrote.", metavar="RECORDS", exists=True, dir_okay=False
    ),
    salts: Path | None = typer.Option(None, help="The salts that belong to it.", exists=True, dir_okay=False),
) -> None:
    """Put the records back into a data folder that has none; then run `turnpike audit verify`."""
    from turnpike.site.services import restore as put_back

    readable = put_back(records, salts)
    typer.echo(
        f"The records are back; the contents of {readable} log entries can be read. Run turnpike audit verify."
    )
