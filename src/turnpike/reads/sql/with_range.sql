captured_at >= fromUnixTimestamp64Milli({captured_from_ms:Int64}, 'UTC')
  AND captured_at < fromUnixTimestamp64Milli({captured_until_ms:Int64}, 'UTC')
