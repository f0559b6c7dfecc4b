"""The command: `BUNDLE --key KEY`, and what else can be asked of a bundle or a proof."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from .archive import Archive
from .checking import Report, check
from .comparing import Checked, after_checkpoint, receipt, since
from .errors import Altered, Fault, Unusable
from .notes import LOG_KEY, WITNESS_KEY, Key
from .opened import parse_opened, path_of
from .proofs import HEADER, check_proof, make_proof
from .telling import told, told_as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 50
"""Faults that are written one by one; the rest is counted."""
_MOST_BYTES = 2**20


def main(arguments: Sequence[str]) -> int:
    """Run the command; 0 where all holds, 1 where something does not, 2 where it was asked wrongly."""
    asked = _parser().parse_args(arguments)
    try:
        keys = [Key.parse(one, LOG_KEY) for one in asked.key]
        witnesses = [Key.parse(one, WITNESS_KEY) for one in asked.witness]
        with asked.file.open("rb") as file:
            is_proof = file.read(len(HEADER)) == HEADER
        if is_proof:
            return _proof(asked, keys, witnesses)
        return _bundle(asked, keys, witnesses)
    except Altered as altered:
        return _say([altered.fault])
    except (Unusable, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="verifier",
        description="Checks a bundle or a proof of the audit log. Trusts the keys given, and nothing else.",
    )
    add = parser.add_argument
    add("file", type=Path, help="the bundle (a zip), or a proof of one entry")
    add("--key", action="append", required=True, help="the log's key, as published; again for a second one")
    add("--witness", action="append", default=[], help="a witness's key; again for each")
    add(
        "--cosignatures",
        type=int,
        help="how many witnesses must have cosigned; all that are given, if not said",
    )
    add("--since", type=Path, help="an older bundle, all of which this one must begin with")
    add("--checkpoint", type=Path, help="an older checkpoint, whose log this one must begin with")
    add("--receipt", type=Path, action="append", default=[], help="a receipt that the log must hold")
    add("--open", type=int, metavar="ID", help="print what entry ID says, once all is checked")
    add("--prove", type=int, metavar="ID", help="print the proof of entry ID, once all is checked")
    add("--entry", type=Path, help="with a proof: the opened entry that it must be of")
    add("--json", action="store_true", help="print what was found as one JSON object")
    return parser


def _proof(asked: argparse.Namespace, keys: list[Key], witnesses: list[Key]) -> int:
    entry = parse_opened("entry", _read(asked.entry)) if asked.entry else None
    proven = check_proof(_read(asked.file), keys, witnesses, asked.cosignatures, entry)
    state = proven.checkpoint
    print(f"Entry {proven.index} stands in the log {state.origin} of {state.size} entries, as it was signed.")
    for name, at in sorted(proven.cosigned.items()):
        print(f"Cosigned by {name} at {at:%Y-%m-%d %H:%M:%S} UTC.")
    if entry is not None:
        print(entry.contents.decode(errors="replace"))
    return 0


def _bundle(asked: argparse.Namespace, keys: list[Key], witnesses: list[Key]) -> int:
    with ExitStack() as opened:
        archive = opened.enter_context(Archive(asked.file))
        report = check(
            archive, keys, witnesses, cosignatures=asked.cosignatures, progress=_progress(asked.file)
        )
        sentences = []
        if not report.faults:
            bundle = Checked(archive, report)
            if asked.since:
                older_archive = opened.enter_context(Archive(asked.since))
                older = check(older_archive, keys)
                if older.faults:
                    return _say([Fault(f"older bundle, {one.where}", one.what) for one in older.faults])
                report.faults += since(Checked(older_archive, older), bundle)
            if asked.checkpoint:
                report.faults += after_checkpoint(_read(asked.checkpoint), keys, bundle)
            for one in asked.receipt:
                sentence, faults = receipt(_read(one), bundle)
                sentences += [sentence] if sentence else []
                report.faults += faults
        return _answer(asked, archive, report, sentences)


def _answer(asked: argparse.Namespace, archive: Archive, report: Report, sentences: list[str]) -> int:
    if asked.json:
        print(json.dumps(told_as_json(report, sentences), indent=2))
        return 1 if report.faults else 0
    if report.faults:
        return _say(report.faults)
    if asked.open is not None:
        if asked.open not in report.opened:
            raise Unusable(f"Entry {asked.open} is not opened in this bundle.")
        print(parse_opened("entry", archive.read(path_of(asked.open))).contents.decode(errors="replace"))
    elif asked.prove is not None:
        sys.stdout.write(make_proof(Checked(archive, report), asked.prove).decode())
    else:
        print("\n".join([*told(report), *sentences]))
    return 0


def _say(faults: Sequence[Fault]) -> int:
    for fault in faults[:_SHOWN]:
        print(f"ALTERED  {fault}", file=sys.stderr)
    if len(faults) > _SHOWN:
        print(f"and {len(faults) - _SHOWN} more.", file=sys.stderr)
    print("Do not rely on it: keep it as it is, and ask whoever gave it to you.", file=sys.stderr)
    return 1


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST_BYTES)


class _progress:  # noqa: N801 - used as a function
    """Tells on a terminal how far the tree is derived."""

    def __init__(self, path: Path) -> None:
        self._every, self._name = 100_000, path.name

    def __call__(self, entries: int) -> None:
        if entries >= self._every and sys.stderr.isatty():
            self._every = entries + 100_000
            print(f"{self._name}: {entries} entries derived", file=sys.stderr)
