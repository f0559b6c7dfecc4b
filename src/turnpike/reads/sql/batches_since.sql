SELECT batch, toUnixTimestamp64Milli(first_captured_at), toUnixTimestamp64Milli(last_captured_at), batches.reads
FROM batches
WHERE batch > {batch:UInt64} AND batch NOT IN (SELECT batch FROM aborted_batches)
ORDER BY batch
LIMIT {max_rows:UInt32}
