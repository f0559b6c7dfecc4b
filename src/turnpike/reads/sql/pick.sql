SELECT $read_columns
FROM reads
WHERE plate LIKE {pattern:String}
  AND captured_at >= fromUnixTimestamp64Milli({captured_from_ms:Int64}, 'UTC')
  AND captured_at < fromUnixTimestamp64Milli({captured_until_ms:Int64}, 'UTC')
  AND ({every_camera:Bool} OR camera_id IN {camera_ids:Array(String)})
  AND (batch, slot) IN (SELECT arrayJoin(arrayZip({batches:Array(UInt64)}, {slots:Array(UInt16)})))
LIMIT {max_rows:UInt32}
