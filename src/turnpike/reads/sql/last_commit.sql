-- The batches of the last commit that began, and whether its reads are there: one is as new as its batch's newest.
WITH
  (SELECT max(commit_id) FROM batches) AS last_commit_id,
  (SELECT max(last_captured_at) FROM batches WHERE batch = last_commit_id) AS newest
SELECT batch, (
    SELECT count()
    FROM reads
    WHERE plate IN (SELECT plate FROM reads WHERE toStartOfHour(captured_at) = toStartOfHour(newest) AND captured_at = newest)
      AND captured_at = newest
      AND batch_id = last_commit_id
  ) > 0
FROM batches
WHERE batch >= last_commit_id
ORDER BY batch
