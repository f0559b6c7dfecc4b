toUInt16(toDate(captured_at)) >= {kept_day:UInt16}
