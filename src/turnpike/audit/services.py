"""The audit log's arithmetic for every other folder: hashes, proofs, commitments, checkpoints, seals."""

from __future__ import annotations

from turnpike.audit.checkpoints import Checkpoint, open_checkpoint, sign_checkpoint
from turnpike.audit.errors import AuditError, SealError, TamperError
from turnpike.audit.frontier import NODE_HEIGHT, Frontier, WholeNode
from turnpike.audit.hashing import EMPTY_ROOT, HASH_BYTES, leaf_hash, node_hash
from turnpike.audit.notes import Signer, Verifier, open_note, sign_note
from turnpike.audit.proofs import (
    consistency_proof,
    inclusion_proof,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from turnpike.audit.sealing import commitment, new_salt, seal, unseal

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "NODE_HEIGHT",
    "AuditError",
    "Checkpoint",
    "Frontier",
    "SealError",
    "Signer",
    "TamperError",
    "Verifier",
    "WholeNode",
    "commitment",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "new_salt",
    "node_hash",
    "open_checkpoint",
    "open_note",
    "root_of",
    "seal",
    "sign_checkpoint",
    "sign_note",
    "unseal",
    "verify_consistency",
    "verify_inclusion",
]
