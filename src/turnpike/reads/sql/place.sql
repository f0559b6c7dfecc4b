SELECT camera_id, toUnixTimestamp64Milli(captured_at)
FROM reads
WHERE plate IN (SELECT plate FROM reads WHERE $in_span_hours AND $in_span AND $kept)
  AND $in_span
  AND $kept
  AND batch_id = {batch:UInt64} AND slot = {slot:UInt16}
