toUnixTimestamp64Milli(captured_at) >= transform(toString(camera_id), {cut_cameras:Array(String)}, {cut_from_ms:Array(Int64)}, toInt64(0))
