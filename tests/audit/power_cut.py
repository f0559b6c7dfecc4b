"""A disk that forgets: what may be left of files after the power failed at any step of writing them.

It notes what is done to files while it is really done. Then it lays out, in another folder, what a disk may hold
that lost the power after so many steps: of a file, all that was synced, and of what was not, nothing, a part or all;
of a folder, all entries up to its last sync, and of later changes any of them, in no order.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from turnpike import durable
from turnpike.audit import durable_files

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    import pytest


@dataclass
class File:
    """Contents, and whether they are safe."""

    contents: bytes = b""
    synced: bool = False


@dataclass
class Folder:
    """Entries as programs see them, those that are safe, and what was changed since the last sync."""

    entries: dict[str, File | Folder] = field(default_factory=dict)
    safe: dict[str, File | Folder] = field(default_factory=dict)
    since: list[tuple[str, File | Folder | None]] = field(default_factory=list)

    def put(self, name: str, entry: File | Folder | None) -> None:
        """Sets or, with `None`, removes an entry."""
        if entry is None:
            self.entries.pop(name, None)
        else:
            self.entries[name] = entry
        self.since.append((name, entry))

    def sync(self) -> None:
        """From now on the entries are safe."""
        self.safe, self.since = dict(self.entries), []


class Disk:
    """What is done below `root`, step by step."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.steps: list[Callable[[Folder], None]] = []
        self._opened: dict[int, Path] = {}
        self._really_remove = shutil.rmtree

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Notes what the published log does to its files, from now on."""
        monkeypatch.setattr(durable_files, "os", self)
        monkeypatch.setattr(durable, "os", self)
        monkeypatch.setattr(shutil, "rmtree", self._rmtree)
        mkdir = Path.mkdir

        def noted(path: Path, *arguments, **options) -> None:
            mkdir(path, *arguments, **options)
            if path.is_relative_to(self.root) and path != self.root:
                self._note(path, lambda folder, name: folder.put(name, Folder()))

        monkeypatch.setattr(Path, "mkdir", noted)

    def __getattr__(self, name: str):
        """Whatever else `os` has."""
        return getattr(os, name)

    def open(self, path, flags, *mode):
        descriptor = os.open(path, flags, *mode)
        self._opened[descriptor] = Path(path)
        if flags & os.O_CREAT:
            self._note(Path(path), lambda folder, name: folder.put(name, File()))
        return descriptor

    def fsync(self, descriptor):
        os.fsync(descriptor)
        path = self._opened[descriptor]
        if path.is_dir():
            self.steps.append(lambda top: self._folder(top, path).sync())
            return
        contents = path.read_bytes()

        def unsynced(folder, name):
            folder.entries[name].contents = contents

        def synced(folder, name):
            folder.entries[name].synced = True

        self._note(path, unsynced)
        self._note(path, synced)

    def replace(self, draft, path):
        draft.replace(path)

        def moved(folder, name):
            folder.put(name, folder.entries[draft.name])
            folder.put(draft.name, None)

        self._note(path, moved)

    def lay_out(self, cut: int, into: Path, *, chance: random.Random, kept: float) -> None:
        """What may be left after `cut` steps, where each change that was not synced is kept with this probability."""
        top = Folder()
        for step in self.steps[:cut]:
            step(top)
        self._left(top, into, chance, kept)

    def _left(self, folder: Folder, into: Path, chance: random.Random, kept: float) -> None:
        into.mkdir(parents=True)
        entries = dict(folder.safe)
        for name, entry in folder.since:
            if chance.random() < kept:
                if entry is None:
                    entries.pop(name, None)
                else:
                    entries[name] = entry
        for name, entry in entries.items():
            if isinstance(entry, Folder):
                self._left(entry, into / name, chance, kept)
                continue
            length = len(entry.contents)
            whole = entry.synced or chance.random() < kept
            (into / name).write_bytes(entry.contents[: length if whole else chance.randint(0, length)])

    def _rmtree(self, path, **_):
        """Removes what stands there one by one, as the real one does, none of it synced."""
        if path.is_dir():
            for name in sorted(file.name for file in path.iterdir()):
                self._note(path / name, lambda folder, name: folder.put(name, None))
            self._note(path, lambda folder, name: folder.put(name, None))
            self._really_remove(path)

    def _note(self, path: Path, change: Callable[[Folder, str], None]) -> None:
        self.steps.append(lambda top: change(self._folder(top, path.parent), path.name))

    def _folder(self, top: Folder, path: Path) -> Folder:
        for name in path.relative_to(self.root).parts:
            below = top.entries[name]
            assert isinstance(below, Folder)
            top = below
        return top
