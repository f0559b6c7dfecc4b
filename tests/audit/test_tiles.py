"""Paths, widths and bundles of tiles: against the examples and words of C2SP tlog-tiles."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.audit.services import (
    AuditError,
    Tile,
    node_hash,
    read_bundle,
    root_of,
    tiles_of,
    write_bundle,
)
from turnpike.audit.tiles import heights_of, tile_root

TILES = st.builds(Tile, st.one_of(st.none(), st.integers(0, 7)), st.integers(0, 2**55), st.integers(1, 256))


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(1, 0, 1), "tile/1/000.p/1"),
        (Tile(None, 999, 255), "tile/entries/999.p/255"),
        (Tile(None, 1000), "tile/entries/x001/000"),
        (Tile(7, 1_000_000), "tile/7/x001/x000/000"),
    ],
)
def test_a_tile_has_the_path_that_the_specification_gives_it(tile, path):
    assert tile.path == path


@given(TILES)
def test_a_path_names_one_tile(tile):
    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "checkpoint",
        "tile/0/0",
        "tile/0/1000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/00/001",
        "tile/8/001",
        "tile/data/001",
        "tile/0/001.p/0",
        "tile/0/001.p/01",
        "tile/0/001.p/256",
        "tile/0/001.p/999",
        "tile/0/001.p/",
        "tile/0/../../x",
        "tile/0/001/",
        "tile/0/001\n",
        "/tile/0/001",
        "tile/0/\u0660\u0660\u0661",
    ],
)
def test_another_path_names_none(path):
    with pytest.raises(AuditError, match="no path of a tile"):
        Tile.parse(path)


@pytest.mark.parametrize(
    ("level", "number", "width"), [(8, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)]
)
def test_there_are_no_tiles_beyond_the_trees(level, number, width):
    with pytest.raises(AuditError, match="no such tile"):
        Tile(level, number, width)


def test_a_tree_of_70000_has_the_tiles_of_the_specifications_example():
    tiles = [tile for tile in tiles_of(70_000) if tile.level is not None]

    assert Counter(tile.level for tile in tiles if tile.is_full) == {0: 273, 1: 1}
    assert {(tile.level, tile.width) for tile in tiles if not tile.is_full} == {(0, 112), (1, 17), (2, 1)}


def test_a_tree_of_256_has_a_full_tile_and_one_of_width_1_above():
    assert [tile.path for tile in tiles_of(256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]


def test_an_empty_tree_has_no_tiles():
    assert list(tiles_of(0)) == []


@given(st.lists(st.binary(max_size=40), max_size=256))
def test_a_bundle_holds_its_entries(entries):
    assert read_bundle(write_bundle(entries)) == tuple(entries)


def test_a_bundle_is_laid_out_as_the_specification_says():
    assert write_bundle([b"ab", b"", b"c" * 258]) == b"\x00\x02ab\x00\x00\x01\x02" + b"c" * 258


@pytest.mark.parametrize("cut", [1, 3, 4, 6, 9])
def test_a_bundle_cut_short_is_none(cut):
    with pytest.raises(AuditError, match="cut short"):
        read_bundle(write_bundle([b"abc", b"def"])[:-cut])


def test_an_entry_of_a_bundle_has_at_most_65535_bytes():
    assert len(write_bundle([bytes(65535)])) == 65537
    with pytest.raises(AuditError, match="65535"):
        write_bundle([bytes(65536)])


def test_the_root_of_a_full_tile_is_that_of_its_subtree():
    leaves = [bytes([number]) for number in range(256)]
    hashes = b"".join(root_of([leaf]) for leaf in leaves)

    assert tile_root(hashes) == root_of(leaves)


def test_over_a_partial_tile_stand_only_complete_nodes():
    a, b, c = bytes(32), b"\x01" * 32, b"\x02" * 32

    assert heights_of(a + b + c) == (a + b + c, node_hash(a, b))
