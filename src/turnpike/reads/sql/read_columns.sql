batch_id, slot, camera_id, plate, raw_text, confidence_thousandths, candidates, country, lane, direction,
    toUnixTimestamp64Milli(captured_at), clock_error_ms, frames_agreeing, colour, make, has_patch
