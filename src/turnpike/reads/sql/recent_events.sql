SELECT toUnixTimestamp64Milli(captured_at) AS captured_ms, event_key
FROM recent_events
WHERE captured_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND captured_at < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
