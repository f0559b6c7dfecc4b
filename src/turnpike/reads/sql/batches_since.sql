-- Those that came in one by one: a load's batches, which are of no one camera, are history and no news.
SELECT batch, toUnixTimestamp64Milli(first_captured_at), toUnixTimestamp64Milli(last_captured_at), batches.reads
FROM batches
WHERE batch > {batch:UInt64} AND camera_id != '' AND batch NOT IN (SELECT batch FROM aborted_batches)
ORDER BY batch
LIMIT {max_rows:UInt32}
