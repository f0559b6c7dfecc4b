-- Reads for a nation: fewer bytes, one file a part, a second way in by time, counts a day, and cut-offs.
-- rewrites: reads
-- rewrites: batches
-- taken when there is: reads.lag_s
DROP TABLE IF EXISTS reads_0002 SYNC;

-- `batch` goes in and `batch_id` comes out. Kept is how long after its read a batch was committed, in seconds, and its
-- number in that second: in the order of plates a batch's own 64 bits would cost five bytes a read, these cost one.
CREATE TABLE reads_0002
(
    plate String CODEC(ZSTD(3)),
    captured_at DateTime64(3, 'UTC') CODEC(T64, ZSTD(3)),
    camera_id LowCardinality(String) CODEC(ZSTD(3)),
    batch UInt64 EPHEMERAL,
    lag_s Int64 DEFAULT toInt64(intDiv(batch, 1000000)) - intDiv(toUnixTimestamp64Milli(captured_at), 1000) CODEC(T64, ZSTD(3)),
    batch_in_second UInt32 DEFAULT batch % 1000000 CODEC(T64, ZSTD(3)),
    batch_id UInt64 ALIAS toUInt64(intDiv(toUnixTimestamp64Milli(captured_at), 1000) + lag_s) * 1000000 + batch_in_second,
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
    has_patch Bool CODEC(ZSTD(3)),
    PROJECTION by_time
    (
        SELECT plate, captured_at, camera_id
        ORDER BY toStartOfHour(captured_at), camera_id, captured_at
    ) WITH SETTINGS (index_granularity = 16384),
    PROJECTION by_day
    (
        SELECT camera_id, toDate(captured_at), count()
        GROUP BY camera_id, toDate(captured_at)
    )
)
ENGINE = $merge_tree
PARTITION BY toYYYYMM(toDateTime(intDiv(toUnixTimestamp64Milli(captured_at), 1000) + lag_s, 'UTC'))
ORDER BY (plate, captured_at)
SETTINGS $durable, $one_file, $cleared_soon, index_granularity = 4096, default_compression_codec = 'ZSTD(6)';

INSERT INTO reads_0002
    (plate, captured_at, camera_id, batch, slot, raw_text, confidence_thousandths, candidates, country, lane,
     direction, clock_error_ms, frames_agreeing, colour, make, has_patch)
SELECT plate, captured_at, camera_id, batch, slot, raw_text, confidence_thousandths, candidates, country, lane,
     direction, clock_error_ms, frames_agreeing, colour, make, has_patch
FROM reads
SETTINGS max_partitions_per_insert_block = 0;

-- Batches by year and in small granules: a search asks for the batches of reads from all over a year. Where a batch's reads
-- lie is noted, so that one of them is found by its id.
DROP TABLE IF EXISTS batches_0002 SYNC;

CREATE TABLE batches_0002
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
    first_captured_at DateTime64(3, 'UTC') DEFAULT last_captured_at - toIntervalHour(1) CODEC(Delta, ZSTD(3)),
    INDEX received_at_range received_at TYPE minmax
)
ENGINE = $merge_tree
PARTITION BY toYear(fromUnixTimestamp64Micro(batch, 'UTC'))
ORDER BY batch
SETTINGS $durable, $one_file, index_granularity = 256;

INSERT INTO batches_0002
    (batch, commit_id, camera_id, software, model, adapter, payload_sha256, received_at, reads, last_captured_at)
SELECT batch, commit_id, camera_id, software, model, adapter, payload_sha256, received_at, reads, last_captured_at
FROM batches
SETTINGS max_partitions_per_insert_block = 0;

-- What was captured before `kept_from` is hidden: of one camera, or of all where `camera_id` is empty.
CREATE TABLE IF NOT EXISTS cut_offs
(
    camera_id String,
    kept_from DateTime64(3, 'UTC'),
    set_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = $merge_tree
ORDER BY camera_id
SETTINGS $durable;

EXCHANGE TABLES batches AND batches_0002;

EXCHANGE TABLES reads AND reads_0002;

DROP TABLE IF EXISTS batches_0002 SYNC;

DROP TABLE IF EXISTS reads_0002 SYNC
