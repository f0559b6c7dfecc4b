-- Whether reads of a load with that hash are there: cut off, it leaves batches without reads. A batch's newest read has the batch's
-- newest instant. By the plates of those instants: the way in by time knows no batch.
WITH own AS (
    SELECT batch, last_captured_at
    FROM batches
    WHERE batch >= {from_batch:UInt64} AND batch < {until_batch:UInt64}
      AND payload_sha256 = unhex({payload_sha256_hex:String})
)
SELECT count()
FROM reads
WHERE plate IN (
    SELECT plate
    FROM reads
    WHERE toStartOfHour(captured_at) IN (SELECT toStartOfHour(last_captured_at) FROM own)
      AND captured_at IN (SELECT last_captured_at FROM own)
  )
  AND captured_at IN (SELECT last_captured_at FROM own)
  AND batch_id IN (SELECT batch FROM own)
