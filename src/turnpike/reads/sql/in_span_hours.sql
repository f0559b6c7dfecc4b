toStartOfHour(captured_at) >= toStartOfHour(fromUnixTimestamp64Milli({first_ms:Int64}, 'UTC'))
  AND toStartOfHour(captured_at) <= toStartOfHour(fromUnixTimestamp64Milli({last_ms:Int64}, 'UTC'))
