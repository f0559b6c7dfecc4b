-- Once a batch: what its reads share. Written first of a commit.
CREATE TABLE IF NOT EXISTS batches
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

-- What a retry is recognised by, kept apart so that it can go after 30 days. Written second.
CREATE TABLE IF NOT EXISTS recent_events
(
    camera_id LowCardinality(String) CODEC(ZSTD(1)),
    event_key UInt64 CODEC(NONE),
    batch UInt64 CODEC(ZSTD(1)),
    slot UInt16 CODEC(ZSTD(1))
)
ENGINE = $merge_tree
PARTITION BY toYYYYMMDD(fromUnixTimestamp64Micro(batch, 'UTC'))
ORDER BY (camera_id, event_key)
TTL toDateTime(fromUnixTimestamp64Micro(batch, 'UTC')) + INTERVAL 30 DAY
SETTINGS $durable, index_granularity = 1024, ttl_only_drop_parts = 1;

-- The reads. Written last: their one insert is the commit.
CREATE TABLE IF NOT EXISTS reads
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

-- The batches of commits that never happened; a row here only after a crash or a failed write.
CREATE TABLE IF NOT EXISTS aborted_batches
(
    batch UInt64,
    found_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = $merge_tree
ORDER BY batch
SETTINGS $durable;
