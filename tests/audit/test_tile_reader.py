"""Proofs from tiles: the same, hash for hash, as those made from all leaves by the RFC's own definition."""

from __future__ import annotations

import random

import pytest

from turnpike.audit.services import (
    EMPTY_ROOT,
    TILE_WIDTH,
    AuditError,
    Frontier,
    Tile,
    TileFolder,
    TreeReader,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [number.to_bytes(4) * 8 for number in range(70_000)]


class CountingSource:
    """Tiles from a folder, and how often one was asked for."""

    def __init__(self, folder: TileFolder) -> None:
        self.folder = folder
        self.asked = 0

    def tile(self, tile: Tile) -> bytes:
        self.asked += 1
        return self.folder.tile(tile)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    written = TileFolder(tmp_path_factory.mktemp("log"))
    written.extend(LEAVES)
    return written


def test_every_proof_of_small_trees_is_the_rfcs(folder):
    for size in range(1, 34):
        leaves = LEAVES[:size]
        assert folder.reader.root(size) == root_of(leaves)
        for index in range(size):
            assert folder.reader.inclusion(index, size) == inclusion_proof(leaves, index)
        for old_size in range(size + 1):
            assert folder.reader.consistency(old_size, size) == consistency_proof(leaves, old_size)


@pytest.mark.parametrize("size", [255, 256, 257, 511, 512, 513, 700, 1025])
def test_proofs_at_the_edges_of_tiles_are_the_rfcs(folder, size):
    leaves = LEAVES[:size]
    places = {0, 1, 127, 128, 254, 255, 256, 257, size - 2, size - 1} & set(range(size))
    for index in places:
        assert folder.reader.inclusion(index, size) == inclusion_proof(leaves, index)
    for old_size in places | {size}:
        assert folder.reader.consistency(old_size, size) == consistency_proof(leaves, old_size)


def test_proofs_over_three_levels_of_tiles_hold(folder):
    chance = random.Random(6)
    frontier, roots = Frontier(), {0: EMPTY_ROOT}
    for size, leaf in enumerate(LEAVES, 1):
        frontier = frontier.append(leaf)
        roots[size] = frontier.root()
    sizes = [65_535, 65_536, 65_537, 69_999, 70_000, *(chance.randint(2, 70_000) for _ in range(60))]
    for size in sizes:
        assert folder.reader.root(size) == roots[size]
        for index in (0, size - 1, chance.randrange(size)):
            proof = folder.reader.inclusion(index, size)
            verify_inclusion(leaf=LEAVES[index], index=index, size=size, proof=proof, root=roots[size])
        for old_size in (1, size // 2, size - 1, size, chance.randint(0, size)):
            proof = folder.reader.consistency(old_size, size)
            verify_consistency(
                old_size=old_size,
                new_size=size,
                proof=proof,
                old_root=roots[old_size],
                new_root=roots[size],
            )


def test_a_node_is_the_root_of_its_leaves(folder):
    for height, index in ((0, 5), (3, 20), (7, 1), (8, 1), (10, 3), (16, 0)):
        start, stop = index << height, (index + 1) << height
        assert folder.hash_at(height, index) == root_of(LEAVES[start:stop])
    assert folder.hash_at(0, 69_999) == leaf_hash(LEAVES[-1])


def test_the_empty_tree_has_its_root(folder):
    assert folder.reader.root(0) == EMPTY_ROOT
    assert folder.reader.consistency(0, 0) == folder.reader.consistency(0, 900) == ()


@pytest.mark.parametrize(
    "ask",
    [
        lambda reader: reader.inclusion(5, 5),
        lambda reader: reader.inclusion(-1, 5),
        lambda reader: reader.inclusion(0, 70_001),
        lambda reader: reader.consistency(6, 5),
        lambda reader: reader.consistency(-1, 5),
        lambda reader: reader.consistency(5, 70_001),
        lambda reader: reader.root(-1),
        lambda reader: reader.root(70_001),
        lambda reader: reader.hash_at(16, 1),
        lambda reader: reader.hash_at(-1, 0),
        lambda reader: reader.hash_at(0, -1),
    ],
    ids=range(11),
)
def test_what_the_log_does_not_hold_is_not_proven(folder, ask):
    with pytest.raises(AuditError):
        ask(folder.reader)


def test_a_tile_is_read_once_while_it_is_kept(folder):
    source = CountingSource(folder)
    reader = TreeReader(source)
    reader.inclusion(69_999, 70_000)
    before = source.asked

    for index in range(69_999 // TILE_WIDTH * TILE_WIDTH, 70_000):
        reader.inclusion(index, 70_000)
    assert source.asked == before

    reader.forget()
    reader.inclusion(69_999, 70_000)
    assert source.asked == 2 * before
