INSERT INTO recent_events (captured_at, event_key, batch, slot)
$from_rows
FORMAT ArrowStream
