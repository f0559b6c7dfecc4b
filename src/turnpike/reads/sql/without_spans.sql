NOT arrayExists(
    (camera, from_ms, until_ms) -> camera_id = camera
      AND captured_at >= fromUnixTimestamp64Milli(from_ms, 'UTC')
      AND captured_at < fromUnixTimestamp64Milli(until_ms, 'UTC'),
    {span_cameras:Array(String)}, {spans_from_ms:Array(Int64)}, {spans_until_ms:Array(Int64)}
  )
