SELECT camera_id, toUnixTimestamp64Milli(captured_at)
FROM reads
WHERE batch = {batch:UInt64} AND slot = {slot:UInt16}
