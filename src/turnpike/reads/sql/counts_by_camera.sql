-- From the batches alone: no plate is touched.
SELECT
    camera_id,
    sum(batches.reads),
    toUnixTimestamp64Milli(max(last_captured_at)),
    toUnixTimestamp64Milli(max(received_at))
FROM batches
WHERE received_at >= fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
  AND batch NOT IN (SELECT batch FROM aborted_batches)
  AND camera_id != ''
GROUP BY camera_id
