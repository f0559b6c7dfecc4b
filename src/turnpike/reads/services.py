"""The read store for every other folder; only `access` calls its search, only `retention` will purge."""

from __future__ import annotations

from turnpike.reads.appending import MAX_GROUP_READS
from turnpike.reads.attachment import attach, attached_store, camera_counts, detach
from turnpike.reads.columns import Direction, ReadColumns, type_candidates
from turnpike.reads.errors import (
    GroupTooLarge,
    InvalidQuery,
    InvalidRead,
    InvalidReadId,
    RewriteNeeded,
    SchemaMismatch,
    SearchTooLarge,
    StoreUnavailable,
)
from turnpike.reads.identity import ReadId, texts_of
from turnpike.reads.loading import MAX_LOAD_ROWS, Origin
from turnpike.reads.models import (
    EVERY_PLATE,
    MAX_BATCH_READS,
    MAX_CANDIDATES,
    MAX_TEXT_CHARACTERS,
    BatchResult,
    CameraCount,
    CameraSpan,
    DailyCount,
    Integrity,
    NewBatch,
    NewRead,
    Purged,
    ReadPlace,
    ReadQuery,
    SearchLimits,
    SearchResult,
    StoredRead,
)
from turnpike.reads.rows import columns_of, from_ms, new_reads
from turnpike.reads.store import ReadStore
from turnpike.reads.upgrading import migrate_store, planned_steps

__all__ = [
    "EVERY_PLATE",
    "MAX_BATCH_READS",
    "MAX_CANDIDATES",
    "MAX_GROUP_READS",
    "MAX_LOAD_ROWS",
    "MAX_TEXT_CHARACTERS",
    "BatchResult",
    "CameraCount",
    "CameraSpan",
    "DailyCount",
    "Direction",
    "GroupTooLarge",
    "Integrity",
    "InvalidQuery",
    "InvalidRead",
    "InvalidReadId",
    "NewBatch",
    "NewRead",
    "Origin",
    "Purged",
    "ReadColumns",
    "ReadId",
    "ReadPlace",
    "ReadQuery",
    "ReadStore",
    "RewriteNeeded",
    "SchemaMismatch",
    "SearchLimits",
    "SearchResult",
    "SearchTooLarge",
    "StoreUnavailable",
    "StoredRead",
    "attach",
    "attached_store",
    "camera_counts",
    "columns_of",
    "detach",
    "from_ms",
    "migrate_store",
    "new_reads",
    "planned_steps",
    "texts_of",
    "type_candidates",
]
