-- The instants stand first in the table's order: nothing but their neighbourhood is read.
SELECT toUnixTimestamp64Milli(captured_at), event_key, batch, slot
FROM recent_events
WHERE captured_at BETWEEN fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC') AND fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
  AND (captured_at, event_key) IN (
    SELECT arrayJoin(arrayZip(
      arrayMap(ms -> fromUnixTimestamp64Milli(ms, 'UTC'), {captured_ms:Array(Int64)}), {event_keys:Array(UInt64)}
    ))
  )
