"""The tree, its proofs and their verification: against published vectors and the RFC's own definition."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.audit.services import (
    EMPTY_ROOT,
    AuditError,
    Frontier,
    TamperError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The leaves, roots and proofs that Certificate Transparency's reference implementations are tested with.
LEAVES = [
    bytes.fromhex(data)
    for data in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): INCLUSION[1, 5][1:],
    (6, 7): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
MANY = [index.to_bytes(2) for index in range(70)]
SIZES = st.integers(1, len(MANY))


def root_by_definition(leaves):
    """MTH of RFC 6962 section 2.1, as written there."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = max(1 << power for power in range(8) if 1 << power < len(leaves))
    parts = root_by_definition(leaves[:split]) + root_by_definition(leaves[split:])
    return hashlib.sha256(b"\x01" + parts).digest()


def frontier_of(leaves):
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return frontier


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size):
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]
    assert frontier_of(LEAVES[:size]).root().hex() == ROOTS[size]


def test_hashes_keep_leaves_and_nodes_apart():
    assert leaf_hash(b"").hex() == ROOTS[1]
    assert ROOTS[0] == EMPTY_ROOT.hex()
    left, right = leaf_hash(b"l"), leaf_hash(b"r")
    assert node_hash(left, right) != leaf_hash(left + right)
    assert node_hash(left, right) != node_hash(right, left)


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_published_inclusion_proofs(index, size):
    proof = inclusion_proof(LEAVES[:size], index)
    assert [part.hex() for part in proof] == INCLUSION[index, size]
    verify_inclusion(leaf=LEAVES[index], index=index, size=size, proof=proof, root=bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_published_consistency_proofs(old, new):
    proof = consistency_proof(LEAVES[:new], old)
    assert [part.hex() for part in proof] == CONSISTENCY[old, new]
    verify_consistency(
        old_size=old,
        new_size=new,
        proof=proof,
        old_root=bytes.fromhex(ROOTS[old]),
        new_root=bytes.fromhex(ROOTS[new]),
    )


@pytest.mark.parametrize("size", range(len(MANY) + 1))
def test_every_proof_of_every_small_tree_verifies(size):
    leaves = MANY[:size]
    root = root_by_definition(leaves)
    assert root_of(leaves) == frontier_of(leaves).root() == root
    for index in range(size):
        verify_inclusion(
            leaf=leaves[index], index=index, size=size, proof=inclusion_proof(leaves, index), root=root
        )
        verify_consistency(
            old_size=index,
            new_size=size,
            proof=consistency_proof(leaves, index),
            old_root=root_by_definition(leaves[:index]),
            new_root=root,
        )


def flipped(data, at, bit):
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


@given(SIZES, st.data(), st.integers(0, 31), st.integers(0, 7))
def test_an_altered_inclusion_fails(size, data, byte, bit):
    leaves = MANY[:size]
    index = data.draw(st.integers(0, size - 1))
    proof, root = inclusion_proof(leaves, index), root_of(leaves)
    wrong = {
        "leaf": {"leaf": flipped(leaves[index], byte, bit)},
        "root": {"root": flipped(root, byte, bit)},
        "longer": {"proof": (*proof, root)},
        "ahead": {"proof": (root, *proof)},
        "index": {"index": data.draw(st.integers(-1, size).filter(lambda other: other != index))},
    }
    if proof:
        part = data.draw(st.integers(0, len(proof) - 1))
        altered = flipped(proof[part], byte, bit)
        wrong["proof"] = {"proof": (*proof[:part], altered, *proof[part + 1 :])}
        wrong["short part"] = {"proof": (*proof[:part], proof[part][:-1], *proof[part + 1 :])}
        wrong["shorter"] = {"proof": proof[:part] + proof[part + 1 :]}
        wrong["size"] = {"size": size * 2}
    right = {"leaf": leaves[index], "index": index, "size": size, "proof": proof, "root": root}
    verify_inclusion(**right)
    for change in wrong.values():
        with pytest.raises(TamperError):
            verify_inclusion(**right | change)


@given(SIZES, st.data(), st.integers(0, 31), st.integers(0, 7))
def test_an_altered_consistency_fails(new, data, byte, bit):
    old = data.draw(st.integers(1, new))
    proof = consistency_proof(MANY[:new], old)
    old_root, new_root = root_of(MANY[:old]), root_of(MANY[:new])
    wrong = [
        {"old_root": flipped(old_root, byte, bit)},
        {"new_root": flipped(new_root, byte, bit)},
        {"old_root": old_root[:-1]},
        {"proof": (*proof, new_root)},
        {"proof": (old_root, *proof)},
        {"old_size": new + 1},
        {"old_size": -1},
        {"old_size": 0},
    ]
    if old < new:
        part = data.draw(st.integers(0, len(proof) - 1))
        altered = flipped(proof[part], byte, bit)
        wrong += [
            {"proof": (*proof[:part], altered, *proof[part + 1 :])},
            {"proof": proof[:part] + proof[part + 1 :]},
            {"proof": ()},
            {"old_root": new_root, "new_root": old_root},
            {"new_size": new * 2},
        ]
    right = {
        "old_size": old,
        "new_size": new,
        "proof": proof,
        "old_root": old_root,
        "new_root": new_root,
    }
    verify_consistency(**right)
    for change in wrong:
        with pytest.raises(TamperError):
            verify_consistency(**right | change)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"proof": (*consistency_proof(MANY[:7], 4), EMPTY_ROOT)}, "too long"),
        ({"proof": ()}, "no beginning|not continue|too short"),
        ({"old_root": root_of(MANY[:4])[:-1]}, "32 bytes"),
        ({"old_size": 8}, "never shrinks"),
    ],
)
def test_what_is_wrong_with_a_consistency_proof_is_said(change, sentence):
    right: dict[str, Any] = {
        "old_size": 4,
        "new_size": 7,
        "proof": consistency_proof(MANY[:7], 4),
        "old_root": root_of(MANY[:4]),
        "new_root": root_of(MANY[:7]),
    }
    verify_consistency(**right)
    with pytest.raises(TamperError, match=sentence):
        verify_consistency(**right | change)


def test_a_longer_inclusion_proof_is_refused_as_such():
    proof = (*inclusion_proof(MANY[:4], 1), EMPTY_ROOT)
    with pytest.raises(TamperError, match="too long"):
        verify_inclusion(leaf=MANY[1], index=1, size=4, proof=proof, root=root_of(MANY[:4]))


def test_a_rewritten_log_is_not_consistent():
    rewritten = [*MANY[:3], b"another", *MANY[4:10]]
    with pytest.raises(TamperError):
        verify_consistency(
            old_size=6,
            new_size=10,
            proof=consistency_proof(rewritten, 6),
            old_root=root_of(MANY[:6]),
            new_root=root_of(rewritten),
        )


@pytest.mark.parametrize(
    "change",
    [{"proof": (EMPTY_ROOT,)}, {"old_root": leaf_hash(b"")}, {"new_root": leaf_hash(b"")}],
)
def test_the_empty_log_has_one_root(change):
    right: dict[str, Any] = {
        "old_size": 0,
        "new_size": 0,
        "proof": (),
        "old_root": EMPTY_ROOT,
        "new_root": EMPTY_ROOT,
    }
    verify_consistency(**right)
    with pytest.raises(TamperError):
        verify_consistency(**right | change)


@pytest.mark.parametrize("index", [-1, 8])
def test_no_proof_for_an_entry_that_is_not_there(index):
    with pytest.raises(AuditError, match="No entry has that position"):
        inclusion_proof(LEAVES, index)


@pytest.mark.parametrize("old_size", [-1, 9])
def test_no_proof_from_a_size_that_never_was(old_size):
    with pytest.raises(AuditError, match="never of that size"):
        consistency_proof(LEAVES, old_size)


@given(st.lists(st.binary(max_size=40), max_size=80))
def test_a_stored_frontier_goes_on_as_if_it_had_not_been_stored(leaves):
    middle = len(leaves) // 2
    stored = frontier_of(leaves[:middle]).to_bytes()
    frontier = Frontier.from_bytes(stored)
    assert len(stored) == 8 + 32 * middle.bit_count()
    for leaf in leaves[middle:]:
        frontier = frontier.append(leaf)
    assert frontier == frontier_of(leaves)
    assert frontier.root() == root_of(leaves)
    assert frontier.size == len(leaves)


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\0" * 7,
        (1).to_bytes(8),
        (1).to_bytes(8) + b"\1" * 31,
        (1).to_bytes(8) + b"\1" * 64,
        b"\xff" * 8 + b"\1" * 2048,
    ],
)
def test_a_damaged_frontier_is_refused(stored):
    with pytest.raises(AuditError):
        Frontier.from_bytes(stored)


@pytest.mark.parametrize("parts", [[1], [255, 1], [256, 256, 1], [300, 700], [65_536, 5], [1] * 600])
def test_growing_gives_each_node_that_became_whole(parts):
    frontier, start = Frontier(), 0
    found: dict[tuple[int, int], bytes] = {}
    leaves = [b"%d" % n for n in range(sum(parts))]
    for part in parts:
        frontier, nodes = frontier.extend(leaves[start : start + part])
        start += part
        assert all(node.index < start >> (8 * node.level) for node in nodes)
        found |= {(node.level, node.index): node.hash for node in nodes}
    assert frontier.root() == root_of(leaves)
    widths = {level: 256**level for level in (1, 2)}
    assert set(found) == {(level, n) for level, width in widths.items() for n in range(len(leaves) // width)}
    for (level, index), node in found.items():
        assert node == root_of(leaves[index * widths[level] : (index + 1) * widths[level]])
