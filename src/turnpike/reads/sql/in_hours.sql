toStartOfHour(captured_at) >= toStartOfHour(fromUnixTimestamp64Milli({captured_from_ms:Int64}, 'UTC'))
  AND toStartOfHour(captured_at) <= toStartOfHour(fromUnixTimestamp64Milli({captured_until_ms:Int64}, 'UTC'))
