"""The published log after a crash at each step of writing it: whole, or a beginning that is brought up to date."""

from __future__ import annotations

import os
import random

import pytest
from tests.audit.power_cut import Disk

from turnpike.audit.services import (
    Checkpoint,
    Signer,
    TileFolder,
    open_checkpoint,
    root_of,
    sign_checkpoint,
    tiles_of,
)

LOG = Signer("example.org/turnpike", bytes(range(32)))
# Partial tiles that grow, fill up and are dropped, whole tiles at once, and a level above.
SIZES = (3, 255, 258, 515)
LEAVES = [number.to_bytes(4) * 8 for number in range(SIZES[-1])]
ROOTS = {size: root_of(LEAVES[:size]) for size in range(SIZES[-1] + 1)}


def loaded(start, stop):
    return LEAVES[start:stop]


def note_of(size):
    return sign_checkpoint(Checkpoint(LOG.name, size, ROOTS[size]), LOG)


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A disk on which the log was published at each size, and after how many steps each was durable."""
    top = tmp_path / "disk"
    top.mkdir()
    disk = Disk(top)
    durable = [(0, 0, 0)]
    with monkeypatch.context() as watched:
        disk.watch(watched)
        folder = TileFolder(top / "data" / "log")
        for before, size in zip((0, *SIZES), SIZES, strict=False):
            folder.write_up_to(size, loaded)
            durable.append((len(disk.steps), size, before))
            folder.write_checkpoint(note_of(size))
            durable.append((len(disk.steps), size, size))
    return disk, durable


@pytest.mark.parametrize("kept", [0.0, 0.6, 1.0])
def test_no_power_cut_loses_or_tears_what_was_published(written, tmp_path, monkeypatch, kept):
    monkeypatch.setattr(os, "fsync", lambda _: None)  # what is laid out again need not be safe
    disk, durable = written
    chance = random.Random(6)
    assert len(disk.steps) > 100
    for cut in range(len(disk.steps) + 1):
        left = tmp_path / f"left-{cut}"
        disk.lay_out(cut, left, chance=chance, kept=kept)
        folder = TileFolder(left / "data" / "log")
        _, size, published = max(mark for mark in durable if mark[0] <= cut)
        later = [mark for mark in durable if mark[0] > cut]

        # What was said to be written is; what was being written is whole or not there.
        assert folder.size() in {size, later[0][1] if later else size}
        assert folder.reader.root(folder.size()) == ROOTS[folder.size()]
        assert [folder.entry(index) for index in range(0, folder.size(), 50)] == LEAVES[: folder.size() : 50]
        note = folder.checkpoint()
        named = 0 if note is None else open_checkpoint(note, LOG.verifier).size
        assert named in {published, later[0][2] if later else published}
        assert named <= folder.size()

        # And the log goes on from there.
        folder.write_up_to(SIZES[-1], loaded)
        folder.write_checkpoint(note_of(SIZES[-1]))
        for tile in tiles_of(SIZES[-1]):
            whole = (disk.root / "data" / "log" / tile.path).read_bytes()
            assert (left / "data" / "log" / tile.path).read_bytes() == whole, tile.path
