captured_at >= fromUnixTimestamp64Milli({first_ms:Int64}, 'UTC')
  AND captured_at <= fromUnixTimestamp64Milli({last_ms:Int64}, 'UTC')
  AND ({every_camera:Bool} OR camera_id = {camera_id:String})
