"""`turnpike audit …`: the log checked from the command line, and what an outsider is given of it."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotation

import typer

from turnpike import config
from turnpike.cli import audit_key
from turnpike.cli.actors import shell_actor
from turnpike.errors import InputError
from turnpike.site.services import prepare_records

commands = typer.Typer(
    no_args_is_help=True, help="Check the audit log, and give outsiders what they check it with."
)

BUNDLE = typer.Option(
    None, help="A bundle, or with verify also a proof: checked here, without any database.", dir_okay=False
)
KEY = typer.Option([], help="With --bundle: the log's key, as it was published; again for a second one.")
WITNESS = typer.Option(
    [], help="With --bundle: the key of a witness that must have cosigned; again for each."
)

commands.add_typer(audit_key.commands, name="key")


@commands.callback()
def audit() -> None:
    """Check the audit log, and give outsiders what they check it with."""


@commands.command()
def verify(  # noqa: PLR0917 - each is an option with a name
    bundle: Path | None = BUNDLE,
    key: list[str] = KEY,
    witness: list[str] = WITNESS,
    cosignatures: int | None = typer.Option(
        None, help="How many witnesses must have cosigned; all, if not said."
    ),
    since: Path | None = typer.Option(None, help="An older bundle, all of which this one must begin with."),
    checkpoint: Path | None = typer.Option(None, help="An older checkpoint, likewise."),
    receipt: list[Path] = typer.Option([], help="A receipt that the bundle's log must hold; again for each."),
    entry: Path | None = typer.Option(None, help="With a proof: the opened entry that it must be of."),
    as_json: bool = typer.Option(
        False, "--json", help="Print what was found in a bundle as one JSON object."
    ),
) -> None:
    """Derive every leaf and the root again, and hold them against the signed checkpoint: of this centre's log, or of a bundle."""
    if bundle is not None:
        asked = [*_each("--receipt", receipt), *_given("--since", since), *_given("--checkpoint", checkpoint)]
        asked += [
            *_given("--cosignatures", cosignatures),
            *_given("--entry", entry),
            *(["--json"] if as_json else []),
        ]
        _ask_bundle(bundle, key, witness, asked)
    prepare_records()
    from turnpike.ledger.services import verify as verify_ledger

    state = verify_ledger()
    typer.echo(f"The ledger is whole: {state.size} entries.")
    if state.checkpoint:
        typer.echo(state.checkpoint.rstrip())


@commands.command()
def prove(
    index: int = typer.Argument(min=0, metavar="ID", help="The entry's number, from 0."),
    bundle: Path | None = BUNDLE,
    key: list[str] = KEY,
    witness: list[str] = WITNESS,
) -> None:
    """Print the proof that an entry stands in the signed log, for `verify --bundle`; it tells nothing of what the entry says."""
    if bundle is not None:
        _ask_bundle(bundle, key, witness, ["--prove", str(index)])
    prepare_records()
    from turnpike.ledger.services import proof_of

    sys.stdout.write(proof_of(index))


@commands.command(name="open")
def open_(
    index: int = typer.Argument(min=0, metavar="ID", help="The entry's number, from 0."),
    bundle: Path | None = BUNDLE,
    key: list[str] = KEY,
    witness: list[str] = WITNESS,
) -> None:
    """Print what opens an entry to whoever has its proof (of a bundle: what it says); that it was opened here is an entry too."""
    if bundle is not None:
        _ask_bundle(bundle, key, witness, ["--open", str(index)])
    prepare_records()
    from turnpike.ledger.services import AuditEvent, opened_entry, record, state

    if index >= state().size:
        raise InputError("The ledger has no such entry; ask for one below its size.")
    record(
        AuditEvent.LEDGER_VIEWED, actor=shell_actor(), details={"entry": index, "why": "opened by command"}
    )
    sys.stdout.write(opened_entry(index).decode())


@commands.command(name="bundle")
def bundle_(
    out: Path = typer.Argument(help="The file to write, such as log.zip; an older one is not written over."),
    entries: str = typer.Option("all", help="Which entries go opened: all, none, or such as 5,7,20-30."),
) -> None:
    """Write the log as one file that an outsider checks offline; that it was taken is an entry of it."""
    ranges = _ranges(entries)
    if out.exists():
        raise InputError(f"{out} is there already; name another file.")
    prepare_records()
    from turnpike.ledger.services import AuditEvent, record, state, write_bundle

    size = state().size
    if any(one.stop > size for one in ranges or ()):
        raise InputError(f"The ledger has {size} entries; choose among those, from 0.")
    record(AuditEvent.BUNDLE_TAKEN, actor=shell_actor(), details={"size": size, "opened": entries})
    unfinished = out.with_name(out.name + ".unfinished")
    try:
        with unfinished.open("wb") as file:
            written = write_bundle(file, None if ranges is None else itertools.chain(*ranges))
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    typer.echo(f"{out}: a log of {written.size} entries, {written.opened} of them opened.")


@commands.command()
def erase() -> None:
    """Erase the contents of entries that are older than `log_contents_days`; a running server does so by itself."""
    prepare_records()
    from turnpike.ledger.services import erase_due

    erased = erase_due(actor=shell_actor())
    days = config.load().log_contents_days
    if erased:
        typer.echo(
            f"The contents of {erased} entries, older than {days} days, are erased; the log is as long as before."
        )
    else:
        typer.echo(f"No entry with contents is older than {days} days.")


@commands.command()
def publish(
    *,
    anew: bool = typer.Option(False, "--anew", help="Write all tiles anew from the records: after damage."),
) -> None:
    """Publish what the log has, now, and say how it stands; a running server does so by itself each second. Status 1 where it cannot."""
    prepare_records()
    from turnpike.ledger.services import Publisher, write_anew

    if anew:
        write_anew()
    stands = Publisher().publish()
    names = ", ".join(stands.cosigned_by) or "no witness"
    typer.echo(f"{stands.size} of {stands.written} entries are published, cosigned by {names}.")
    for fault in stands.faults:
        since = f"{fault.since_at:%Y-%m-%d %H:%M:%S} UTC"
        typer.echo(f"{fault.witness or 'Not published'}, since {since}: {fault.why}", err=True)
    if stands.stopped:
        raise typer.Exit(1)


@commands.command()
def receipt(
    file: Path = typer.Argument(help="A receipt as the site gave it.", exists=True, dir_okay=False),
) -> None:
    """Say whether the log holds a receipt, proven against its signed tree; status 1 where it does not."""
    prepare_records()
    from turnpike.ledger.services import check_slip, read_slip

    slip = read_slip(file.read_bytes())
    size = check_slip(slip)
    typer.echo(f"The log of {size} entries holds it: entry {slip.entry}, {slip.event}, {slip.at}.")


def _ask_bundle(bundle: Path, keys: list[str], witnesses: list[str], asked: list[str]) -> None:
    """Let the verifier answer, and end with its status."""
    from turnpike.verifier.services import main

    if not keys:
        raise InputError("Give the log's key with --key, as it was published and not as the bundle says.")
    raise typer.Exit(main([str(bundle), *_each("--key", keys), *_each("--witness", witnesses), *asked]))


def _each(option: str, values: list[str] | list[Path]) -> list[str]:
    return [part for value in values for part in (option, str(value))]


def _given(option: str, value: object) -> list[str]:
    return [] if value is None else [option, str(value)]


def _ranges(entries: str) -> list[range] | None:
    """The indexes that were asked for; nothing for all."""
    if entries == "all":
        return None
    found = []
    for part in entries.split(",") if entries != "none" else []:
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise InputError("Say which entries go opened: all, none, or such as 5,7,20-30.")
        found.append(range(int(first), int(last or first) + 1))
    return found
