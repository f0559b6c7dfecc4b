SELECT count()
FROM (
  SELECT 1
  FROM reads
  WHERE plate LIKE {pattern:String}
    AND captured_at >= fromUnixTimestamp64Milli({captured_from_ms:Int64}, 'UTC')
    AND captured_at < fromUnixTimestamp64Milli({captured_until_ms:Int64}, 'UTC')
    AND ({every_camera:Bool} OR camera_id IN {camera_ids:Array(String)})
  LIMIT {max_rows:UInt32}
)
