-- Whole batches. When they were captured is known only from an hour before the last read of each, so it is not asked.
SELECT $read_columns
FROM reads
WHERE batch_id IN {batches:Array(UInt64)}
  AND captured_at <= fromUnixTimestamp64Milli({last_ms:Int64}, 'UTC')
  AND $kept
