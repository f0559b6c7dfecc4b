-- What is hidden is not carried back: the older tables could not hide it.
-- rewrites: reads
-- rewrites: batches
DROP TABLE IF EXISTS reads_0001 SYNC;

CREATE TABLE reads_0001
(
    plate String CODEC(ZSTD(3)),
    captured_at DateTime64(3, 'UTC') CODEC(T64, ZSTD(3)),
    camera_id LowCardinality(String) CODEC(ZSTD(3)),
    batch UInt64 CODEC(T64, ZSTD(3)),
    slot UInt16 CODEC(T64, ZSTD(3)),
    raw_text String CODEC(ZSTD(3)),
    confidence_thousandths UInt16 CODEC(T64, ZSTD(3)),
    candidates Array(Tuple(String, UInt16)) CODEC(ZSTD(3)),
    country LowCardinality(String) CODEC(ZSTD(3)),
    lane UInt8 CODEC(ZSTD(3)),
    direction Enum8('' = 0, 'towards' = 1, 'away' = 2) CODEC(ZSTD(3)),
    clock_error_ms Int32 CODEC(T64, ZSTD(3)),
    frames_agreeing UInt16 CODEC(T64, ZSTD(3)),
    colour LowCardinality(String) CODEC(ZSTD(3)),
    make LowCardinality(String) CODEC(ZSTD(3)),
    has_patch Bool CODEC(ZSTD(3))
)
ENGINE = $merge_tree
PARTITION BY toYYYYMM(fromUnixTimestamp64Micro(batch, 'UTC'))
ORDER BY (plate, captured_at)
SETTINGS $durable;

INSERT INTO reads_0001
SELECT plate, captured_at, camera_id, batch_id, slot, raw_text, confidence_thousandths, candidates, country, lane,
     direction, clock_error_ms, frames_agreeing, colour, make, has_patch
FROM reads
WHERE captured_at >= (SELECT max(kept_from) FROM cut_offs WHERE camera_id = '')
  AND (camera_id, captured_at) NOT IN (
    SELECT reads.camera_id, reads.captured_at
    FROM reads
    INNER JOIN (SELECT camera_id, max(kept_from) AS kept_from FROM cut_offs GROUP BY camera_id) AS own
      ON reads.camera_id = own.camera_id
    WHERE reads.captured_at < own.kept_from
  )
SETTINGS max_partitions_per_insert_block = 0;

DROP TABLE IF EXISTS batches_0001 SYNC;

CREATE TABLE batches_0001
(
    batch UInt64 CODEC(Delta, ZSTD(3)),
    commit_id UInt64 CODEC(Delta, ZSTD(3)),
    camera_id LowCardinality(String) CODEC(ZSTD(3)),
    software LowCardinality(String) CODEC(ZSTD(3)),
    model LowCardinality(String) CODEC(ZSTD(3)),
    adapter LowCardinality(String) CODEC(ZSTD(3)),
    payload_sha256_hex String EPHEMERAL,
    payload_sha256 FixedString(32) DEFAULT unhex(payload_sha256_hex) CODEC(NONE),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(3)),
    reads UInt16 CODEC(ZSTD(3)),
    last_captured_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(3)),
    INDEX received_at_range received_at TYPE minmax
)
ENGINE = $merge_tree
PARTITION BY toYYYYMM(fromUnixTimestamp64Micro(batch, 'UTC'))
ORDER BY batch
SETTINGS $durable;

INSERT INTO batches_0001
    (batch, commit_id, camera_id, software, model, adapter, payload_sha256, received_at, reads, last_captured_at)
SELECT batch, commit_id, camera_id, software, model, adapter, payload_sha256, received_at, reads, last_captured_at
FROM batches
SETTINGS max_partitions_per_insert_block = 0;

EXCHANGE TABLES batches AND batches_0001;

EXCHANGE TABLES reads AND reads_0001;

DROP TABLE IF EXISTS cut_offs SYNC;

DROP TABLE IF EXISTS batches_0001 SYNC;

DROP TABLE IF EXISTS reads_0001 SYNC
