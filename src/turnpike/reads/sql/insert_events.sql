INSERT INTO recent_events (captured_at, event_key, batch, slot)
