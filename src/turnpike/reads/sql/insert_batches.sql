INSERT INTO batches
    (batch, commit_id, camera_id, software, model, adapter, payload_sha256, received_at, reads, first_captured_at,
     last_captured_at)
$from_rows
SETTINGS max_partitions_per_insert_block = 1
FORMAT ArrowStream
