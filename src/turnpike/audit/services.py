"""The audit log's arithmetic for every other folder: hashes, proofs, commitments, checkpoints, seals."""

from __future__ import annotations

from turnpike.audit.checkpoints import (
    Checkpoint,
    open_checkpoint,
    sign_checkpoint,
    unverified_checkpoint,
)
from turnpike.audit.cosignatures import (
    CosignatureVerifier,
    Cosigned,
    Cosigner,
    add_signatures,
    open_cosigned,
)
from turnpike.audit.errors import AuditError, SealError, TamperError
from turnpike.audit.frontier import NODE_HEIGHT, Frontier, WholeNode
from turnpike.audit.hashing import EMPTY_ROOT, HASH_BYTES, leaf_hash, node_hash
from turnpike.audit.notes import NoteSignature, Signer, Verifier, open_note, sign_note, split_note
from turnpike.audit.proofs import (
    consistency_proof,
    inclusion_proof,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from turnpike.audit.sealing import commitment, new_salt, seal, unseal
from turnpike.audit.tile_folder import TileFolder
from turnpike.audit.tile_reader import TileSource, TreeReader
from turnpike.audit.tiles import TILE_WIDTH, Tile, read_bundle, tiles_of, write_bundle, write_tree
from turnpike.audit.witnessing import (
    ADD_CHECKPOINT,
    MAX_BODY_BYTES,
    SIZE_TYPE,
    AddCheckpoint,
    read_cosignature,
    read_size,
    write_size,
)

__all__ = [
    "ADD_CHECKPOINT",
    "EMPTY_ROOT",
    "HASH_BYTES",
    "MAX_BODY_BYTES",
    "NODE_HEIGHT",
    "SIZE_TYPE",
    "TILE_WIDTH",
    "AddCheckpoint",
    "AuditError",
    "Checkpoint",
    "CosignatureVerifier",
    "Cosigned",
    "Cosigner",
    "Frontier",
    "NoteSignature",
    "SealError",
    "Signer",
    "TamperError",
    "Tile",
    "TileFolder",
    "TileSource",
    "TreeReader",
    "Verifier",
    "WholeNode",
    "add_signatures",
    "commitment",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "new_salt",
    "node_hash",
    "open_checkpoint",
    "open_cosigned",
    "open_note",
    "read_bundle",
    "read_cosignature",
    "read_size",
    "root_of",
    "seal",
    "sign_checkpoint",
    "sign_note",
    "split_note",
    "tiles_of",
    "unseal",
    "unverified_checkpoint",
    "verify_consistency",
    "verify_inclusion",
    "write_bundle",
    "write_size",
    "write_tree",
]
