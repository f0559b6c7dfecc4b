INSERT INTO batches
    (batch, commit_id, camera_id, software, model, adapter, payload_sha256_hex, received_at, reads, first_captured_at,
     last_captured_at)
SETTINGS max_partitions_per_insert_block = 1
