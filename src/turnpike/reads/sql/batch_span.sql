SELECT camera_id, toUnixTimestamp64Milli(first_captured_at), toUnixTimestamp64Milli(last_captured_at)
FROM batches
WHERE batch = {batch:UInt64}
