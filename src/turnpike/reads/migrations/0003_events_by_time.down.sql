DROP TABLE IF EXISTS recent_events SYNC;

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
