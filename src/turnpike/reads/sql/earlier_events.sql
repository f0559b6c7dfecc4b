SELECT camera_id, event_key, batch, slot
FROM recent_events
WHERE camera_id IN {camera_ids:Array(String)} AND event_key IN {event_keys:Array(UInt64)}
