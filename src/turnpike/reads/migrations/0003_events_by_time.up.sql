-- A retry has the instant of the first attempt, so that what is asked for lies together: no key is looked for
-- all over 30 days. The camera is in the key. What was known of earlier retries goes: it has no instants.
DROP TABLE IF EXISTS recent_events SYNC;

CREATE TABLE IF NOT EXISTS recent_events
(
    captured_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    event_key UInt64 CODEC(NONE),
    batch UInt64 CODEC(T64, ZSTD(1)),
    slot UInt16 CODEC(ZSTD(1))
)
ENGINE = $merge_tree
PARTITION BY toYYYYMMDD(fromUnixTimestamp64Micro(batch, 'UTC'))
ORDER BY (captured_at, event_key)
TTL toDateTime(fromUnixTimestamp64Micro(batch, 'UTC')) + INTERVAL 30 DAY
SETTINGS $durable, index_granularity = 1024, ttl_only_drop_parts = 1;
