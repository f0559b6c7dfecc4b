INSERT INTO reads
    (plate, captured_at, camera_id, batch, slot, raw_text, confidence_thousandths, candidates, country, lane,
     direction, clock_error_ms, frames_agreeing, colour, make, has_patch)
$from_rows
SETTINGS max_partitions_per_insert_block = 1
FORMAT ArrowStream
