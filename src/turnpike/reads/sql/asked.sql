plate LIKE {pattern:String}
  AND ({every_plate:Bool} OR plate IN {plates:Array(String)})
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
