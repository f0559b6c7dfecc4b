INSERT INTO recent_events (camera_id, event_key, batch, slot)
