SELECT toUnixTimestamp64Milli(max(captured_at)) FROM recent_events
