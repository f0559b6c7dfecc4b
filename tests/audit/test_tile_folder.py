"""The published log in a folder: what it holds, and what a reader, a second writer and damage meet."""

from __future__ import annotations

import random
import threading

import pytest

from turnpike.audit.services import (
    AuditError,
    Checkpoint,
    Signer,
    Tile,
    TileFolder,
    leaf_hash,
    root_of,
    sign_checkpoint,
    tiles_of,
)

SIGNER = Signer("example.org/turnpike", bytes(range(32)))
LEAVES = [number.to_bytes(4) * 8 for number in range(70_000)]


def loaded(start, stop):
    return LEAVES[start:stop]


def signed(size, *, root=None):
    return sign_checkpoint(Checkpoint(SIGNER.name, size, root or root_of(LEAVES[:size])), SIGNER)


@pytest.fixture
def folder(tmp_path):
    return TileFolder(tmp_path / "data" / "log")


def files_of(path):
    return {
        str(file.relative_to(path)): file.read_bytes()
        for file in path.rglob("*")
        if file.is_file() and not file.name.startswith(".")
    }


def test_a_folder_that_is_not_there_holds_nothing(folder):
    assert folder.size() == 0
    assert folder.checkpoint() is None
    assert folder.file("tile/0/000") is None
    with pytest.raises(AuditError, match="below the log's size"):
        folder.entry(0)


def test_the_tree_of_the_specifications_example_stands_in_its_files(folder, tmp_path):
    assert folder.write_up_to(70_000, loaded) == 70_000

    assert set(files_of(tmp_path / "data" / "log")) == {tile.path for tile in tiles_of(70_000)}
    assert folder.reader.root(70_000) == root_of(LEAVES)
    assert folder.file("tile/0/272") == b"".join(leaf_hash(leaf) for leaf in LEAVES[272 * 256 : 273 * 256])
    assert [folder.entry(index) for index in (0, 255, 256, 69_999)] == [
        LEAVES[index] for index in (0, 255, 256, 69_999)
    ]
    assert folder.hash_at(0, 69_999) == leaf_hash(LEAVES[69_999])
    assert folder.hash_at(8, 3) == root_of(LEAVES[768:1024])
    assert folder.hash_at(16, 0) == root_of(LEAVES[:65_536])


def test_growing_in_steps_ends_in_the_same_files_as_at_once(folder, tmp_path):
    chance = random.Random(6)
    size = 0
    while size < 1500:
        step = chance.choice([1, 2, 40, 255, 256, 257])
        assert folder.extend(LEAVES[size : size + step]) == size + step
        size += step
        assert folder.reader.root(size) == root_of(LEAVES[:size])
    at_once = TileFolder(tmp_path / "at once")
    at_once.extend(LEAVES[:size])

    stepwise = files_of(tmp_path / "data" / "log")
    whole = files_of(tmp_path / "at once")
    assert {path: stepwise[path] for path in whole} == whole
    # Narrower files stay for those who hold an older checkpoint, until the tile is full.
    assert all(not Tile.parse(path).is_full for path in stepwise.keys() - whole.keys())
    assert not (tmp_path / "data" / "log" / "tile" / "0" / "000.p").exists()


def test_a_reader_of_an_older_tree_reads_wider_tiles(folder):
    folder.extend(LEAVES[:300])
    folder.extend(LEAVES[300:1000])

    assert folder.reader.root(300) == root_of(LEAVES[:300])
    assert folder.tile(Tile(0, 1, 44)) == b"".join(leaf_hash(leaf) for leaf in LEAVES[256:300])


def test_an_entry_that_comes_too_late_is_refused(folder):
    folder.extend(LEAVES[:10], at=0)

    with pytest.raises(AuditError, match="has 10 entries, not 0"):
        folder.extend(LEAVES[:10], at=0)
    assert folder.size() == 10


def test_two_writers_write_one_log(tmp_path):
    folders = [TileFolder(tmp_path) for _ in range(4)]

    def write(folder):
        for size in range(50, 1001, 50):
            folder.write_up_to(size, loaded)

    writers = [threading.Thread(target=write, args=(folder,)) for folder in folders]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert TileFolder(tmp_path).reader.root(1000) == root_of(LEAVES[:1000])


def test_what_is_written_already_is_not_asked_for(folder):
    folder.extend(LEAVES[:300])
    asked = []

    def noted(start, stop):
        asked.append((start, stop))
        return LEAVES[start:stop]

    folder.write_up_to(200, noted)
    folder.write_up_to(66_000, noted)

    assert asked == [(300, 65_536), (65_536, 66_000)]


def test_missing_entries_are_said_not_skipped(folder):
    with pytest.raises(AuditError, match="Entries 0 to 9"):
        folder.write_up_to(10, lambda start, stop: LEAVES[start : stop - 1])
    assert folder.size() == 0


@pytest.mark.parametrize("path", ["../secret", "tile/../.size", ".size", ".lock", "tile/0/000.p/.3.new", ""])
def test_only_the_logs_files_are_served(folder, path):
    folder.extend(LEAVES[:3])

    assert folder.file("tile/0/000.p/3") is not None
    assert folder.file(path) is None


def test_a_checkpoint_is_published_over_its_tiles(folder):
    folder.extend(LEAVES[:300])

    folder.write_checkpoint(signed(300))
    folder.extend(LEAVES[300:400])
    assert folder.checkpoint() == signed(300)
    folder.write_checkpoint(signed(350))

    assert folder.checkpoint() == folder.file("checkpoint").decode() == signed(350)


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        (signed(301), "bring the folder up"),
        (signed(300, root=bytes(32)), "bring the folder up"),
        (signed(299), "more entries is published"),
        ("no note", "no signed note"),
    ],
)
def test_no_other_checkpoint_is_published(folder, note, sentence):
    folder.extend(LEAVES[:300])
    folder.write_checkpoint(signed(300))

    with pytest.raises(AuditError, match=sentence):
        folder.write_checkpoint(note)
    assert folder.checkpoint() == signed(300)


@pytest.mark.parametrize("path", ["tile/0/001.p/44", "tile/entries/001.p/44"])
@pytest.mark.parametrize("left", [None, b"\x00\x01", b"\x00"], ids=["lost", "cut short", "torn"])
def test_damage_is_said_and_mended_by_writing_anew(folder, tmp_path, path, left):
    folder.extend(LEAVES[:300])
    folder.write_checkpoint(signed(300))
    file = tmp_path / "data" / "log" / path
    file.unlink()
    if left is not None:
        file.write_bytes(left)
    with pytest.raises(AuditError, match=r"written anew|cut short"):
        folder.extend(LEAVES[300:301])

    folder.start_anew()
    folder.write_up_to(301, loaded)

    assert folder.reader.root(301) == root_of(LEAVES[:301])
    assert folder.entry(299) == LEAVES[299]
    assert folder.checkpoint() == signed(300)


def test_a_damaged_size_is_said(folder, tmp_path):
    folder.extend(LEAVES[:3])
    (tmp_path / "data" / "log" / ".size").write_bytes(b"\xff")

    with pytest.raises(AuditError, match="written anew"):
        folder.size()
