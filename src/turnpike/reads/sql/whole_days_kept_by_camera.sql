toUInt16(toDate(captured_at)) >= transform(toString(camera_id), {cut_cameras:Array(String)}, {cut_days:Array(UInt16)}, toUInt16(0))
