captured_at >= fromUnixTimestamp64Milli({kept_from_ms:Int64}, 'UTC')
