SELECT count()
FROM (
  SELECT 1
  FROM reads
  WHERE plate LIKE {pattern:String}
    AND captured_at >= fromUnixTimestamp64Milli({captured_from_ms:Int64}, 'UTC')
    AND captured_at < fromUnixTimestamp64Milli({captured_until_ms:Int64}, 'UTC')
    AND ({every_camera:Bool} OR camera_id IN {camera_ids:Array(String)})
    AND camera_id NOT IN {withheld_cameras:Array(String)}
    AND NOT arrayExists(
      (camera, from_ms, until_ms) -> camera_id = camera
        AND captured_at >= fromUnixTimestamp64Milli(from_ms, 'UTC')
        AND captured_at < fromUnixTimestamp64Milli(until_ms, 'UTC'),
      {span_cameras:Array(String)}, {spans_from_ms:Array(Int64)}, {spans_until_ms:Array(Int64)}
    )
  LIMIT {max_rows:UInt32}
)
