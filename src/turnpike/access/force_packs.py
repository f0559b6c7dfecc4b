"""The folders in which packs lie: the base, those of forces that come with this package, and a force's own.

A force's folder holds `overlay.cedar` (its rules), `pack.toml` (whose they are, and where they are published) and, as the base's does,
`tables.md` (what it decides, in plain tables). The setting `policy_pack` names one that comes with this package, or a folder by its path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from turnpike.access.errors import PackError
from turnpike.access.overlays import laid_over

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

BASE = "base"
SCHEMA_FILE, POLICY_FILE, OVERLAY_FILE = "schema.cedarschema", "policy.cedar", "overlay.cedar"
ABOUT_FILE, TABLES_FILE = "pack.toml", "tables.md"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class AboutPack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose rules a force's pack holds, as its `pack.toml` says."""

    title: str
    kind: Literal["published", "decided", "illustrative"]
    """Taken from what a force publishes, decided by the force that runs this centre, or made up to show how."""
    about: str
    page: str = ""
    """The published page or document, by its title."""
    address: str = ""
    read_on: date | None = None
    """When that page, or the stored copy of it, was read."""


@dataclass(frozen=True, slots=True)
class PackTexts:
    """What a pack is made of."""

    name: str
    schema: str
    policy: str


def shipped_packs() -> tuple[str, ...]:
    """The names of the packs that come with this package, the base first."""
    names = sorted(folder.name for folder in _packs().iterdir() if folder.is_dir())
    return (BASE, *(name for name in names if name != BASE))


def pack_texts(choice: str) -> PackTexts:
    """The texts of a pack: the base's, or the base's with a force's rules laid over them. `choice` is as in `policy_pack`.

    Raises:
        PackError: there is no such pack, its folder lacks a file, or it does what no force may.
    """
    base = _packs() / BASE
    schema, policy = _read(base, SCHEMA_FILE), _read(base, POLICY_FILE)
    if choice == BASE:
        return PackTexts(BASE, schema, policy)
    folder = _folder(choice)
    about = about_pack(choice)
    return PackTexts(
        folder.name, schema, laid_over(folder.name, about.title, policy, _read(folder, OVERLAY_FILE))
    )


def about_pack(choice: str) -> AboutPack:
    """Whose rules a pack holds.

    Raises:
        PackError: as `pack_texts`, or its `pack.toml` does not say it.
    """
    if choice == BASE:
        return AboutPack("Base pack", "decided", "The rules that hold wherever a force says nothing else.")
    folder = _folder(choice)
    try:
        return msgspec.toml.decode(_read(folder, ABOUT_FILE), type=AboutPack)
    except msgspec.MsgspecError as error:
        raise PackError(
            f"The {ABOUT_FILE} of the policy pack {folder.name} cannot be used: {error}."
        ) from error


def tables_of(choice: str) -> str:
    """The tables of a pack as they are written; empty where a force's own pack has none.

    Raises:
        PackError: as `pack_texts`.
    """
    folder = _packs() / BASE if choice == BASE else _folder(choice)
    return _read(folder, TABLES_FILE) if (folder / TABLES_FILE).is_file() else ""


def _packs() -> Traversable:
    return resources.files("turnpike.access") / "packs"


def _folder(choice: str) -> Traversable:
    shipped = shipped_packs()
    if choice in shipped:
        return _packs() / choice
    folder = Path(choice)
    if "/" not in choice or not folder.is_dir():
        raise PackError(
            f"There is no policy pack {choice}; choose one of {', '.join(shipped)}, or give the path of a folder."
        )
    folder = folder.resolve()
    if folder.name in shipped or not _NAME.fullmatch(folder.name):
        raise PackError(
            f"A policy pack's folder is not to be called {folder.name}; use a name of your own in lower-case letters, digits and dashes."
        )
    return folder


def _read(folder: Traversable, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f"{folder} holds no {name} that can be read.") from error
